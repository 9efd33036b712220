import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { encodePairs, type KeyPair, type Pair, signRequest } from "../../../functions/oauth/signing.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";

let clock = Date.now();
let sandbox: Sandbox;
let token: KeyPair;
let nonce = 0;
beforeAll(async () => {
  sandbox = await startSandbox({ now: () => clock });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  clock = Date.now();
  token = await accessToken(sandbox);
});

const consumerOf = ({ application }: Sandbox): KeyPair => ({
  key: application.consumerKey,
  secret: application.consumerSecret,
});

type Options = {
  method?: string;
  query?: Pair[];
  form?: Pair[];
  token?: KeyPair;
  protocol?: Record<string, string>;
  nonce?: string;
  timestamp?: number;
  consumer?: KeyPair;
  place?: "header" | "query" | "form";
  headers?: Record<string, string>;
};

/** A signed request, with the protocol parameters in any of the three places of RFC 5849 section 3.5. */
function signed(of: Sandbox, path: string, options: Options = {}): Promise<Response> {
  const { method = "GET", query = [], form = [], place = "header" } = options;
  nonce += 1;
  const url = new URL(path, of.url);
  const { header } = signRequest({
    method,
    url,
    parameters: [...query, ...form],
    consumer: options.consumer ?? consumerOf(of),
    ...(options.token === undefined ? {} : { token: options.token }),
    protocol: options.protocol ?? {},
    nonce: options.nonce ?? `nonce-${nonce}`,
    timestamp: options.timestamp ?? Math.floor(clock / 1000),
  });
  const protocol = [...header.matchAll(/(oauth_[a-z_]+)="([^"]*)"/g)].map(
    ([, name = "", value = ""]) => [name, decodeURIComponent(value)] as const,
  );
  url.search = encodePairs(place === "query" ? [...query, ...protocol] : query);
  const sentForm = place === "form" ? [...form, ...protocol] : form;
  return fetch(url, {
    method,
    headers: {
      ...(place === "header" ? { authorization: header } : {}),
      ...(sentForm.length > 0 ? { "content-type": "application/x-www-form-urlencoded" } : {}),
      ...options.headers,
    },
    ...(sentForm.length > 0 ? { body: encodePairs(sentForm) } : {}),
  });
}

async function requestToken(of: Sandbox, protocol: Record<string, string> = {}): Promise<KeyPair> {
  const answer = await signed(of, "/api/auth/v1/oauth/token/request", { method: "POST", protocol });
  const form = new URLSearchParams(await answer.text());
  expect(form.get("oauth_callback_confirmed")).toBe("1");
  return { key: form.get("oauth_token") ?? "", secret: form.get("oauth_token_secret") ?? "" };
}

function decide(of: Sandbox, { key }: KeyPair, decision: string): Promise<Response> {
  return fetch(`${of.url}/services/api/auth?oauth_token=${key}&oauth_callback=https%3A%2F%2Fapp.example%2Fcb%3Fx%3D1`, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ decision }),
  });
}

const exchange = (of: Sandbox, requested: KeyPair, verifier: string) =>
  signed(of, "/api/auth/v1/oauth/token/access", {
    method: "POST",
    token: requested,
    protocol: { oauth_verifier: verifier },
  });

async function accessToken(of: Sandbox): Promise<KeyPair> {
  const requested = await requestToken(of);
  const allowed = await decide(of, requested, "allow");
  const verifier = new URL(allowed.headers.get("location") ?? "").searchParams.get("oauth_verifier") ?? "";
  const form = new URLSearchParams(await (await exchange(of, requested, verifier)).text());
  return { key: form.get("oauth_token") ?? "", secret: form.get("oauth_token_secret") ?? "" };
}

const info = "/api/auth/v1/info";

describe("authorising", () => {
  test("sends the browser back with a verifier that works once", async () => {
    const requested = await requestToken(sandbox);
    const location = new URL((await decide(sandbox, requested, "allow")).headers.get("location") ?? "");
    expect(location.searchParams.get("x")).toBe("1");
    const verifier = location.searchParams.get("oauth_verifier") ?? "";
    expect(verifier).toMatch(/^[0-9a-f]{32}$/);
    expect((await exchange(sandbox, requested, "wrong")).status).toBe(401);
    expect((await exchange(sandbox, requested, verifier)).status).toBe(200);
    expect((await exchange(sandbox, requested, verifier)).status).toBe(401);
  });

  test("sends no verifier after Deny", async () => {
    const requested = await requestToken(sandbox);
    const location = new URL((await decide(sandbox, requested, "deny")).headers.get("location") ?? "");
    expect(location.searchParams.has("oauth_verifier")).toBe(false);
  });

  test("ends 600 s after the request token", async () => {
    const requested = await requestToken(sandbox);
    clock += 600_001;
    expect((await decide(sandbox, requested, "allow")).status).toBe(400);
    expect((await exchange(sandbox, requested, "any")).status).toBe(401);
  });

  test("takes a signed callback, an empty one and oob", async () => {
    for (const callback of ["https://app.example/cb", "", "oob"]) {
      expect((await requestToken(sandbox, { oauth_callback: callback })).key).toMatch(/^[0-9a-f]{32}$/);
    }
  });

  test("prints the verifier for a desktop key", async () => {
    const application = { consumerKey: "desk", consumerSecret: "secret", type: "desktop" } as const;
    const desktop = await startSandbox({ applications: [application], now: () => clock });
    try {
      const requested = await requestToken(desktop);
      const page = await (await decide(desktop, requested, "allow")).text();
      const verifier = /id="verifier">([0-9a-f]{32})</.exec(page)?.[1] ?? "";
      expect((await exchange(desktop, requested, verifier)).status).toBe(200);
    } finally {
      await desktop.close();
    }
  });
});

describe("a signature", () => {
  test.each(["header", "query", "form"] as const)("is taken from the %s", async (place) => {
    const method = place === "form" ? "POST" : "GET";
    const path = place === "form" ? "/api/hr/v2/jobs" : info;
    const answer = await signed(sandbox, path, { method, token, place });
    // The POST lacks its parameters, so it is past the signature when it says that.
    expect(answer.status).toBe(place === "form" ? 400 : 200);
  });

  test("that is wrong is refused in Upwork's words, in headers and body", async () => {
    const answer = await signed(sandbox, info, { token: { ...token, secret: "wrong" } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("x-upwork-error-code")).toBe("401");
    expect(answer.headers.get("x-upwork-error-message")).toBe("Verification of signature failed.");
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toMatchObject({
      error: { status: 401, code: 401, message: "Verification of signature failed." },
    });
  });

  test("covers every parameter", async () => {
    const answer = await signed(sandbox, info, { token, query: [["a", "b"]], place: "query" });
    expect(answer.status).toBe(200);
    const url = new URL(answer.url);
    url.searchParams.set("a", "c");
    const changed = await fetch(url);
    expect(changed.headers.get("x-upwork-error-message")).toBe("Verification of signature failed.");
  });

  test("with a nonce seen before is a replay", async () => {
    const options = { token, nonce: "once", timestamp: Math.floor(clock / 1000) };
    expect((await signed(sandbox, info, options)).status).toBe(200);
    const replayed = await signed(sandbox, info, options);
    expect(replayed.status).toBe(401);
    expect(replayed.headers.get("x-upwork-error-message")).toContain("possible replay attack");
  });

  test("of another time is refused", async () => {
    const answer = await signed(sandbox, info, { token, timestamp: Math.floor(clock / 1000) - 601 });
    expect(answer.headers.get("x-upwork-error-message")).toContain("Timestamp is out of sequence");
  });

  test("of an unknown key, or with another key's token, is refused", async () => {
    expect((await signed(sandbox, info, { token, consumer: { key: "nobody", secret: "x" } })).status).toBe(401);
    expect((await signed(sandbox, info, { token: { key: "0".repeat(32), secret: "x" } })).status).toBe(401);
  });
});

describe("a call", () => {
  test("to an unknown path is a wrong URL, in the shape of its tree", async () => {
    const api = await signed(sandbox, "/api/nothing/here", { token });
    expect([api.status, await api.json()]).toMatchObject([404, { error: { message: "Wrong URL requested" } }]);
    const report = await signed(sandbox, "/gds/nothing", { token });
    expect([report.status, await report.json()]).toMatchObject([
      500,
      { errors: [{ reason: "other", message: "Wrong URL requested" }] },
    ]);
  });

  test("with a suffix, and with a method in its form, is understood", async () => {
    expect((await signed(sandbox, `${info}.json`, { token })).status).toBe(200);
    const answer = await signed(sandbox, "/api/hr/v2/jobs", {
      token,
      method: "POST",
      form: [["http_method", "delete"]],
    });
    expect(answer.status).toBe(405);
  });

  test("by POST without a Content-Length gets an HTML 411", async () => {
    const text = await new Promise<string>((resolve, reject) => {
      let received = "";
      const socket = connect(sandbox.port, "127.0.0.1", () =>
        socket.write("POST /api/auth/v1/oauth/token/request HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
      );
      socket.on("data", (chunk) => (received += chunk));
      socket.on("end", () => resolve(received));
      socket.on("error", reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 411 /);
    expect(text).toContain("text/html");
    expect(text.toLowerCase()).not.toContain("x-upwork-error");
  });

  test("pages through a search whose total is true", async () => {
    const page = async (paging: string) => {
      const answer = await signed(sandbox, "/api/profiles/v2/search/jobs", { token, query: [["paging", paging]] });
      return { status: answer.status, ...((await answer.json()) as { jobs: { id: string }[] }) };
    };
    const first = await page("0;2");
    expect(first).toMatchObject({ jobs: [{}, {}], paging: { offset: 0, count: 2, total: sandbox.world.jobs.length } });
    expect((await page("2;2")).jobs[0]?.id).not.toBe(first.jobs[1]?.id);
    expect((await page("0;101")).status).toBe(400);
    expect((await page("x")).status).toBe(400);
  });
});

test("access tokens survive a restart, as Upwork's never expire", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-"));
  try {
    const options = { dataFile: join(folder, "tokens.json"), now: () => clock };
    const before = await startSandbox(options);
    const kept = await accessToken(before);
    await before.close();
    const after = await startSandbox(options);
    expect((await signed(after, info, { token: kept })).status).toBe(200);
    await after.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the same seed gives the same world", async () => {
  const [one, other] = [await startSandbox({ seed: 7, now: () => 0 }), await startSandbox({ seed: 7, now: () => 0 })];
  expect(one.world.jobs).toEqual(other.world.jobs);
  await one.close();
  await other.close();
});
