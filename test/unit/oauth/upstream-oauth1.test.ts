import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mayRetryTokenStep, TokenStepError } from "../../../functions/oauth/token-step.ts";
import { consentUrl, getAccount, getRequestToken, type Provider } from "../../../functions/oauth/upstream-oauth1.ts";

let server: Server;
let provider: Provider;
let status = 200;
let body = "";
let received: { method?: string | undefined; length: string | undefined; authorization: string | undefined };
beforeAll(async () => {
  server = createServer((request, response) => {
    const { "content-length": length, authorization } = request.headers;
    received = { method: request.method, length, authorization };
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  provider = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    consumer: { key: "consumer", secret: "consumer-secret" },
    timeoutMs: 2_000,
    now: () => 1_700_000_000_000,
    spend: (send) => send(),
  };
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const requestToken = () => getRequestToken(provider, "https://gateway.example/oauth/callback");

test.each(["oauth_callback_confirmed=1&", "oauth_callback_confirmed=true&", ""])(
  "takes a request token with %j",
  async (confirmed) => {
    [status, body] = [200, `${confirmed}oauth_token=abc&oauth_token_secret=def\n`];
    expect(await requestToken()).toEqual({ key: "abc", secret: "def" });
    expect(received).toMatchObject({ method: "POST", length: "0" });
    expect(received.authorization).toContain('oauth_callback="https%3A%2F%2Fgateway.example%2Foauth%2Fcallback"');
  },
);

test.each([
  [200, "oauth_callback_confirmed=false&oauth_token=abc&oauth_token_secret=s3cr3t"],
  [200, "<html>Just a moment...</html>"],
  [200, "oauth_token=abc"],
  [401, "oauth_token=abc&oauth_token_secret=s3cr3t"],
  [411, "<html>411</html>"],
  [500, ""],
])("refuses an answer %i %j, and repeats none of it", async (...answer) => {
  [status, body] = answer;
  const error: unknown = await requestToken().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(TokenStepError);
  expect(String(error)).not.toMatch(/abc|s3cr3t|<html>/);
});

test.each([
  [200, "not json"],
  [200, "{}"],
  [403, '{"auth_user":{"first_name":"A"}}'],
])("refuses an account answer %i %j", async (...answer) => {
  [status, body] = answer;
  await expect(getAccount(provider, { key: "t", secret: "s" })).rejects.toBeInstanceOf(TokenStepError);
});

test("a step may be tried again after faults that leave the request token good, not after a plain no", () => {
  expect(mayRetryTokenStep(new TokenStepError("access token", 503, "x"))).toBe(true);
  expect(mayRetryTokenStep(new TokenStepError("access token", 429, "x"))).toBe(true);
  expect(mayRetryTokenStep(new TokenStepError("access token", 401, "x"))).toBe(false);
  expect(mayRetryTokenStep(new Error("other"))).toBe(false);
});

test("names only the token in the consent page's address", () => {
  expect(consentUrl("https://www.upwork.com", "a&b")).toBe(
    "https://www.upwork.com/services/api/auth?oauth_token=a%26b",
  );
});
