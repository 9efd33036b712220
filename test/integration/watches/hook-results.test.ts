import { afterAll, beforeAll, expect, test } from "vitest";
import { functionDefinitions } from "../../../functions/platform/names.ts";
import type { StateTable } from "../../../functions/platform/state-table.ts";
import { createPathToken } from "../../../functions/watches/hook.ts";
import { type HookDependencies, showResult, takeMessage } from "../../../functions/watches/hook-call.ts";
import { createHookResults, type HookResults, runningMs } from "../../../functions/watches/hook-results.ts";
import { createStateTable, openDynamo, type TestDynamo } from "../../support/stores.ts";

// A hook whose work breaks, and one whose process dies: against a real store, with a clock that the tests move.
let dynamo: TestDynamo;
let table: StateTable;
let now = Date.parse("2026-11-24T12:00:00Z");

beforeAll(async () => {
  dynamo = await openDynamo();
  table = await createStateTable(dynamo.client);
});
afterAll(() => dynamo.close());

const { token, tokenHash } = createPathToken();
const id = `hook_${"1".repeat(20)}`;

function gateway(runWatch: () => Promise<unknown>, own: Partial<HookResults> = {}) {
  const logged: Record<string, unknown>[] = [];
  const dependencies: HookDependencies = {
    hooks: {
      find: async () => ({
        id,
        name: "Zapier",
        client: "crm",
        auth: "path",
        action: { watch: `wat_${"1".repeat(20)}` },
        tokenHash,
        createdAt: 0,
      }),
    },
    results: { ...createHookResults(table, () => now), ...own },
    secretsOf: async () => [],
    behalf: { perform: () => Promise.reject(new Error("nobody asked for a call")) },
    runWatch,
    connectionOfClient: async () => "acme",
    now: () => now,
    log: { error: (message, details) => logged.push({ message, ...details }) },
  };
  const send = async (key: string, prefer = "wait") => {
    const { status, body } = await takeMessage(dependencies, `${id}.${token}`, {
      id: `request-${key}`,
      method: "POST",
      path: `/hooks/${id}.${token}`,
      rawQuery: "",
      headers: { "idempotency-key": key, prefer },
      cookies: {},
      body: new Uint8Array(),
      sourceIp: "",
    });
    return { status, ...(JSON.parse(String(body)) as { result: string; state: string; outcome?: object }) };
  };
  const show = async (result: string) => JSON.parse(String((await showResult(dependencies, result)).body)) as object;
  return { logged, send, show };
}

test("an error that nobody foresaw is the result, a problem with the request's id, and is logged", async () => {
  let runs = 0;
  const { logged, send, show } = gateway(async () => {
    runs += 1;
    throw new TypeError("a defect, with a secret in it");
  });
  const failed = await send("defect");
  const outcome = { status: 500, title: "Internal error", instance: "urn:request:request-defect" };
  expect(failed).toMatchObject({ status: 200, state: "failed", outcome });
  expect(await show(failed.result)).toMatchObject({ state: "failed", outcome });
  expect(JSON.stringify(failed)).not.toContain("secret");
  expect(logged).toMatchObject([{ hook: id, result: failed.result, error: expect.any(TypeError) }]);
  // Nobody knows how far it came: the same message is not acted on again.
  expect(await send("defect")).toMatchObject({ result: failed.result, state: "failed", outcome });
  expect(runs).toBe(1);
  expect(await send("another", "respond-async")).toMatchObject({ status: 202, state: "failed" });
});

test("a result whose process died says so once the function's time is over, to the sender and to whoever asks", async () => {
  let began = () => {};
  const isRunning = new Promise<void>((resolve) => {
    began = resolve;
  });
  const dying = gateway(() => {
    began();
    return new Promise(() => {});
  });
  void dying.send("dies");
  await isRunning;
  const { send, show } = gateway(async () => "not again");
  const repeat = await send("dies");
  expect(repeat).toMatchObject({ status: 200, state: "running" });
  now += runningMs - 1;
  expect(await show(repeat.result)).toMatchObject({ state: "running" });
  now += 1;
  const outcome = { status: 500, detail: expect.stringContaining("ended before it could note what came of this") };
  expect(await show(repeat.result)).toMatchObject({ state: "failed", outcome });
  expect(await send("dies")).toMatchObject({ result: repeat.result, state: "failed", outcome });
});

test("the same message again, right after the first was taken and before anything was done, finds it running", async () => {
  const again = gateway(async () => "not again");
  let second: object | undefined;
  const first = gateway(async () => "ran", {
    async claim(...message) {
      const claimed = await createHookResults(table, () => now).claim(...message);
      second = await again.send("twice");
      return claimed;
    },
  });
  const { result } = await first.send("twice");
  expect(second).toMatchObject({ status: 200, result, state: "running" });
  expect(await again.send("twice")).toMatchObject({ result, state: "done", outcome: { run: "ran" } });
});

test("a result takes longer to be given up than the function may run, and less than a minute", () => {
  expect(runningMs).toBeGreaterThan(functionDefinitions.hooks.timeoutSeconds * 1_000);
  expect(runningMs).toBeLessThan(60_000);
});
