import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenRefusedError, TokenStepError } from "../../../functions/oauth/token-step.ts";
import { nextTokens, type Oauth2Provider } from "../../../functions/oauth/upstream-oauth2.ts";

const now = 1_700_000_000_000;

/** A provider whose token endpoint gives this answer. */
const answering = (status: number, body: unknown): Oauth2Provider => ({
  origin: "https://upwork.example",
  graphqlOrigin: "https://upwork.example",
  application: { clientId: "id", clientSecret: "secret", grant: "authorization_code" },
  timeoutMs: 1_000,
  now: () => now,
  spend: async () => ({
    status,
    headers: {},
    body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
  }),
});
const tokens = { access_token: "a", token_type: "Bearer", refresh_token: "r" };

describe("the next tokens", () => {
  test("are read as Upwork gives them", async () => {
    expect(await nextTokens(answering(200, { ...tokens, expires_in: 86_400 }), "old")).toEqual({
      accessToken: "a",
      refreshToken: "r",
      issuedAt: now,
      expiresAt: now + 86_400_000,
    });
  });

  test("keep the refresh token where there is no new one", async () => {
    const { refresh_token: _old, ...rest } = tokens;
    expect(await nextTokens(answering(200, rest), "old")).toMatchObject({ refreshToken: "old" });
  });

  test.each([
    ["3600", 3_600],
    [3_600, 3_600],
    [undefined, 86_400],
    [null, 86_400],
    ["soon", 86_400],
    [0, 86_400],
    [-1, 86_400],
    [1e300, 86_400],
  ])("with an expires_in of %j are not lost, and live for %i s", async (expires_in, seconds) => {
    const { expiresAt } = await nextTokens(answering(200, { ...tokens, expires_in }), "old");
    expect(expiresAt).toBe(now + seconds * 1_000);
  });

  test("are not asked for without a refresh token: that is a dead one", async () => {
    await expect(nextTokens(answering(200, tokens), undefined)).rejects.toMatchObject({ code: "invalid_grant" });
  });

  test.each([
    [400, { error: "invalid_grant" }, TokenRefusedError],
    [401, { error: "invalid_client" }, TokenRefusedError],
    [500, { error: "invalid_grant" }, TokenStepError],
    [403, "<html>Just a moment...</html>", TokenStepError],
    [400, { error: "<script>" }, TokenStepError],
    [200, "<html>", TokenStepError],
    [200, { ...tokens, access_token: "a b" }, TokenStepError],
    [200, { ...tokens, token_type: "mac" }, TokenStepError],
  ])("after %i %j there are none, and why is known", async (status, body, kind) => {
    await expect(nextTokens(answering(status, body), "old")).rejects.toBeInstanceOf(kind);
  });

  test("of whatever is answered are tokens, or an error that holds none of it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 200, max: 599 }), fc.json(), async (status, body) => {
        const result = await nextTokens(answering(status, body), "old-token").catch((error: Error) => error);
        if (!(result instanceof Error)) return;
        expect(result instanceof TokenStepError || result instanceof TokenRefusedError).toBe(true);
        expect(result.message).not.toContain("old-token");
      }),
    );
  });
});
