import { expect, test } from "vitest";
import { createAdminKey } from "../../../functions/clients/admin-door.ts";
import { createKey } from "../../../functions/clients/keys.ts";
import { redact, redactText } from "../../../functions/platform/log.ts";

const { key } = createKey("live");

test.each([
  [`Authorization: Bearer ${key}`, key],
  [`key ${key} was refused`, key],
  [createAdminKey(), "ugw_admin_"],
  ["GET /oauth/callback?oauth_token=abcdef0123&oauth_verifier=fedcba9876", "abcdef0123"],
  ["GET /oauth/callback?oauth_token=abcdef0123&oauth_verifier=fedcba9876", "fedcba9876"],
  ['{"oauth_token_secret":"s3cr3ts3cr3t"}', "s3cr3ts3cr3t"],
  ['OAuth oauth_consumer_key="abcdefgh",oauth_signature="zyxwvut%3D"', "zyxwvut"],
  ["grant_type=refresh_token&refresh_token=abcdef0123&client_secret=fedcba9876", "abcdef0123"],
  ["grant_type=refresh_token&refresh_token=abcdef0123&client_secret=fedcba9876", "fedcba9876"],
  ["GET /oauth/callback?code=abcdef0123&state=fedcba9876", "abcdef0123"],
  ["GET /oauth/callback?code=abcdef0123&state=fedcba9876", "fedcba9876"],
  ['{"message":"token oauth2v2_0123456789abcdef is dead"}', "0123456789abcdef"],
])("masks the secret in %j", (text, secret) => {
  const masked = redactText(text);
  expect(masked).toContain("redacted");
  if (secret !== "ugw_admin_") expect(masked).not.toContain(secret);
});

test("masks by name whatever the value is", () => {
  for (const name of ["authorization", "Cookie", "consumerSecret", "oauth_verifier", "accessToken", "x-api-key"]) {
    expect(redact(name, "anything")).toBe("[redacted]");
  }
  expect(JSON.stringify({ path: "/api/x", nested: { tokenSecret: "t0p" } }, redact)).toBe(
    '{"path":"/api/x","nested":{"tokenSecret":"[redacted]"}}',
  );
});

test("leaves ordinary text alone", () => {
  for (const text of ["answered in 12 ms", "/api/profiles/v2/search/jobs", "the token step failed"]) {
    expect(redactText(text)).toBe(text);
  }
});
