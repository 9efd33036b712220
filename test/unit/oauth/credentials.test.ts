import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Credentials,
  readCredentials,
  readVersion,
  writeCredentials,
} from "../../../functions/oauth/credentials.ts";

const text = fc.string({ minLength: 1 });
const credentials: fc.Arbitrary<Credentials> = fc.oneof(
  fc.record({ auth: fc.constant("oauth1" as const), token: fc.record({ key: text, secret: text }) }),
  fc.record(
    {
      auth: fc.constant("oauth2" as const),
      accessToken: text,
      refreshToken: text,
      issuedAt: fc.nat(),
      expiresAt: fc.nat(),
      version: fc.nat(),
    },
    { requiredKeys: ["auth", "accessToken", "issuedAt", "expiresAt", "version"] },
  ),
);

test("come back from a secret as they went in", () => {
  fc.assert(
    fc.property(credentials, fc.nat(), (given, version) => {
      const json: unknown = JSON.parse(writeCredentials(given, version));
      expect(readCredentials(json)).toEqual(given.auth === "oauth2" ? { ...given, version } : given);
      expect(readVersion(json)).toBe(version);
    }),
  );
});

test("are those of an older gateway too", () => {
  const secret = { auth: "oauth1", accessToken: "t", accessTokenSecret: "s" };
  expect(readCredentials(secret)).toEqual({ auth: "oauth1", token: { key: "t", secret: "s" } });
  expect(readVersion(secret)).toBe(0);
});

test("are nothing else", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(readCredentials(JSON.parse(json))).toBeUndefined();
    }),
  );
  expect(readCredentials(undefined)).toBeUndefined();
  expect(readCredentials({ auth: "oauth2", accessToken: "", issuedAt: 0, expiresAt: 0, version: 1 })).toBeUndefined();
});
