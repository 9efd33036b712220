import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { accessToken, signed } from "../support/sandbox-client.ts";
import { authorizeUrl, connectOAuth2 } from "../support/sandbox-oauth2.ts";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const hasChromium = existsSync(executablePath);
if (!hasChromium) {
  console.warn(`\n*** NOT TESTED: the sandbox's pages in a real browser. No Chromium at ${executablePath}. ***\n`);
}

describe.skipIf(!hasChromium)("the sandbox in a real browser", () => {
  let browser: Browser;
  let sandbox: Sandbox;
  /** What the browser itself has to say: refused resources, violations of the page's own policy. */
  const complaints: string[] = [];
  const contexts: BrowserContext[] = [];
  beforeAll(async () => {
    sandbox = await startSandbox({ limits: { quotas: { minute: 300, day: 40_000 } } });
    browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"],
    });
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    complaints.length = 0;
  });
  afterAll(async () => {
    await browser?.close();
    await sandbox?.close();
  });
  async function openPage(options: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> {
    // Everything must work without a script.
    const context = await browser.newContext({ javaScriptEnabled: false, ...options });
    contexts.push(context);
    context.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    context.on("requestfailed", (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
    return context.newPage();
  }
  const shoot = (page: Page, name: string) =>
    process.env.SCREENSHOTS === undefined
      ? undefined
      : page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), fullPage: true });
  const section = (page: Page, title: string) =>
    page.locator("section", { has: page.getByRole("heading", { name: title }) });

  test("a person sees the calls, injects a fault, moves the clock, and resets", async () => {
    const token = await accessToken(sandbox);
    await connectOAuth2(sandbox, "bruno");
    await signed(sandbox, "/api/auth/v1/info", { token });
    await signed(sandbox, "/api/profiles/v2/search/jobs", { token, query: [["q", "node.js & more"]] });
    await signed(sandbox, "/api/auth/v1/info", { token, consumer: { key: token.key, secret: "wrong" } });
    const page = await openPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${sandbox.url}/_sandbox`);
    const rows = section(page, "Calls").getByRole("row");
    expect(await rows.nth(2).textContent()).toMatch(/GET.*search\/jobs.*ada.*200.*ok/);

    const faults = section(page, "Faults");
    await faults.getByLabel("Fault").selectOption("unavailable");
    await faults.getByLabel("Path").fill("/api/**");
    await faults.getByLabel("Times").fill("1");
    await faults.getByRole("button", { name: "Let it happen" }).click();
    await faults.getByText("unavailable; path=/api/**; times=1").waitFor();
    expect(await (await signed(sandbox, "/api/auth/v1/info", { token })).text()).toBe(
      "Service temporarily unavailable",
    );
    await page.reload();
    await shoot(page, "sandbox-control");
    expect(await rows.nth(1).textContent()).toContain("fault: unavailable");
    await faults.getByRole("button", { name: "End", exact: true }).click();
    await faults.getByText("Everything goes well.").waitFor();

    const before = sandbox.clock.now();
    await page.getByRole("button", { name: "14 days" }).click();
    expect(sandbox.clock.now() - before).toBeGreaterThanOrEqual(14 * 86_400_000);
    await page.getByRole("button", { name: "legacy" }).click();
    expect(sandbox.limits.settings().quotas).toEqual({ minute: 40, day: 40_000 });
    await page.getByRole("button", { name: "Reset" }).click();
    await section(page, "Tokens").getByText("Nobody is connected.").waitFor();
    expect(sandbox.tokens.list()).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test("a person who asks for what cannot be is told why", async () => {
    const page = await openPage();
    await page.goto(`${sandbox.url}/_sandbox`);
    const faults = section(page, "Faults");
    await faults.getByLabel("Value").fill("-5");
    await faults.getByRole("button", { name: "Let it happen" }).click();
    expect(await page.getByRole("alert").textContent()).toContain("takes 0 to 600000 ms, not -5");
  });

  test("the page fits a phone in a dark room", async () => {
    const page = await openPage({
      colorScheme: "dark",
      viewport: { width: 360, height: 700 },
      javaScriptEnabled: true,
    });
    await page.goto(`${sandbox.url}/_sandbox`);
    await shoot(page, "sandbox-control-dark");
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    expect(complaints).toEqual([]);
  });

  test("a person allows an OAuth 2.0 application", async () => {
    const page = await openPage();
    await page.goto(authorizeUrl(sandbox).href);
    await page.getByLabel("Chidi Okafor, Lagos").check();
    await shoot(page, "sandbox-consent2");
    const sentBack = page.waitForRequest(/^http:\/\/localhost:4000\/oauth\/callback\?/);
    await page.getByRole("button", { name: "Allow" }).click();
    const back = new URL((await sentBack).url());
    expect(back.searchParams.get("code")).toMatch(/^[0-9a-f]{32}$/);
  });
});
