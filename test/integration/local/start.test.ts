import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { connectThroughConsent } from "../../../local/connect-through-consent.ts";
import { startSandbox } from "../../../sandbox/sandbox.ts";
import { runStart, startGatewayProcess } from "../../support/gateway-process.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

let dataDir: string;
beforeAll(() => {
  dataDir = temporaryFolder("gateway-start-");
});

describe("npm start", () => {
  test("keeps connections, clients and the budget over kill -9, and stops cleanly on Ctrl-C", async () => {
    const first = await startGatewayProcess(dataDir);
    const key = { authorization: `Bearer ${first.clientKey}` };
    expect((await connectThroughConsent(first.url, "demo", "allow", { user: "bruno" })).status).toBe(200);
    // The very command that a person is told to paste.
    const [, header = "", target = ""] = /curl -H "Authorization: ([^"]+)" "([^"]+)"/.exec(first.output()) ?? [];
    const pasted = await fetch(target, { headers: { authorization: header } });
    expect(await pasted.json()).toMatchObject({ jobs: [{}, {}, {}], paging: { offset: 0, count: 3 } });

    // A second gateway must not touch the first one's data.
    const second = await runStart({ GATEWAY_DATA: dataDir, PORT: "0", SANDBOX_PORT: "0" });
    expect(second.code).toBe(1);
    expect(second.output).toContain("GATEWAY_DATA=.local-2 npm start");

    expect((await first.stop("SIGKILL")).signal).toBe("SIGKILL");
    const again = await startGatewayProcess(dataDir, { SANDBOX_PORT: new URL(first.upstream).port });
    expect(again.clientKey).toBe(first.clientKey);
    const info = await fetch(`${again.url}/api/auth/v1/info`, { headers: key });
    expect(await info.json()).toMatchObject({ auth_user: { first_name: "Bruno" } });
    const budget = (await (await fetch(`${again.url}/budget`, { headers: key })).json()) as {
      limits: { name: string; used: number }[];
    };
    expect(budget.limits.find(({ name }) => name === "day")?.used).toBe(5);
    expect(again.output()).not.toMatch(/error/i);

    expect(await again.stop("SIGINT")).toEqual({ code: 0, signal: null });
    await expect(fetch(again.url)).rejects.toThrow();
  });

  test("says one line for each request, and of the functions' own lines those from WARN up", async () => {
    const folder = temporaryFolder("gateway-start-");
    for (const [environment, isShown] of [
      [{}, false],
      [{ POWERTOOLS_LOG_LEVEL: "INFO" }, true],
    ] as const) {
      const gateway = await startGatewayProcess(folder, environment);
      await fetch(`${gateway.url}/health`);
      await vi.waitFor(() => expect(gateway.output()).toMatch(/ 200 GET \/health /));
      expect(gateway.output().includes('"level":"INFO"')).toBe(isShown);
      await gateway.stop("SIGTERM");
    }
  });

  test("lets only the owner read secrets and keys", () => {
    for (const file of ["client-key-test", "secrets/secrets.json", "sandbox/tokens.json"]) {
      expect(statSync(join(dataDir, file)).mode & 0o077, file).toBe(0);
    }
    expect(readFileSync(join(dataDir, "client-key-test"), "utf8")).toMatch(/^ugw_test_/);
  });

  test("stops on SIGTERM as well", async () => {
    const folder = temporaryFolder("gateway-start-");
    const gateway = await startGatewayProcess(folder);
    expect(await gateway.stop("SIGTERM")).toEqual({ code: 0, signal: null });
  });

  test("stops when npm was ended and only its shell knew", async () => {
    const folder = temporaryFolder("gateway-start-");
    const start = join(import.meta.dirname, "../../../local/start.ts");
    // The second command keeps the shell from becoming the gateway itself.
    const shell = spawn("sh", ["-c", `"${process.execPath}" "${start}"; true`], {
      env: { PORT: "0", SANDBOX_PORT: "0", GATEWAY_DATA: folder, npm_lifecycle_event: "start" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    shell.stdout.on("data", (chunk) => (output += chunk));
    await vi.waitFor(() => expect(output).toContain("Ctrl-C stops everything"), { timeout: 10_000 });
    const ended = once(shell.stdout, "close");
    shell.kill("SIGTERM");
    await ended;
    expect(output).toContain("Stopping ...");
    expect(existsSync(join(folder, "lock"))).toBe(false);
  });

  test.each(["PORT", "SANDBOX_PORT"])("names %s when that port is taken", async (variable) => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const address = blocker.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const folder = temporaryFolder("gateway-start-");
    const result = await runStart({ GATEWAY_DATA: folder, PORT: "0", SANDBOX_PORT: "0", [variable]: String(port) });
    expect(result.code).toBe(1);
    expect(result.output).toContain(
      `Port ${port} is taken by another program. Choose another: ${variable}=${port + 1} npm start`,
    );
    blocker.close();
  });

  test("with a real key, calls go to its upstream, and its data is kept apart from the sandbox's", async () => {
    const folder = temporaryFolder("gateway-start-");
    const upwork = await startSandbox({
      applications: [{ consumerKey: "real-consumer-key", consumerSecret: "real-consumer-secret", type: "web" }],
    });
    const gateway = await startGatewayProcess(folder, {
      UPWORK_CONSUMER_KEY: "real-consumer-key",
      UPWORK_CONSUMER_SECRET: "real-consumer-secret",
      UPWORK_URL: upwork.url,
    });
    try {
      expect(gateway.clientKey).toMatch(/^ugw_live_/);
      expect(gateway.output()).toContain(`callback URL at Upwork must be ${gateway.url}/oauth/callback`);
      expect((await connectThroughConsent(gateway.url, "demo", "allow")).status).toBe(200);
      const headers = { authorization: `Bearer ${gateway.clientKey}` };
      expect((await fetch(`${gateway.url}/api/auth/v1/info`, { headers })).status).toBe(200);
      expect(upwork.received.get("GET /api/auth/v1/info")).toBe(2);
      expect(existsSync(join(folder, "live", "secrets", "secrets.json"))).toBe(true);
      expect(existsSync(join(folder, "secrets"))).toBe(false);
      expect(gateway.output()).not.toContain("real-consumer-secret");
    } finally {
      await gateway.stop("SIGTERM");
      await upwork.close();
    }
  });

  test("says what is wrong with its data instead of showing a stack", async () => {
    const folder = temporaryFolder("gateway-start-");
    mkdirSync(join(folder, "dynamodb"));
    writeFileSync(join(folder, "dynamodb", "CURRENT"), "garbage\n");
    const ports = { PORT: "0", SANDBOX_PORT: "0" };
    const damaged = await runStart({ ...ports, GATEWAY_DATA: folder });
    expect(damaged).toMatchObject({ code: 1, output: expect.stringContaining("if it is damaged, move it away") });
    const file = await runStart({ ...ports, GATEWAY_DATA: join(folder, "dynamodb", "CURRENT") });
    expect(file).toMatchObject({ code: 1, output: expect.stringContaining("The data folder cannot be used") });
    for (const { output } of [damaged, file]) expect(output).not.toMatch(/\n\s+at /);
  });

  test("says what is wrong with its variables, and helps", async () => {
    expect(await runStart({ PORT: "http" })).toMatchObject({
      code: 1,
      output: expect.stringContaining("PORT takes a port"),
    });
    expect(await runStart({ UPWORK_CONSUMER_KEY: "x" })).toMatchObject({
      code: 1,
      output: expect.stringContaining("Give both"),
    });
    const help = await runStart({}, "--help");
    expect(help).toMatchObject({ code: 0, output: expect.stringContaining("GATEWAY_DATA") });
  });
});
