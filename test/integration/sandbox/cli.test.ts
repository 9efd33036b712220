import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "vitest";

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

function run(...options: string[]) {
  const child = spawn(process.execPath, ["sandbox/cli.ts", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  running.push(child);
  return child;
}
async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error("no output");
  const { value } = await createInterface({ input: stdout })[Symbol.asyncIterator]().next();
  return value ?? "";
}
/** Everything a process wrote to standard error, and its exit code. */
async function ended(child: ChildProcess): Promise<{ code: number | null; text: string }> {
  let text = "";
  child.stderr?.on("data", (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, "close");
  return { code, text };
}

test("runs as a program of its own, with what was asked for, and ends when told to", async () => {
  const child = run("--port", "0", "--json", "--fault", "unavailable; path=/api/**", "--clock", "2026-01-01T00:00:00Z");
  const { url, control, clientId } = JSON.parse(await firstLine(child));
  expect([control, clientId]).toEqual([`${url}/_sandbox`, "demo0000000000000000000000000002"]);
  expect(await (await fetch(`${url}/api/auth/v1/info`)).text()).toBe("Service temporarily unavailable");
  const state = await (await fetch(`${control}/api`)).json();
  expect(state).toMatchObject({
    clock: { iso: expect.stringMatching(/^2026-01-01T00:0/) },
    limits: { settings: { quotas: { second: 10, minute: 300, day: 40_000 } } },
  });
  const end = ended(child);
  child.kill("SIGTERM");
  expect(await end).toEqual({ code: 0, text: "" });
});

test("says which port is taken, and what is wrong with an option", async () => {
  const child = run("--port", "0", "--json");
  const { port } = new URL(JSON.parse(await firstLine(child)).url);
  expect(await ended(run("--port", port))).toEqual({ code: 1, text: expect.stringContaining("That port is taken") });
  expect(await ended(run("--seed", "x"))).toEqual({ code: 1, text: expect.stringContaining("--seed <number>") });
});

test("tells a person how to point each of Upwork's clients at it", async () => {
  const child = run("--port", "0");
  let text = "";
  child.stdout?.on("data", (chunk) => {
    text += chunk;
    if (text.includes("Ctrl-C")) child.kill("SIGINT");
  });
  await once(child, "close");
  const [url] = /http:\/\/localhost:\d+/.exec(text) ?? [];
  for (const part of [`UPWORKAPI=${url}`, `gqlUrl: "${url}/graphql"`, "BASE_HOST", "UPWORK_BASE_URL", "Go, Java"]) {
    expect(text).toContain(part);
  }
});
