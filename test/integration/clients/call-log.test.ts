import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CallLog, createCallLog, type LoggedCall } from "../../../functions/clients/call-log.ts";
import { getItem, type StateTable } from "../../../functions/platform/state-table.ts";
import { adminApi } from "../../support/admin-api.ts";
import { onFreshStateTable } from "../../support/fresh-tables.ts";
import { openProxyWorld, type ProxyWorld } from "../../support/proxy-world.ts";

const noon = Date.UTC(2026, 10, 24, 12);
const dayMs = 86_400_000;
const call = (over: Partial<LoggedCall> = {}): LoggedCall => ({
  at: noon,
  requestId: "request-1",
  client: "crm",
  connection: "acme",
  method: "GET",
  path: "/api/auth/v1/info",
  status: 200,
  upstreamMs: 120,
  gatewayMs: 4,
  cost: 1,
  attempts: 1,
  cache: "bypass",
  ...over,
});

let table: StateTable;
let log: CallLog;
let admin: ReturnType<typeof adminApi>;
onFreshStateTable((fresh) => {
  table = fresh;
  log = createCallLog(table, 30);
  admin = adminApi({ callLog: log, callLogDays: 30 });
});
const list = async (query: string, now = noon) => (await admin("GET", "/admin/calls", { query, now })).body;
const ids = async (query: string, now = noon) =>
  ((await list(query, now)).items ?? []).map(({ requestId }) => requestId);
/** Follows cursors to the end. */
async function all(query: string, now = noon): Promise<unknown[]> {
  const seen: unknown[] = [];
  let cursor: unknown;
  do {
    const page = await list(cursor === undefined ? query : `${query}&cursor=${cursor}`, now);
    seen.push(...(page.items ?? []).map(({ requestId }) => requestId));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return seen;
}

describe("a call that is kept", () => {
  test("is shown with everything that was measured, and no id of anybody's", async () => {
    await log.record(call({ path: "/api/hr/v2/jobs/{job_key}", problem: "quota-exceeded", status: 429, cost: 0 }));
    expect((await list("")).items).toEqual([
      {
        time: "2026-11-24T12:00:00.000Z",
        requestId: "request-1",
        client: "crm",
        connection: "acme",
        method: "GET",
        template: "/api/hr/v2/jobs/{job_key}",
        status: 429,
        problem: "quota-exceeded",
        upstreamMs: 120,
        gatewayMs: 4,
        cost: 0,
        attempts: 1,
        cache: "bypass",
      },
    ]);
  });

  test("of GraphQL says what was asked for", async () => {
    await log.record(call({ method: "POST", path: "/graphql", operation: "query user, organization" }));
    expect((await list("")).items).toMatchObject([{ template: "/graphql", operation: "query user, organization" }]);
  });

  test("ends after the days that were set", async () => {
    await createCallLog(table, 7).record(call());
    const item = await getItem(table, { pk: "CALLS#2026-11-24", sk: "2026-11-24T12:00:00.000Z#request-1" });
    expect(item?.expiresAt).toBe((noon + 7 * dayMs) / 1000);
  });

  test("twice under one id is one call", async () => {
    await log.record(call());
    await log.record(call());
    expect(await ids("")).toEqual(["request-1"]);
  });

  test("may find the store gone: nobody else hears of it", async () => {
    await createCallLog({ ...table, name: "no-such-table" }, 30).record(call());
    expect(await ids("")).toEqual([]);
  });
});

describe("the list", () => {
  test("has the newest first, over days that had none, in pages without gap or repeat", async () => {
    const times = [0, 1, 1, 60_000, dayMs, dayMs + 1, 9 * dayMs, 29 * dayMs];
    for (const [index, age] of times.entries()) await log.record(call({ at: noon - age, requestId: `r${index}` }));
    const expected = ["r0", "r2", "r1", "r3", "r4", "r5", "r6", "r7"];
    for (const limit of [1, 2, 3, 100]) expect(await all(`limit=${limit}`), `limit ${limit}`).toEqual(expected);
  });

  test("shows nothing that is over its time, although the store has not deleted it yet", async () => {
    await log.record(call({ requestId: "old", at: noon - 31 * dayMs }));
    expect(await all("since=2026-01-01T00:00:00Z")).toEqual([]);
  });

  test("shows one client's calls, one status, or one class of them", async () => {
    await log.record(call({ requestId: "a", at: noon - 5 }));
    await log.record(call({ requestId: "b", at: noon - 4, client: "n8n", status: 403 }));
    await log.record(call({ requestId: "c", at: noon - 3, status: 502 }));
    await log.record(call({ requestId: "d", at: noon - 2, client: "n8n", status: 504 }));
    expect(await all("client=n8n&limit=1")).toEqual(["d", "b"]);
    expect(await all("status=403")).toEqual(["b"]);
    expect(await all("status=5xx&limit=1")).toEqual(["d", "c"]);
    expect(await all("status=5xx&client=crm")).toEqual(["c"]);
    expect(await all("client=nobody")).toEqual([]);
  });

  test("ends where it is told to, both ends included", async () => {
    for (const [id, at] of [
      ["a", -2],
      ["b", -1],
      ["c", 0],
      ["d", 1],
    ] as const) {
      await log.record(call({ requestId: id, at: noon - 3_600_000 + at * 1000 }));
    }
    const at = (ms: number) => encodeURIComponent(new Date(noon - 3_600_000 + ms).toISOString());
    expect(await all(`since=${at(-1000)}&until=${at(0)}`)).toEqual(["c", "b"]);
    expect(await all(`since=${at(-999)}&until=${at(-1)}`)).toEqual([]);
    expect(await all(`since=${at(0)}&until=${at(-1000)}`)).toEqual([]);
  });

  test.each([
    "cursor=bm9uc2Vuc2U",
    "cursor=MjAyNi0xMy00MFQwMDowMDowMC4wMDBaI3g",
    "status=600",
    "status=4x",
    "since=today",
    "client=A",
  ])("refuses %s with a pointer", async (query) => {
    const reply = await admin("GET", "/admin/calls", { query, now: noon });
    expect(reply).toMatchObject({ status: 422, body: { errors: [{ pointer: `/query/${query.split("=")[0]}` }] } });
  });
});

describe("usage", () => {
  test("is added up by client and hour", async () => {
    await log.record(call({ requestId: "a", at: noon - 1 }));
    await log.record(call({ requestId: "b", at: noon - 2, cost: 2 }));
    await log.record(
      call({ requestId: "c", at: noon - 3, client: "n8n", cost: 0, status: 429, problem: "quota-exceeded" }),
    );
    await log.record(call({ requestId: "d", at: noon - 3_600_000 - 1 }));
    await log.record(call({ requestId: "e", at: noon - dayMs - 1 }));
    expect((await admin("GET", "/admin/budget/usage", { now: noon })).body.items).toEqual([
      { hour: "2026-11-24T11:00:00.000Z", client: "crm", calls: 2, units: 3, refused: 0 },
      { hour: "2026-11-24T11:00:00.000Z", client: "n8n", calls: 1, units: 0, refused: 1 },
      { hour: "2026-11-24T10:00:00.000Z", client: "crm", calls: 1, units: 1, refused: 0 },
    ]);
  });

  test.each(["since=2026-11-20T00:00:00Z", "since=2026-11-24T00:00:00Z&until=2026-11-23T00:00:00Z"])(
    "over %s is refused",
    async (query) => {
      expect((await admin("GET", "/admin/budget/usage", { query, now: noon })).status).toBe(422);
    },
  );
});

describe("a call through the proxy", () => {
  let world: ProxyWorld;
  beforeAll(async () => {
    world = await openProxyWorld();
  });
  beforeEach(async () => {
    await world.reset();
    world.dependencies.recordCall = createCallLog(world.dependencies.table, 30).record;
    admin = adminApi({ callLog: createCallLog(world.dependencies.table, 30), callLogDays: 30 });
  });
  afterAll(() => world.close());

  test("is in the log when its caller has the answer, refused or not", async () => {
    await world.call({ id: "one", path: "/api/hr/v2/jobs/123456", rawQuery: "q=private" });
    await world.call({ id: "two", path: "/api/hr/v2/nobody-knows" }).catch(() => undefined);
    const { items = [] } = await list("", Date.now());
    expect(items).toHaveLength(2);
    expect(items).toContainEqual(
      expect.objectContaining({
        requestId: "one",
        client: "crm",
        template: "/api/hr/v2/jobs/{job_key}",
        status: 200,
        cost: 1,
      }),
    );
    expect(items).toContainEqual(
      expect.objectContaining({ requestId: "two", status: 404, problem: "path-unknown", cost: 0, attempts: 0 }),
    );
    expect(JSON.stringify(items)).not.toMatch(/123456|private/);
  });

  test("is answered all the same while the log's store fails", async () => {
    world.dependencies.recordCall = createCallLog({ ...world.dependencies.table, name: "no-such-table" }, 30).record;
    expect((await world.call()).status).toBe(200);
  });
});
