import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { type CliResult, runCli } from "../../support/cli.ts";
import { goodAnswer, json, page, responseOf, type Served } from "../../support/cli-answers.ts";
import { type Line, lines, wordsOf } from "../../support/cli-commands.ts";
import { expectTidy, secrets } from "../../support/cli-tidy.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const home = temporaryFolder("cli-answers-");
const env = { UPWORK_GATEWAY_KEY: secrets.environmentKey, UPWORK_GATEWAY_ADMIN_KEY: secrets.adminKey };
const prompts = { askSecret: async () => "" };

/** Answers of a gateway that means what it says: the exit code, and what the message has of it. */
const refusals: readonly (readonly [name: string, served: Served, code: number, said: string])[] = [
  [
    "400",
    json(400, { detail: "The query is broken.", errors: [{ pointer: "/query", detail: "no" }] }),
    3,
    "/query: no",
  ],
  ["401", json(401, { title: "Admin key missing or refused" }), 3, "Admin key missing or refused"],
  ["403", json(403, { detail: "Client may not." }), 3, "Client may not. "],
  ["404", json(404, { detail: "There is no such thing." }), 3, "There is no such thing."],
  ["405", json(405, { detail: "GET is not a method." }), 3, "GET is not a method."],
  ["409", json(409, { detail: "It is there already." }), 3, "It is there already."],
  ["412", json(412, { detail: "Somebody else has changed it." }), 3, "Somebody else has changed it."],
  ["413", json(413, { detail: "Too large." }), 3, "Too large."],
  [
    "422 with pointers",
    json(422, {
      detail: "Two fields are wrong.",
      errors: [{ pointer: "/body/name", detail: "is too long" }, { pointer: "/body/share/cap" }, null, "x", {}],
    }),
    3,
    "/body/name: is too long",
  ],
  ["422 of odd members", json(422, { title: 7, detail: { a: 1 }, errors: { a: 1 } }), 3, "no reason"],
  [
    "422 of a thousand fields",
    json(422, { detail: "All.", errors: Array(1000).fill({ pointer: "/x" }) }),
    3,
    "/x: is wrong",
  ],
  [
    "429",
    json(429, { detail: "The day's budget is used up." }, { "retry-after": "60" }),
    4,
    "The day's budget is used up.",
  ],
  ["500", json(500, { detail: "Internal error." }), 5, "Internal error."],
  ["503", json(503, { detail: "The store is away." }), 5, "The store is away."],
  ["a reason that moves the cursor", json(500, { detail: "red \u001b[31m and \u009b2J\r" }), 5, "red ?[31m and ?2J?"],
  ["a reason that turns the line around", json(500, { detail: "ok\u202e on\u2069" }), 5, "ok? on?"],
  ["4xx of a page", page(404), 3, "gave no reason"],
  ["5xx of a page", page(502), 5, "gave no reason"],
  ["5xx of nothing", { status: 504, body: "" }, 5, "gave no reason"],
  ["4xx of JSON that is no object", json(418, ["a", "list"]), 3, "gave no reason"],
  ["4xx of null", json(400, null), 3, "gave no reason"],
  ["4xx of broken JSON", { status: 400, body: '{"detail": "cut o' }, 3, "gave no reason"],
];

const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
/** Answers that look like success and are none of a gateway's. */
const strangers: readonly (readonly [name: string, served: Served])[] = [
  ["a redirect to a login page", { status: 302, body: "", headers: { location: "https://login.example/\u00e9" } }],
  ["a redirect to nowhere", { status: 307, body: "" }],
  ["304", { status: 304, body: "" }],
  ["a page", page(200)],
  ["nothing", { status: 200, body: "" }],
  ["broken JSON", { status: 200, body: '{"items": [' }],
  ["not UTF-8", { status: 200, body: new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]) }],
  ["JSON nested too deeply", { status: 200, body: deep }],
  ...[null, 1, "text", true, [], {}, [{}], { items: null }, { items: {} }, { items: [null] }, { items: [{}] }].map(
    (value): [string, Served] => [JSON.stringify(value), json(200, value)],
  ),
  ["items that are texts", json(200, { items: ["a"], cursor: 7 })],
];

const characters = (char: string) => char.repeat(10_000_000);
const large: readonly (readonly [name: string, served: Served, code: number, said: string])[] = [
  ["a page", page(200, Buffer.from(characters("<"))), 5, "Is --url a gateway's address"],
  ["a reason", { ...json(422, {}), body: Buffer.from(JSON.stringify({ detail: characters("x") })) }, 3, "xxxxx"],
];

/** Runs a line against a server that answers well until the request with this number, and then as told. */
async function answeredAt(at: number, served: Served, words: readonly string[]) {
  let asked = 0;
  const answer: typeof fetch = async (url, init = {}) => {
    const request = { method: init.method ?? "GET", path: new URL(String(url)).pathname };
    asked += 1;
    return responseOf(asked <= at ? goodAnswer(request.method, request.path) : served);
  };
  const result = await runCli(words, { ...prompts, env, home, fetch: answer });
  return { result, asked };
}

const asking = lines.filter(({ asks }) => asks === "client" || asks === "admin" || asks === "nobody");
const titled = asking.map((line): [string, Line] => [wordsOf(line).join(" "), line]);
/** Nothing goes on for ever here. */
const nothing: Served = { status: 500, body: "" };

/** What every command does with what was answered, for people and for machines, at each of its requests. */
async function everywhere(
  line: Line,
  served: Served,
  check: (result: CliResult, isJson: boolean, at: number) => void,
): Promise<void> {
  const { asked } = await answeredAt(Number.POSITIVE_INFINITY, nothing, wordsOf(line));
  expect(asked).toBeGreaterThan(0);
  for (let at = 0; at < asked; at += 1) {
    for (const flags of [[], ["--json"]]) {
      const { result } = await answeredAt(at, served, [...flags, ...wordsOf(line)]);
      expectTidy(result, `${flags} ${wordsOf(line).join(" ")}, request ${at}`, flags.length > 0);
      check(result, flags.length > 0, at);
    }
  }
}

describe("what a server answers", () => {
  test.each(titled)("%s ends well when all is well", async (_title, line) => {
    for (const flags of [[], ["--json"]]) {
      const { result } = await answeredAt(Number.POSITIVE_INFINITY, nothing, [...flags, ...wordsOf(line)]);
      expect(result).toMatchObject({ code: 0, err: "" });
      if (flags.length > 0 && result.out !== "") expect(() => JSON.parse(result.out)).not.toThrow();
    }
  });

  test.each(titled)("%s says what was refused, with the gateway's own code and pointer", async (_title, line) => {
    for (const [name, served, code, said] of refusals) {
      await everywhere(line, served, (result, isJson, at) => {
        if (line.leaf === "doctor") return expectDoctor(result, at);
        expect(result.code, name).toBe(code);
        if (!isJson) return line.passesOn || expect(result.err, name).toContain(said);
        const document: Record<string, unknown> = JSON.parse(result.err);
        if (served.status !== 422 || document.errors === undefined) return undefined;
        expect(document, name).toEqual(JSON.parse(String(served.body)));
      });
    }
  });

  test.each(titled)("%s takes nothing for success that is none of a gateway's", async (_title, line) => {
    for (const [name, served] of strangers) {
      await everywhere(line, served, (result, _isJson, at) => {
        if (line.passesOn) return expect(result.code, name).toBe(0);
        if (line.leaf === "doctor") return expectDoctor(result, at);
        expect(result.code, name).toBe(5);
        expect(result.out, name).toBe("");
        expect(result.err, name).toMatch(/Check --url|Is --url a gateway's address/);
      });
    }
  });

  test.each(titled)("%s stands an answer of 10 MB", async (_title, line) => {
    for (const [name, served, code, said] of large) {
      const { result } = await answeredAt(0, served, wordsOf(line));
      expectTidy(result, name, false);
      if (line.leaf === "doctor") expectDoctor(result, 0);
      else if (!line.passesOn) expect({ name, code: result.code }).toEqual({ name, code });
      if (line.leaf !== "doctor" && !line.passesOn) expect(result.err).toContain(said);
    }
  });

  test("a list that goes on for ever, or in a circle, ends with what is wrong", async () => {
    for (const cursor of [() => "same", (count: number) => `next-${count % 7}`]) {
      let count = 0;
      const answer: typeof fetch = async () => {
        count += 1;
        return responseOf(json(200, { items: [], cursor: cursor(count) }));
      };
      for (const words of [["clients", "list"], ["connections", "list"], ["calls"], ["webhooks", "deliveries", "x"]]) {
        const result = await runCli(words, { env, home, fetch: answer });
        expectTidy(result, words.join(" "), false);
        expect(result.code).toBe(5);
      }
    }
  });

  test.each(titled)("%s does not read an answer that never ends", async (_title, line) => {
    const chunk = new Uint8Array(1_000_000).fill(0x20);
    let sent = 0;
    const endless = () =>
      new ReadableStream({
        pull(controller) {
          sent += 1;
          controller.enqueue(chunk);
        },
      });
    const { result } = await answeredAt(0, { status: 200, body: endless }, wordsOf(line));
    expectTidy(result, wordsOf(line).join(" "), false);
    expect(result.code).toBe(line.leaf === "doctor" ? 3 : 5);
    expect(result.out + result.err).toContain("longer than any of a gateway's");
    expect(sent).toBeGreaterThan(64);
  });
});

/** It tells all that it finds, and ends with 3 where a check failed; without the gateway there is nothing to check. */
function expectDoctor({ code, out }: CliResult, at: number): void {
  expect([0, 3]).toContain(code);
  if (at === 0) expect(code).toBe(3);
  if (code === 3) expect(out).toContain("failed");
}

/** Real sockets, whose ends no response object can imitate. */
const accidents: Record<string, RequestListener> = {
  "hangs up at once": (request) => void request.socket.destroy(),
  "hangs up within the answer": (_request, response) => {
    response.writeHead(200, { "content-length": "100", "content-type": "application/json" });
    response.write('{"items": [', () => response.destroy());
  },
  "sends what is no gzip": (_request, response) => {
    response.writeHead(200, { "content-encoding": "gzip", "content-type": "application/json" }).end("not gzip");
  },
  "sends what is no HTTP": ({ socket }) => void socket.end("SSH-2.0-OpenSSH_9.6\r\n\r\n"),
};

describe("what a connection does", () => {
  let listener: RequestListener = () => {};
  const server: Server = createServer((request, response) => listener(request, response));
  const started = new Promise<string>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
  );
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each(Object.keys(accidents))("no command takes it for an answer when the server %s", async (name) => {
    listener = accidents[name] ?? listener;
    const url = await started;
    for (const line of asking) {
      const result = await runCli(["--url", url, "--json", ...wordsOf(line)], { ...prompts, env, home });
      expectTidy(result, `${name}: ${wordsOf(line).join(" ")}`, true);
      expect(result.code, wordsOf(line).join(" ")).toBe(line.leaf === "doctor" ? 3 : 5);
      if (line.leaf !== "doctor") expect(result.err).toMatch(/does not answer|did not end it/);
    }
  });

  test("no command goes on without a gateway, and each says what to do", async () => {
    for (const line of asking) {
      // A port that nothing may listen at.
      const result = await runCli(["--url", "http://127.0.0.1:1", ...wordsOf(line)], { ...prompts, env, home });
      expectTidy(result, wordsOf(line).join(" "), false);
      expect(result.code).toBe(line.leaf === "doctor" ? 3 : 5);
      expect(result.err + result.out).toContain("npm start");
    }
  });
});
