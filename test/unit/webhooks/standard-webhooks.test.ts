import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { overlapMs, rotate, signingSecrets } from "../../../functions/webhooks/endpoint-secrets.ts";
import {
  createSigningSecret,
  isSigningSecret,
  signMessage,
  verifyMessage,
} from "../../../functions/webhooks/standard-webhooks.ts";

const now = Math.floor(Date.now() / 1000);

describe("a signature", () => {
  test("is the one of the specification's own example", () => {
    // standard-webhooks/standard-webhooks, spec/standard-webhooks.md and the libraries' shared test vector
    const headers = signMessage(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], {
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestampSeconds: 1614265330,
      body: '{"test": 2432232314}',
    });
    expect(headers["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  test("is verified by the standardwebhooks package, whatever the body is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/), (text, id) => {
        const secret = createSigningSecret();
        const body = JSON.stringify({ text });
        expect(new Webhook(secret).verify(body, signMessage([secret], { id, timestampSeconds: now, body }))).toEqual({
          text,
        });
      }),
    );
  });

  test("is verified with the old secret and with the new one while they overlap, then with the new one alone", () => {
    const old = { current: createSigningSecret(), headers: { "x-own": "1" } };
    const next = rotate(old, 1_000);
    const body = "{}";
    const during = signMessage(signingSecrets(next, 1_000 + overlapMs - 1), { id: "a", timestampSeconds: now, body });
    expect(during["webhook-signature"].split(" ")).toHaveLength(2);
    for (const { current } of [old, next]) expect(new Webhook(current).verify(body, during)).toEqual({});
    const after = signMessage(signingSecrets(next, 1_000 + overlapMs), { id: "a", timestampSeconds: now, body });
    expect(() => new Webhook(old.current).verify(body, after)).toThrow();
    expect(next.headers).toEqual(old.headers);
  });
});

describe("verifying", () => {
  const secret = createSigningSecret();
  const body = Buffer.from('{"a":1}');
  const signedAt = (timestampSeconds: number): Record<string, string> =>
    signMessage([secret], { id: "msg_1", timestampSeconds, body });

  test("takes what the standardwebhooks package signs", () => {
    const signature = new Webhook(secret).sign("msg_1", new Date(now * 1000), body);
    const headers = { "webhook-id": "msg_1", "webhook-timestamp": String(now), "webhook-signature": signature };
    expect(verifyMessage([secret], headers, body, now)).toBe("valid");
    expect(verifyMessage([createSigningSecret(), secret], headers, body, now)).toBe("valid");
  });

  test.each([
    ["another secret", () => verifyMessage([createSigningSecret()], signedAt(now), body, now), "signature-wrong"],
    ["another body", () => verifyMessage([secret], signedAt(now), Buffer.from('{"a":2}'), now), "signature-wrong"],
    [
      "another id",
      () => verifyMessage([secret], { ...signedAt(now), "webhook-id": "msg_2" }, body, now),
      "signature-wrong",
    ],
    [
      "another version of signature",
      () =>
        verifyMessage(
          [secret],
          { ...signedAt(now), "webhook-signature": signedAt(now)["webhook-signature"]?.replace("v1,", "v1a,") ?? "" },
          body,
          now,
        ),
      "signature-wrong",
    ],
    ["no header", () => verifyMessage([secret], {}, body, now), "headers-missing"],
    [
      "a timestamp that is no number",
      () => verifyMessage([secret], { ...signedAt(now), "webhook-timestamp": "1e9" }, body, now),
      "headers-missing",
    ],
    ["301 s of age", () => verifyMessage([secret], signedAt(now - 301), body, now), "too-old"],
    ["301 s in the future", () => verifyMessage([secret], signedAt(now + 301), body, now), "too-new"],
    ["300 s of age", () => verifyMessage([secret], signedAt(now - 300), body, now), "valid"],
  ])("with %s", (_name, verify, verdict) => {
    expect(verify()).toBe(verdict);
  });
});

test.each([
  [createSigningSecret(), true],
  [`whsec_${Buffer.alloc(24, 1).toString("base64")}`, true],
  [`whsec_${Buffer.alloc(23, 1).toString("base64")}`, false],
  [`whsec_${Buffer.alloc(65, 1).toString("base64")}`, false],
  ["whsec_", false],
  ["secret", false],
])("%s is a signing secret: %s", (text, is) => {
  expect(isSigningSecret(text)).toBe(is);
});
