import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { createProgram } from "../../../cli/program.ts";
import { runCli } from "../../support/cli.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** Answers every request with one answer and keeps the requests. */
function fakeGateway(status: number, body: string, headers: Record<string, string> = {}) {
  const requests: { url: string; method: string; headers: Headers; body: string }[] = [];
  const answer: typeof fetch = async (url, init = {}) => {
    requests.push({
      url: String(url),
      method: init.method ?? "GET",
      headers: new Headers(init.headers),
      body: String(init.body ?? ""),
    });
    return new Response(body, { status, headers });
  };
  return { requests, fetch: answer };
}

const healthy: typeof fetch = async () => Response.json({ stage: "dev" });
const key = ["--key", "ugw_test_k"];

describe("the command line", () => {
  test("every command has help with a description", async () => {
    const names: string[] = [];
    const around = { out: () => {}, err: () => {} } as unknown as Parameters<typeof createProgram>[0];
    const walk = (command: ReturnType<typeof createProgram>, path: string[]) => {
      for (const child of command.commands) {
        names.push([...path, child.name()].join(" "));
        expect(child.description(), child.name()).not.toBe("");
        walk(child, [...path, child.name()]);
      }
    };
    walk(createProgram(around), []);
    for (const name of names) {
      const { code, out } = await runCli([...name.split(" "), "--help"]);
      expect(code, name).toBe(0);
      expect(out, name).toContain("Usage: upwork-gateway");
    }
  });

  test.each([
    [["bogus"], "unknown command 'bogus'"],
    [["call"], "missing required argument 'method'"],
    [["budget", "--bogus"], "unknown option '--bogus'"],
    [["call", "GET", "api/x"], "A path starts with a slash"],
    [["call", "GET", "/api/x", "-q", "novalue"], '"novalue" is no parameter'],
    [["call", "POST", "/api/x", "-f", "a=1", "-d", "{}"], "not both"],
    [["call", "GET", "/api/x", "-H", "nocolon"], "is no header"],
    [["call", "POST", "/api/x", "-d", "@missing"], "There is no file"],
    [["graphql"], "Give a document"],
    [["budget", "--watch", "0"], "--watch takes seconds"],
    [["configure", "--auth", "basic"], "--auth is oauth1 or oauth2"],
  ])("%j is wrong usage, and nothing is sent", async (args, message) => {
    const gateway = fakeGateway(200, "{}");
    const { code, err, out } = await runCli([...key, ...args], gateway);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(out).toBe("");
    expect(gateway.requests).toEqual([]);
  });

  test("a call sends its parameters encoded, and writes the very bytes of the answer", async () => {
    const gateway = fakeGateway(200, '{"a":1}', { "gateway-advice": "mind\u0007 this" });
    const { code, out, err } = await runCli(
      [...key, "call", "post", "/api/x", "-q", "q=a b~+", "-q", "q=ü", "-f", "t=x&y", "--connection", "acme"],
      { ...gateway, fetch: gateway.fetch },
    );
    expect({ code, out }).toEqual({ code: 0, out: '{"a":1}' });
    expect(err).not.toContain("\u0007");
    const [request] = gateway.requests;
    expect(request?.method).toBe("POST");
    expect(new URL(request?.url ?? "").searchParams.getAll("q")).toEqual(["a b~+", "ü"]);
    expect(request?.body).toBe("t=x%26y");
    expect(request?.headers.get("connection-id")).toBe("acme");
    expect(request?.headers.get("authorization")).toBe("Bearer ugw_test_k");
  });

  test("a body is read from a file or standard input, without its byte order mark", async () => {
    const home = temporaryFolder("cli-body-");
    writeFileSync(join(home, "body.json"), '\ufeff{"a": "ü"}');
    const input = async function* () {
      yield Buffer.from('{"a": "');
      yield Buffer.from([0xc3]);
      yield Buffer.from([0xbc, 0x22, 0x7d]);
    };
    for (const data of ["@body.json", "@-"]) {
      const gateway = fakeGateway(200, "{}");
      await runCli([...key, "call", "PUT", "/api/x?y=1", "-q", "z=2", "-d", data], { home, input, ...gateway });
      const [request] = gateway.requests;
      expect(request?.body).toBe('{"a": "ü"}');
      expect(request?.headers.get("content-type")).toBe("application/json");
      expect(request?.url).toMatch(/\/api\/x\?y=1&z=2$/);
    }
    const gateway = fakeGateway(200, "{}");
    const document = async function* () {
      yield Buffer.from("{ user { id } }");
    };
    await runCli([...key, "graphql", "--file", "-"], { input: document, ...gateway });
    expect(JSON.parse(gateway.requests[0]?.body ?? "")).toMatchObject({ query: "{ user { id } }" });
    const typed = fakeGateway(200, "{}");
    await runCli([...key, "call", "POST", "/api/x", "-d", "x", "-H", "Content-Type: text/plain"], typed);
    expect(typed.requests[0]?.headers.get("content-type")).toBe("text/plain");
  });

  test("a defect is exit code 1, and shows where it is only when asked", async () => {
    const broken = { askSecret: () => Promise.reject(new TypeError("boom")), fetch: healthy };
    const { code, out, err } = await runCli(["login", "--json"], broken);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(JSON.parse(err).detail).toContain("A defect of the command line: TypeError: boom.");
    expect(err).not.toContain("program.test.ts");
    const shown = await runCli(["login"], { ...broken, env: { UPWORK_GATEWAY_DEBUG: "1" } });
    expect(shown.err).toContain("program.test.ts");
  });

  test("GraphQL variables are JSON where they parse, and strings where not", async () => {
    const gateway = fakeGateway(200, "{}");
    await runCli([...key, "graphql", "{ user { id } }", "-v", "first=10", "-v", "q=node js"], gateway);
    expect(JSON.parse(gateway.requests[0]?.body ?? "")).toEqual({
      query: "{ user { id } }",
      variables: { first: 10, q: "node js" },
    });
  });

  test.each([
    [404, 3],
    [429, 4],
    [503, 5],
  ])("an answer of %d ends with exit code %d, its body still shown", async (status, expected) => {
    const { code, out, err } = await runCli(
      [...key, "call", "GET", "/api/x"],
      fakeGateway(status, "the body", { "gateway-attempts": "1" }),
    );
    expect({ code, out }).toEqual({ code: expected, out: "the body" });
    expect(err).toContain(`Upwork answered ${status}.`);
  });

  test("--json gives a machine status, headers and body in one document", async () => {
    const { out } = await runCli(
      [...key, "--json", "call", "GET", "/api/x"],
      fakeGateway(200, '{"a":1}', { age: "3" }),
    );
    expect(JSON.parse(out)).toMatchObject({ status: 200, headers: { age: "3" }, body: { a: 1 } });
  });

  test("a gateway that is not there is exit code 5 and says how to start one", async () => {
    const { code, err } = await runCli([...key, "--url", "http://localhost:9", "budget"]);
    expect(code).toBe(5);
    expect(err).toContain("Start it with: npm start");
  });

  test("a gateway that never answers is given up, with the time that passed", async () => {
    let signal: unknown;
    const silent: typeof fetch = async (_url, init) => {
      signal = init?.signal;
      throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
    };
    const { code, err } = await runCli([...key, "budget"], { fetch: silent });
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(code).toBe(5);
    expect(err).toContain("does not answer (60 s passed)");
  });

  test("a refusal names the fields that were wrong", async () => {
    const document = { detail: "The body is wrong.", errors: [{ pointer: "/name", detail: "is missing" }] };
    const { code, err } = await runCli([...key, "budget"], fakeGateway(422, JSON.stringify(document)));
    expect(code).toBe(3);
    expect(err).toContain("/name: is missing");
  });

  test("a field that the reason names already is not named again", async () => {
    const detail = "/name: is missing. And 1 more";
    const errors = [
      { pointer: "/name", detail: "is missing" },
      { pointer: "/url", detail: "is missing" },
    ];
    const { err } = await runCli([...key, "budget"], fakeGateway(422, JSON.stringify({ detail, errors })));
    expect(err.match(/\/name: is missing/g)).toHaveLength(1);
    expect(err).toContain("/url: is missing");
  });

  test("an application's secret goes from the prompt to Secrets Manager, and is never shown", async () => {
    const written: [string, string][] = [];
    const answers = ["consumer-key", "consumer-secret"];
    const { code, out, err } = await runCli(["--stage", "dev", "configure", "--auth", "oauth1"], {
      askSecret: async () => answers.shift() ?? "",
      writeSecret: async (name, value) => void written.push([name, value]),
    });
    expect(code).toBe(0);
    expect(written).toEqual([
      [
        "upwork-gateway/dev/application/oauth1",
        JSON.stringify({ consumerKey: "consumer-key", consumerSecret: "consumer-secret" }),
      ],
    ]);
    expect(out + err).not.toMatch(/consumer-(key|secret)/);
  });

  test("completion offers commands and options", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    await runCli(["complete", "--", "bud"]);
    expect(log.mock.calls.flat().join("\n")).toContain("budget");
    log.mockRestore();
  });

  test("IDs and references are told apart, in every shape that Upwork lists in", async () => {
    const lists: Record<string, unknown> = {
      "/api/hr/v2/companies": { companies: [{ name: "Acme", id: "acme", reference: 1001 }] },
      "/api/hr/v2/teams": { teams: { team: { name: "Acme", id: "acme", reference: "1001" } } },
    };
    const answer: typeof fetch = async (url) => Response.json(lists[new URL(String(url)).pathname]);
    const { out } = await runCli([...key, "ids", "--json"], { fetch: answer });
    expect(JSON.parse(out)).toEqual([
      { kind: "company", name: "Acme", id: "acme", reference: "1001", isParentTeam: false },
      { kind: "team", name: "Acme", id: "acme", reference: "1001", isParentTeam: true },
    ]);
    const none: typeof fetch = async () => Response.json({ companies: "", teams: "" });
    expect((await runCli([...key, "ids"], { fetch: none })).out).toContain("belongs to no company");
  });

  test("organisations that Upwork refuses to list are not taken for none", async () => {
    const headers = { "gateway-advice": "The key lacks a permission." };
    const refusing: typeof fetch = async () => Response.json({ errors: [{ message: "no" }] }, { headers });
    const { code, out, err } = await runCli([...key, "ids", "--graphql"], { fetch: refusing });
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toContain("The key lacks a permission.");
  });
});
