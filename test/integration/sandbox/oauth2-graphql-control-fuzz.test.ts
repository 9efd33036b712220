import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { connectOAuth2 } from "../../support/sandbox-oauth2.ts";

// Whatever anybody sends to the OAuth 2.0, GraphQL and control paths is answered, and never with a 5xx.
let sandbox: Sandbox;
let token: string;
beforeAll(async () => {
  sandbox = await startSandbox();
  token = (await connectOAuth2(sandbox)).access_token;
});
afterAll(() => sandbox.close());

const paths = fc.constantFrom(
  "/ab/account-security/oauth2/authorize",
  "/api/v3/oauth2/token",
  "/api/v3/oauth2/token/revoke",
  "/graphql",
  "/_sandbox",
  "/_sandbox/api",
  ...["add-fault", "set-limits", "set-key", "issue-token", "set-switches", "revoke-token", "advance-clock"].flatMap(
    (action) => [`/_sandbox/${action}`, `/_sandbox/api/${action}`],
  ),
);
const names = fc.constantFrom(
  ...["grant_type", "client_id", "client_secret", "code", "refresh_token", "redirect_uri", "response_type", "state"],
  ...["code_challenge", "scope", "token", "query", "variables", "operationName", "key", "user", "fault", "value"],
  ...["path", "times", "seconds", "preset", "second", "disabled", "permissions", "redirectUri", "rule", "checkNonces"],
);
const values = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "demo0000000000000000000000000002",
    "demo-secret-0002",
    "code",
    "authorization_code",
    "refresh_token",
  ),
  fc.constantFrom(
    "client_credentials",
    "http://localhost:1/oauth/callback",
    "ada",
    "latency",
    "true",
    "0",
    "{user{id}}",
  ),
);
const fields = fc.array(fc.tuple(names, values), { maxLength: 8 });
const bodies = fc.oneof(
  fields.map((pairs) => ({ type: "application/x-www-form-urlencoded", text: `${new URLSearchParams(pairs)}` })),
  fields.map((pairs) => ({ type: "application/json", text: JSON.stringify(Object.fromEntries(pairs)) })),
  fc.json().map((text) => ({ type: "application/json", text })),
  fc.string().map((text) => ({ type: "application/x-www-form-urlencoded", text })),
);

test("answers every request without an error of its own", async () => {
  const methods = fc.constantFrom("GET", "POST", "POST", "POST", "PUT");
  const authorizations = fc.constantFrom("token", "", "Bearer x", "Basic eDp5", "Basic %%%", "OAuth a");
  await fc.assert(
    fc.asyncProperty(paths, methods, fields, bodies, authorizations, async (path, method, query, body, given) => {
      const url = `${sandbox.url}${path}?${new URLSearchParams(query)}`;
      const answer = await fetch(url, {
        method,
        redirect: "manual",
        headers: { authorization: given === "token" ? `Bearer ${token}` : given, "content-type": body.type },
        ...(method === "GET" ? {} : { body: body.text }),
      });
      await answer.arrayBuffer();
      expect(answer.status).toBeLessThan(500);
      // What the control page was told to do must not spoil the next request.
      sandbox.faults.clear();
      sandbox.limits.reset();
      sandbox.limits.change({ quotas: {}, disableAfter: 0 });
    }),
    { numRuns: 1_500 },
  );
});
