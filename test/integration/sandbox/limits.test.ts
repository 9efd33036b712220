import { expect, test } from "vitest";
import { type LimitSettings, limitPresets } from "../../../sandbox/limits/limits.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { accessToken, signed } from "../../support/sandbox-client.ts";
import { connectOAuth2 } from "../../support/sandbox-oauth2.ts";

/** Runs with a sandbox whose clock stands still, so that a slow machine gives the same answers. */
async function withLimits(settings: Partial<LimitSettings>, use: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  const startedAt = Date.now();
  const sandbox = await startSandbox({ limits: settings, now: () => startedAt });
  try {
    await use(sandbox);
  } finally {
    await sandbox.close();
  }
}
const info = "/api/auth/v1/info.json";

test("an address that asks too often is told so in plain text, without a time, as Upwork does", async () => {
  await withLimits(limitPresets.today, async (sandbox) => {
    const token = await accessToken(sandbox);
    const answers: Response[] = [];
    for (let call = 0; call < 9; call += 1) answers.push(await signed(sandbox, info, { token }));
    // The two token steps were calls as well; the consent page was none.
    expect(answers.map(({ status }) => status)).toEqual([...Array(8).fill(200), 429]);
    const refused = answers.at(-1);
    expect([refused?.headers.get("retry-after"), await refused?.text()]).toEqual([null, "Too Many Requests"]);
    sandbox.clock.advance(1000);
    expect((await signed(sandbox, info, { token, timestamp: Math.floor(sandbox.clock.now() / 1000) })).status).toBe(
      200,
    );
    expect(sandbox.log.records().filter(({ verdict }) => verdict === "limited: second")).toHaveLength(1);
  });
});

test("with a switch a refusal says when to come back", async () => {
  await withLimits({ quotas: { second: 1 }, retryAfter: true }, async (sandbox) => {
    await signed(sandbox, info);
    const refused = await signed(sandbox, info);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
  });
});

test("a key's own limit is told as the API tells its errors, for both kinds of key", async () => {
  await withLimits({ quotas: { hour: 3 } }, async (sandbox) => {
    const token = await accessToken(sandbox);
    const { access_token } = await connectOAuth2(sandbox);
    const bearer = { headers: { authorization: `Bearer ${access_token}` } };
    const twice = async (call: () => Promise<Response>) => [await call(), await call(), await call()];
    const old = await twice(() => signed(sandbox, info, { token }));
    expect(old.map(({ status }) => status)).toEqual([200, 429, 429]);
    expect(old[1]?.headers.get("x-upwork-error-message")).toBe("Too Many Requests");
    expect(await old[1]?.json()).toMatchObject({ error: { status: 429, message: "Too Many Requests" } });
    const today = await twice(() => fetch(sandbox.url + info, bearer));
    expect(today.map(({ status }) => status)).toEqual([200, 200, 429]);
  });
});

test("a key that goes on against its limit is disabled, with the status of the switch", async () => {
  await withLimits({ quotas: { second: 1 }, disableAfter: 2, disabledStatus: 401 }, async (sandbox) => {
    for (let call = 0; call < 3; call += 1) await signed(sandbox, info);
    sandbox.clock.advance(5_000);
    const disabled = await signed(sandbox, info);
    expect([disabled.status, disabled.headers.get("x-upwork-error-message")]).toEqual([
      401,
      "Consumer key unknown or disabled.",
    ]);
  });
});

test("what was received can be read, by address and by key, whether anything is limited or not", async () => {
  await withLimits({}, async (sandbox) => {
    const token = await accessToken(sandbox);
    await signed(sandbox, info, { token });
    const counters = sandbox.limits.counters(sandbox.clock.now());
    expect(counters.map(({ scope, name, received }) => [scope, name, received])).toEqual([
      ["ip", expect.stringContaining("127.0.0.1"), 3],
      ["key", sandbox.application.consumerKey, 3],
    ]);
    expect(counters[0]?.windows[0]).toMatchObject({ window: "second", now: 3, most: 3 });
  });
});
