import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const hasChromium = existsSync(executablePath);
if (!hasChromium) {
  console.warn(
    `\n*** NOT TESTED: the pages in a real browser. No Chromium at ${executablePath}; set CHROMIUM to one. ***\n`,
  );
}

describe.skipIf(!hasChromium)("in a real browser", () => {
  let gateway: GatewayProcess;
  let browser: Browser;
  let dataDir: string;
  // What the browser itself has to say: errors of scripts, refused resources, violations of the page's own policy.
  const complaints: string[] = [];
  const contexts: BrowserContext[] = [];
  /** A page in a browser profile of its own, without cookies. */
  async function openPage(options: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> {
    const context = await browser.newContext(options);
    contexts.push(context);
    context.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    context.on("weberror", (error) => complaints.push(error.error().message));
    context.on("requestfailed", (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
    return context.newPage();
  }
  beforeAll(async () => {
    dataDir = temporaryFolder("gateway-browser-");
    gateway = await startGatewayProcess(dataDir);
    browser = await chromium.launch({
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    });
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    complaints.length = 0;
  });
  afterAll(async () => {
    await browser?.close();
    await gateway?.stop("SIGKILL");
  });

  test("a person connects an account and sees it connected", async () => {
    const page = await openPage({ viewport: { width: 900, height: 900 } });
    const shoot = (name: string) =>
      process.env.SCREENSHOTS === undefined
        ? undefined
        : page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`) });

    await page.goto(gateway.url);
    await page.getByLabel("Name of the new connection").fill("studio");
    await page.getByRole("button", { name: "Connect" }).click();
    await page.getByLabel("Bruno Costa, Porto").check();
    await shoot("consent");
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByRole("heading", { name: "Connected as Bruno Costa" }).waitFor();
    await shoot("connected");
    await page.getByRole("link", { name: "Go to the console" }).click();
    const row = page.getByRole("listitem").filter({ hasText: "studio" });
    expect(await row.textContent()).toMatch(/studio connected\s*Bruno Costa · REST\s*Reconnect/);
    expect(await page.getByRole("progressbar").count()).toBe(3);
    // Connecting cost three units, and the bars show them.
    const day = page.locator(".limit", { hasText: "day" });
    expect(await day.textContent()).toContain("39,997 of 40,000 left");
    expect(await day.getByRole("progressbar").getAttribute("value")).toBe("3");
    expect(await page.getByText("curl -H").count()).toBe(2);
    await shoot("console");
    expect(complaints).toEqual([]);
  });

  test("a person connects to the GraphQL API and sees for which organisation", async () => {
    const page = await openPage({ viewport: { width: 900, height: 900 } });
    await page.goto(gateway.url);
    await page.getByLabel("Name of the new connection").fill("today");
    await page.getByLabel("Which API").selectOption("oauth2");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByLabel("Bruno Costa, Porto").check();
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByRole("heading", { name: "Connected as bruno" }).waitFor();
    expect(await page.getByRole("main").textContent()).toContain("GraphQL calls are made for Bruno Costa");
    if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, "oauth2-connected.png") });
    // A page that was reloaded says what became of it, and exchanges nothing.
    await page.reload();
    await page.getByRole("heading", { name: "Already used" }).first().waitFor();
    complaints.length = 0;
    await page.goto(gateway.url);
    const row = page.getByRole("listitem").filter({ hasText: "today" });
    expect(await row.textContent()).toMatch(/today connected\s*bruno · GraphQL, for Bruno Costa\s*Reconnect/);
    if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, "oauth2-console.png") });
    expect(complaints).toEqual([]);
  });

  test("the console shows watches and what no receiver got, whatever is written in them", async () => {
    // Gone, says the receiver, so that the one try it is is the last.
    const receiver = createServer((_request, response) => void response.writeHead(410).end());
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const hostile = `<img src=x onerror="document.title='broken'">${"x".repeat(45)}`;
    const admin = async (path: string, body?: unknown) => {
      const answer = await fetch(`${gateway.url}/admin${path}`, {
        method: "POST",
        headers: body === undefined ? {} : { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
      return (await answer.json()) as { watch: { id: string }; webhook: { id: string } };
    };
    try {
      const page = await openPage({ viewport: { width: 360, height: 900 } });
      await page.goto(gateway.url);
      await page.getByText("Nothing is watched yet.").waitFor();
      await page.getByText("None among the newest 200").waitFor();
      await page.getByLabel("Name of the new connection").fill("watched");
      await page.getByRole("button", { name: "Connect", exact: true }).click();
      await page.getByLabel("Bruno Costa, Porto").check();
      await page.getByRole("button", { name: "Allow" }).click();
      await page.getByRole("heading", { name: "Connected as" }).waitFor();

      const { port } = receiver.address() as AddressInfo;
      const { webhook } = await admin("/webhooks", { name: hostile, url: `http://localhost:${port}/` });
      const { watch } = await admin("/watches", {
        name: hostile,
        client: "demo",
        connection: "watched",
        preset: "jobs",
        query: { q: "react" },
        schedule: { everyMinutes: 15 },
        firstRunSends: 1,
      });
      await admin(`/watches/${watch.id}/run`);

      await page.goto(gateway.url);
      const sectionOf = (title: string) =>
        page.locator("section").filter({ has: page.getByRole("heading", { name: title }) });
      const watched = sectionOf("Watches").getByRole("listitem");
      expect(await watched.textContent()).toContain(`${hostile} active`);
      expect(await watched.textContent()).toMatch(/demo · every 15 min · primed 20\d\d-.* seen, 1 sent · next 20/);
      const dead = sectionOf("Dead deliveries").getByRole("listitem");
      expect(await dead.textContent()).toMatch(/watch\.item\.new.* · 1 try · the last: 410/);
      for (const verb of ["enable", "replay"]) {
        expect(await page.getByText(`upwork-gateway webhooks ${verb} ${webhook.id}`).count()).toBe(1);
      }
      // What others wrote is text: no element came of it, nothing ran, and nothing reaches over the edge.
      expect(await page.locator("img").count()).toBe(0);
      expect(await page.title()).toBe("Console");
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
      if (process.env.SCREENSHOTS) {
        await page.screenshot({ path: join(process.env.SCREENSHOTS, "console-watches.png"), fullPage: true });
      }
      expect(complaints).toEqual([]);
    } finally {
      receiver.closeAllConnections();
      receiver.close();
    }
  });

  test("a person who denies access is told that nothing changed", async () => {
    const page = await openPage();
    await page.goto(`${gateway.url}/oauth/start?connection=denied`);
    await page.getByRole("button", { name: "Deny" }).click();
    await page.getByRole("heading", { name: "Not authorised" }).first().waitFor();
    expect(await page.getByRole("link", { name: "Start again" }).getAttribute("href")).toBe(
      "/oauth/start?connection=denied&auth=oauth1",
    );
    expect(complaints).toEqual([]);
  });

  test("another browser cannot finish what this one began", async () => {
    const page = await openPage();
    await page.goto(`${gateway.url}/oauth/start?connection=fixed`);
    const consentUrl = page.url();
    const other = await openPage();
    await other.goto(consentUrl);
    await other.getByRole("button", { name: "Allow" }).click();
    await other.getByRole("heading", { name: "Another browser started this" }).first().waitFor();
    // Nobody was connected by it.
    await other.goto(gateway.url);
    expect(await other.getByRole("listitem").filter({ hasText: "fixed" }).textContent()).toContain("not connected");
  });

  test("a page needs no script, no wide screen and no light room", async () => {
    const page = await openPage({
      javaScriptEnabled: false,
      colorScheme: "dark",
      viewport: { width: 360, height: 700 },
    });
    await page.goto(gateway.url);
    await page.getByRole("button", { name: "Connect" }).first().waitFor();
    // Nothing reaches over the edge, the commands to paste included.
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    expect(complaints).toEqual([]);
  });
});
