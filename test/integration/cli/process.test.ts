import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { CliResult } from "../../support/cli.ts";
import { expectTidy, secrets } from "../../support/cli-tidy.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const home = temporaryFolder("cli-process-");
const main = fileURLToPath(new URL("../../../cli/main.ts", import.meta.url));
const config = join(home, "config.json");
writeFileSync(config, JSON.stringify({ key: secrets.fileKey, adminKey: secrets.adminKey }), { mode: 0o600 });

writeFileSync(join(home, "large"), JSON.stringify("x".repeat(3_000_000)));

const usage = { hour: "2026-11-24T08:00:00.000Z", client: "demo", calls: 1, units: 1, refused: 0 };

/** Answers with what it was sent, or with an hour's usage. */
const server: Server = createServer((request, response) => {
  if (!request.url?.startsWith("/admin/budget/usage")) return request.pipe(response);
  return response.setHeader("content-type", "application/json").end(JSON.stringify({ items: [usage] }));
});
let url: string;
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function start(words: readonly string[], nodeOptions: readonly string[] = []): ChildProcessWithoutNullStreams {
  const env = { PATH: process.env.PATH, HOME: home, UPWORK_GATEWAY_CONFIG: config, UPWORK_GATEWAY_URL: url };
  const args = [...nodeOptions, main, ...words];
  const child = spawn(process.execPath, args, { cwd: home, env: { ...env, AWS_EC2_METADATA_DISABLED: "true" } });
  onTestFinished(() => void child.kill());
  return child;
}

/** Runs the program as a person would, with this on its standard input. */
async function run(
  words: readonly string[],
  input: string | Uint8Array = "",
  nodeOptions: readonly string[] = [],
): Promise<CliResult> {
  const child = start(words, nodeOptions);
  const written = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (written.out += chunk));
  child.stderr.on("data", (chunk) => (written.err += chunk));
  // Whoever has no use for input may have ended before it came.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [code] = await once(child, "close");
  return { code, ...written };
}

/** As Node tells a program that a person types into it. */
const atTerminal = ["--import", "data:text/javascript,process.stdin.isTTY = true;"];

/** Runs the program before a person who types a secret at its prompt, sees it taken, and then leaves in this way. */
async function leaveAtPrompt(typed: string, leave: (input: Writable) => void): Promise<CliResult> {
  const child = start(["configure"], atTerminal);
  const written = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (written.out += chunk));
  child.stderr.on("data", (chunk) => (written.err += chunk));
  const whenShown = async (text: string) => {
    while (!written.err.includes(text)) await once(child.stderr, "data");
  };
  await whenShown("Client id");
  child.stdin.write(typed);
  await whenShown("*".repeat(typed.length));
  leave(child.stdin);
  const [code] = await once(child, "close");
  return { code, ...written };
}

describe("the program itself", () => {
  test("sends what standard input holds, byte for byte", async () => {
    const body = JSON.stringify({ text: "ü😀\n".repeat(50_000) });
    expect(await run(["call", "POST", "/api/x", "-d", "@-"], body)).toEqual({ code: 0, out: body, err: "" });
  });

  test.each([
    ["that is not UTF-8", ["call", "POST", "/api/x", "-d", "@-"], Buffer.from([0x7b, 0xff, 0x7d]), "not text in UTF-8"],
    ["that is too long", ["graphql", "--file", "-"], Buffer.alloc(10_000_001, 0x20), "longer than 10000000 bytes"],
    ["that is no JSON", ["watches", "try", "x", "--file", "-"], "{ no json", "holds no JSON object"],
    ["that ends before a question", ["configure"], "", 'Nothing answered "Client id:"'],
    ["that answers with no key", ["configure"], "two words\n", "That is no client id"],
  ])("says what is wrong with standard input %s", async (_what, words, input, said) => {
    const result = await run(words, input);
    expectTidy(result, words.join(" "), false);
    expect({ code: result.code, out: result.out }).toEqual({ code: 2, out: "" });
    expect(result.err).toContain(said);
  });

  test("takes a terminal that does not say how wide it is for one of 80 columns", async () => {
    const unsized = "Object.assign(process.stdout, { isTTY: true, columns: 0 });";
    const { code, out } = await run(["usage"], "", ["--import", `data:text/javascript,${unsized}`]);
    expect(code).toBe(0);
    expect(out).toContain(usage.hour);
  });

  test("has no credentials of AWS to read a secret with, and says so", async () => {
    const result = await run(["configure", "--json"], "a-client-id\na-client-secret\n");
    expectTidy(result, "configure", true);
    expect(result.code).toBe(2);
    expect(result.err).toContain("Check AWS_PROFILE and AWS_REGION.");
    expect(result.err).not.toContain("a-client-secret");
  });

  test.each<[how: string, code: number, leave: (input: Writable) => void]>([
    ["with Ctrl-C", 130, (input) => input.write("\u0003")],
    ["by closing the terminal", 2, (input) => input.end()],
  ])(
    "is left at a prompt %s with exit code %i, and shows neither what was typed nor a stack",
    async (_how, code, leave) => {
      const result = await leaveAtPrompt("a-client-id", leave);
      expect({ code: result.code, out: result.out }).toEqual({ code, out: "" });
      expect(result.err).toMatch(/Nothing was answered, and nothing is stored\.\n$/);
      expect(result.err).not.toMatch(/a-client-id|Warning|Error|at .*\.ts/);
    },
  );

  test("ends quietly when its reader has seen enough", async () => {
    const child = start(["call", "POST", "/api/x", "-d", "@large"]);
    let err = "";
    child.stderr.on("data", (chunk) => (err += chunk));
    child.stdout.once("data", () => child.stdout.destroy());
    const [code] = await once(child, "close");
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });
});
