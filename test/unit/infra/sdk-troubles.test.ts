import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { bundleFunction } from "../../../infra/bundling/bundle.ts";
import { callsIn, troubles, troublesBegin } from "../../support/sdk-troubles.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

type Probe = { callsIn: typeof callsIn };

const asItComes: Probe = { callsIn };
const folder = temporaryFolder("sdk-");
const config = { region: "eu-west-1", maxAttempts: 3 };
let loaded = 0;
let probe: Probe;

/** The probe's bundle, loaded anew: some settings are read only once. */
const bundled = (): Promise<Probe> => import(`${join(folder, "index.mjs")}?${loaded++}`);

beforeAll(async () => {
  await bundleFunction("test/support/sdk-troubles.ts", folder);
  probe = await bundled();
});
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
  for (const [name, value] of Object.entries({
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "x",
    AWS_SECRET_ACCESS_KEY: "x",
    AWS_SESSION_TOKEN: "token",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: "proxy",
    _X_AMZN_TRACE_ID: "Root=1-5;Sampled=1",
  })) {
    vi.stubEnv(name, value);
  }
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  // Lambda's own store of an invocation, which the SDK's trace headers are from.
  Reflect.deleteProperty(globalThis, "awslambda");
});

async function seenBy(probe: Probe, ...asked: Parameters<Probe["callsIn"]>): Promise<unknown> {
  vi.setSystemTime(troublesBegin);
  let seen: object | undefined;
  void probe.callsIn(...asked).then((all) => {
    seen = all;
  });
  while (seen === undefined) {
    await setImmediate();
    await vi.advanceTimersToNextTimerAsync();
  }
  return JSON.parse(JSON.stringify(seen));
}

describe("a bundle does as the SDK as it comes does", () => {
  test.each(Object.entries(troubles))("in trouble: %s", async (_name, attempts) => {
    const seen = await seenBy(probe, attempts, config);
    expect(seen).toHaveLength(3);
    expect(seen).toEqual(await seenBy(asItComes, attempts, config));
  });

  test.each([1, 2])("where the caller gives up after attempt %i", async (attempt) => {
    const asked = [[{ name: "TimeoutError" }], config, attempt] as const;
    expect(await seenBy(probe, ...asked)).toEqual(await seenBy(asItComes, ...asked));
  });

  test.each([
    { AWS_ENDPOINT_URL: "http://127.0.0.1:8000/base" },
    { AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://one:1", AWS_ENDPOINT_URL: "https://all" },
    { AWS_ENDPOINT_URL: "nonsense" },
    { AWS_ENDPOINT_URL: "http://all", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "TRUE" },
    { AWS_USE_FIPS_ENDPOINT: "" },
    { AWS_USE_DUALSTACK_ENDPOINT: "no" },
    { AWS_MAX_ATTEMPTS: "many" },
    { AWS_MAX_ATTEMPTS: "1" },
    { AWS_RETRY_MODE: "standard" },
    { AWS_DISABLE_CLOCK_SKEW_CORRECTION: "1" },
    { AWS_DISABLE_CLOCK_SKEW_CORRECTION: "true" },
    { AWS_AUTH_SCHEME_PREFERENCE: "sigv4a" },
    { AWS_SDK_UA_APP_ID: "our app" },
    { AWS_LAMBDA_MAX_CONCURRENCY: "2" },
    { AWS_REGION: "bad region" },
  ])("with %j", async (settings) => {
    for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
    const attempts = [{ name: "TimeoutError" }, { status: 200, body: "{}" }];
    expect(await seenBy(await bundled(), attempts)).toEqual(await seenBy(asItComes, attempts));
  });
});

describe("the credentials of a bundle", () => {
  const keysOf = (seen: unknown) => JSON.stringify(seen).match(/(?<=Credential=)\w*/g);

  test("are those in the environment, also when they change while it runs", async () => {
    expect(keysOf(await seenBy(probe, [], config))).toEqual(["x", "x", "x"]);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "another");
    vi.stubEnv("AWS_SESSION_TOKEN", undefined);
    const seen = await seenBy(probe, [], config);
    expect(keysOf(seen)).toEqual(["another", "another", "another"]);
    expect(JSON.stringify(seen)).not.toContain("x-amz-security-token");
  });

  test.each([undefined, ""])("are missed where the environment has %j", async (value) => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", value);
    const message = expect.stringContaining("no AWS credentials");
    expect(await seenBy(probe, [], config)).toMatchObject(Array(3).fill({ made: [], error: { message } }));
  });
});
