import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";

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
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "gateway-browser-"));
    gateway = await startGatewayProcess(dataDir);
    browser = await chromium.launch({
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
  });
  afterAll(async () => {
    await browser.close();
    await gateway.stop("SIGKILL");
    rmSync(dataDir, { recursive: true, force: true });
  });

  test("a person connects an account and sees it connected", async () => {
    const page = await browser.newPage({ viewport: { width: 900, height: 900 } });
    const complaints: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
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
    expect(await row.textContent()).toMatch(/studio connected\s*Bruno Costa\s*Reconnect/);
    expect(await page.getByRole("progressbar").count()).toBe(3);
    expect(await page.locator(".limit", { hasText: "day" }).textContent()).toContain("39,997 of 40,000 left");
    await shoot("console");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a person who denies access is told that nothing changed", async () => {
    const page = await browser.newPage();
    await page.goto(`${gateway.url}/oauth/start?connection=denied`);
    await page.getByRole("button", { name: "Deny" }).click();
    await page.getByRole("heading", { name: "Not authorised" }).first().waitFor();
    expect(await page.getByRole("link", { name: "Start again" }).getAttribute("href")).toBe(
      "/oauth/start?connection=denied",
    );
    await page.close();
  });

  test("another browser cannot finish what this one began", async () => {
    const [mine, theirs] = [await browser.newContext(), await browser.newContext()];
    const page = await mine.newPage();
    await page.goto(`${gateway.url}/oauth/start?connection=fixed`);
    const consentUrl = page.url();
    const other = await theirs.newPage();
    await other.goto(consentUrl);
    await other.getByRole("button", { name: "Allow" }).click();
    await other.getByRole("heading", { name: "Another browser started this" }).first().waitFor();
    await mine.close();
    await theirs.close();
  });
});
