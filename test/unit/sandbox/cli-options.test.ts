import { describe, expect, test } from "vitest";
import { demoOAuth2Application } from "../../../sandbox/applications.ts";
import { CliExit, readCli } from "../../../sandbox/cli-options.ts";
import { limitPresets } from "../../../sandbox/limits/limits.ts";

const now = Date.parse("2026-05-01T00:00:00Z");
const read = (argv: string[], environment = {}) => readCli(argv, environment, () => now);

test("without options it is Upwork as it is today, on port 4100", () => {
  const { sandbox, json } = read([]);
  expect(sandbox).toMatchObject({ port: 4100, host: "127.0.0.1", seed: 1, faults: [], switches: {} });
  expect(sandbox.limits).toEqual(limitPresets.today);
  expect([json, sandbox.now?.(), "dataFile" in sandbox]).toEqual([false, now, false]);
});

test("takes the port from the environment, unless the command line says otherwise", () => {
  expect(read([], { SANDBOX_PORT: "4200" }).sandbox.port).toBe(4200);
  expect(read(["--port", "0"], { SANDBOX_PORT: "4200" }).sandbox.port).toBe(0);
  expect(read([], { SANDBOX_PORT: "" }).sandbox.port).toBe(4100);
});

test("takes limits as a preset or one by one, and a Retry-After on top", () => {
  expect(read(["-l", "legacy"]).sandbox.limits).toEqual(limitPresets.legacy);
  expect(read(["-l", "second=5,minute=100,hour=0", "--retry-after"]).sandbox.limits).toEqual({
    ...limitPresets.off,
    quotas: { second: 5, minute: 100 },
    retryAfter: true,
  });
});

test("takes faults, switches and redirect URIs again and again", () => {
  const faults = ["-f", "latency=500; path=/api/**", "--fault", "hang; times=1"];
  const { sandbox } = read([
    ...faults,
    ...["--switch", "checkNonces=false", "--switch", "skewSeconds=30"],
    ...["--redirect-uri", "https://a.example/cb", "--redirect-uri", "https://b.example/cb"],
  ]);
  expect(sandbox.faults).toEqual([
    { fault: "latency", value: 500, path: "/api/**" },
    { fault: "hang", times: 1 },
  ]);
  expect(sandbox.switches).toEqual({ checkNonces: false, skewSeconds: 30 });
  expect(sandbox.oauth2Applications?.[0]?.redirectUris).toEqual([
    ...demoOAuth2Application.redirectUris,
    "https://a.example/cb",
    "https://b.example/cb",
  ]);
});

test("is lenient when asked, except for a switch that says otherwise", () => {
  const { switches } = read(["--lenient", "--switch", "checkNonces=true"]).sandbox;
  expect(switches).toMatchObject({ checkNonces: true, checkTimestamps: false, requireContentLength: false });
});

test("has a clock that starts elsewhere, and one that stands still", () => {
  let real = now;
  const started = readCli(["--clock", "2020-01-01T00:00:00Z"], {}, () => real).sandbox;
  const frozen = readCli(["--clock", "2020-01-01T00:00:00Z", "--freeze"], {}, () => real).sandbox;
  const here = readCli(["--freeze"], {}, () => real).sandbox;
  real += 5_000;
  const then = Date.parse("2020-01-01T00:00:00Z");
  expect([started.now?.(), frozen.now?.(), here.now?.()]).toEqual([then + 5_000, then, now]);
});

test("passes on the data file and the public address", () => {
  const { sandbox, json } = read(["--data", "x.json", "--public-url", "https://api.example/prod", "--json"]);
  expect([sandbox.dataFile, sandbox.publicUrl, json]).toEqual(["x.json", "https://api.example/prod", true]);
});

describe("what it cannot take", () => {
  test.each([
    [["--port", "70000"], "argument '70000' is invalid. It takes a whole number from 0 to 65535."],
    [["--port", ""], "It takes a whole number"],
    [["--seed", "x"], "--seed <number>' argument 'x' is invalid"],
    [["--limits", "often"], "There are off, today, legacy, or single ones"],
    [["--limits", "week=5"], 'There is no limit "week"'],
    [["--limits", "second=-1"], "second: a whole number"],
    [["--fault", "slow"], 'There is no fault "slow"'],
    [["--switch", "checkNonces"], "The switch checkNonces cannot be"],
    [["--switch", "magic=true"], "There is no switch magic"],
    [["--clock", "noon"], "It takes a time such as"],
    [["--redirect-uri", "here"], "It takes a whole URL."],
    [["--color"], "unknown option '--color'"],
    [["start"], "too many arguments"],
  ])("%j", (argv, text) => {
    const error = exitOf(argv);
    expect([error.message.includes(text), error.exitCode]).toEqual([true, 1]);
    expect(error.message).toContain("(add --help for what is possible)");
  });

  test("is named when it comes from the environment too", () => {
    expect(() => read([], { SANDBOX_PORT: "x" })).toThrow("--port <port>' argument 'x' is invalid");
  });
});

test("explains itself, with every fault and switch there is, and examples", () => {
  const { message, exitCode } = exitOf(["--help"]);
  expect(exitCode).toBe(0);
  for (const part of ["Usage: upwork-sandbox", "latency=MS", "cloudflare", "checkNonces=true", "Examples:"]) {
    expect(message).toContain(part);
  }
  expect(message).not.toMatch(/\[\]|\{\}/);
});

test("its own examples work", () => {
  const examples = exitOf(["--help"]).message.split("Examples:\n")[1]?.split("\n") ?? [];
  expect(examples).toHaveLength(5);
  for (const example of examples) {
    const argv = [...example.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
    expect(argv[0]).toBe("upwork-sandbox");
    expect(() => read(argv.slice(1))).not.toThrow();
  }
});

function exitOf(argv: string[]): CliExit {
  try {
    read(argv);
  } catch (error) {
    if (error instanceof CliExit) return error;
    throw error;
  }
  throw new Error("It went on.");
}
