import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KeyPair } from "../../../functions/oauth/signing.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { accessToken, requestToken, signed } from "../../support/sandbox-client.ts";

const applications = [
  { consumerKey: "one", consumerSecret: "secret-one", type: "web" },
  { consumerKey: "two", consumerSecret: "secret-two", type: "web" },
] as const;
// A whole second, so that the edges of the allowed skew are where they should be.
const timestamp = Math.floor(Date.now() / 1000);
const clock = timestamp * 1000;
let sandbox: Sandbox;
let token: KeyPair;
beforeAll(async () => {
  sandbox = await startSandbox({ applications, now: () => clock });
  token = await accessToken(sandbox);
});
afterAll(() => sandbox.close());

const info = "/api/auth/v1/info";
const signatureFailed = "Verification of signature failed.";
const replayed = "Duplicate timestamp/nonce combination, possible replay attack. Request rejected.";
const complaint = (answer: Response) => [answer.status, answer.headers.get("x-upwork-error-message")];

describe("a signature", () => {
  test.each(["header", "query"] as const)("is taken from the %s", async (place) => {
    expect((await signed(sandbox, info, { token, place, query: [["a b", "~*ü"]] })).status).toBe(200);
  });

  test("is taken from the form", async () => {
    const answer = await signed(sandbox, "/api/hr/v2/jobs", { method: "POST", token, place: "form" });
    // It is past the signature when it misses a job's parameters.
    expect(complaint(answer)).toEqual([400, "Missing required parameter: buyer_team__reference"]);
  });

  test("that is wrong is refused in Upwork's words, in headers and body", async () => {
    const answer = await signed(sandbox, info, { token: { ...token, secret: "wrong" } });
    expect(complaint(answer)).toEqual([401, signatureFailed]);
    expect(answer.headers.get("x-upwork-error-code")).toBe("401");
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toEqual({
      server_time: timestamp,
      error: { status: 401, code: 401, message: signatureFailed },
    });
  });

  test("that is wrong is refused in the reports' own shape below /gds", async () => {
    const answer = await signed(sandbox, "/gds/timereports/v1", { token: { ...token, secret: "wrong" } });
    expect(complaint(answer)).toEqual([401, signatureFailed]);
    expect(await answer.json()).toEqual({
      version: "0.6",
      status: "error",
      errors: [{ reason: "access_denied", message: signatureFailed }],
    });
  });

  test("by the wrong consumer secret gets no request token", async () => {
    const answer = await signed(sandbox, "/api/auth/v1/oauth/token/request", {
      method: "POST",
      consumer: { key: "one", secret: "secret-two" },
    });
    expect(complaint(answer)).toEqual([401, signatureFailed]);
  });

  test("covers method, path and every parameter", async () => {
    const { url } = await signed(sandbox, info, { token, query: [["a", "b"]], place: "query" });
    const changed = new URL(url);
    changed.searchParams.set("a", "c");
    const longer = new URL(url);
    longer.searchParams.append("d", "e");
    const elsewhere = new URL(url.replace(info, "/api/hr/v2/companies"));
    for (const target of [changed, longer, elsewhere]) {
      expect(complaint(await fetch(target))).toEqual([401, signatureFailed]);
    }
    expect(complaint(await fetch(url, { method: "DELETE" }))).toEqual([401, signatureFailed]);
    // Only the unchanged one gets as far as being recognised.
    expect(complaint(await fetch(url))).toEqual([401, replayed]);
  });

  test("with a nonce seen before is a replay, for calls and for token requests", async () => {
    const call = { token, nonce: "once", timestamp };
    expect((await signed(sandbox, info, call)).status).toBe(200);
    expect(complaint(await signed(sandbox, info, call))).toEqual([401, replayed]);
    // A nonce belongs to its timestamp (RFC 5849 section 3.3).
    expect((await signed(sandbox, info, { ...call, timestamp: timestamp - 1 })).status).toBe(200);
    await requestToken(sandbox, { nonce: "start", timestamp });
    await expect(requestToken(sandbox, { nonce: "start", timestamp })).rejects.toThrow("HTTP 401");
  });

  test("spends no nonce while it is wrong", async () => {
    const call = { token, nonce: "mine", timestamp };
    expect((await signed(sandbox, info, { ...call, token: { ...token, secret: "guess" } })).status).toBe(401);
    expect((await signed(sandbox, info, call)).status).toBe(200);
  });

  test.each([
    [-601, 401],
    [-600, 200],
    [600, 200],
    [601, 401],
  ])("%i s from now is answered with %i", async (skew, status) => {
    const answer = await signed(sandbox, info, { token, timestamp: timestamp + skew });
    expect(answer.status).toBe(status);
    if (status === 401) expect(complaint(answer)[1]).toContain("Timestamp is out of sequence");
  });

  test("of an unknown key, an unknown token, or with another key's token, is refused", async () => {
    const unknown = await signed(sandbox, info, { token, consumer: { key: "nobody", secret: "x" } });
    expect(complaint(unknown)).toEqual([401, "Consumer key unknown or disabled."]);
    const combination = expect.stringContaining("does not exist or is not enabled");
    const made = await signed(sandbox, info, { token: { key: "0".repeat(32), secret: "x" } });
    expect(complaint(made)).toEqual([401, combination]);
    const other = await signed(sandbox, info, { token, consumer: { key: "two", secret: "secret-two" } });
    expect(complaint(other)).toEqual([401, combination]);
  });

  test("that is missing, or half there, is named", async () => {
    expect(complaint(await fetch(sandbox.url + info))).toEqual([401, "Missing OAuth parameter: oauth_consumer_key"]);
    const twice = await signed(sandbox, info, { token, query: [["oauth_nonce", "again"]] });
    expect(complaint(twice)).toEqual([401, "Duplicate OAuth parameter: oauth_nonce"]);
  });
});
