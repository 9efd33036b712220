import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endpoints } from "../../../sandbox/endpoints/table.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { callsTo } from "../../support/sandbox-calls.ts";

let sandbox: Sandbox;
const as = callsTo(() => sandbox);
const [ada, bruno] = [as("ada"), as("bruno")];
const today = () => new Date().toISOString().slice(0, 10).replaceAll("-", "");
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

const named = (path: string) => endpoints.filter((endpoint) => endpoint.path === path);
const hourly = () =>
  sandbox.world.hiring.contracts.rows.find(
    ({ jobType, freelancerReference, companyReference }) =>
      jobType === "hourly" && freelancerReference === "1000002" && companyReference === "2000001",
  );
/** The contract's days with work on them, newest first. */
function worked() {
  const contract = hourly();
  if (contract === undefined) throw new Error("no contract");
  return Array.from({ length: 40 }, (_, back) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10))
    .map((day) => day.replaceAll("-", ""))
    .filter((day) => sandbox.world.diary.cellsOn(contract, day, Date.now()).length > 1);
}

test("no two rows of the table have the same method and path, and each path is one that clients could ask for", () => {
  const rows = endpoints.map(({ method, path }) => `${method} ${path}`);
  expect(new Set(rows).size).toBe(rows.length);
  for (const { path } of endpoints) expect(path).toMatch(/^\/(api|gds)(\/\/?[a-z0-9_]+|\/\{[a-z]+\})+$/i);
  expect(named("/api/auth/v1/info")).toHaveLength(1);
});

describe("messages", () => {
  test("are said in a room of one's own making, and read by whom it is shared with", async () => {
    const made = await ada("POST /api/messages/v3/adastudio/rooms", { roomName: "Tea", users: "bruno" });
    const { roomId } = made.body.room as { roomId: string };
    expect(roomId).toMatch(/^room_[0-9a-f]{32}$/);
    await ada(`POST /api/messages/v3/adastudio/rooms/${roomId}/stories`, { message: "Milk & sugar? 100 %" });
    // Bruno has no part in Ada's company: as a freelancer he reads under his own name.
    expect((await bruno(`GET /api/messages/v3/adastudio/rooms/${roomId}`)).status).toBe(403);
    const read = await bruno(`GET /api/messages/v3/bruno/rooms/${roomId}/stories`);
    expect(read.body.stories).toMatchObject([{ message: "Milk & sugar? 100 %", userId: "ada" }]);
    expect((await as("chidi")(`GET /api/messages/v3/chidi/rooms/${roomId}`)).status).toBe(403);
    await ada(`PUT /api/messages/v3/adastudio/rooms/${roomId}/users/ada`, { isFavorite: "true" });
    expect((await ada(`GET /api/messages/v3/adastudio/rooms/${roomId}`)).body.room).toMatchObject({ isFavorite: true });
    expect((await bruno(`GET /api/messages/v3/bruno/rooms/${roomId}`)).body.room).toMatchObject({ isFavorite: false });
    await ada(`PUT /api/messages/v3/adastudio/rooms/${roomId}`, { isReadOnly: "true", topic: "Leaves" });
    expect((await bruno(`GET /api/messages/v3/bruno/rooms/${roomId}`)).body.room).toMatchObject({ topic: "Leaves" });
    const late = await bruno(`POST /api/messages/v3/bruno/rooms/${roomId}/stories`, { message: "Wait" });
    expect(late).toMatchObject({ status: 403, body: { error: { message: "The room is read-only" } } });
  });

  test("go to several rooms at once", async () => {
    const { rooms } = (await ada("GET /api/messages/v3/adastudio/rooms")).body as {
      rooms: { roomId: string; isReadOnly: boolean }[];
    };
    const [first, second] = rooms.filter(({ isReadOnly }) => !isReadOnly).map(({ roomId }) => roomId);
    const sent = await ada("POST /api/messages/v3/adastudio/stories/batch", {
      message: "All",
      roomIds: `${first};${second}`,
    });
    expect(sent.body.stories).toHaveLength(2);
    const nowhere = await ada("POST /api/messages/v3/adastudio/stories/batch", { message: "All", roomIds: "room_1" });
    expect(nowhere.status).toBe(400);
  });

  test("belong to an offer, a contract or an application, and are found by it", async () => {
    const room = (what: string, reference: string | undefined) =>
      ada(`GET /api/messages/v3/adastudio/rooms/${what}/${reference}`);
    expect((await room("contracts", hourly()?.reference)).body.room).toMatchObject({
      contractReference: hourly()?.reference,
      roomUsers: [{ userId: "ada" }, { userId: "bruno" }],
    });
    expect((await room("offers", hourly()?.offerReference)).status).toBe(200);
    expect((await room("applications", "1")).status).toBe(404);
  });
});

describe("a work diary", () => {
  test("shows a contract's day in cells, the company's day by task, and both agree", async () => {
    const [day] = worked();
    const cells = await bruno(`GET /api/team/v3/workdiaries/contracts/${hourly()?.reference}/${day}`);
    const data = cells.body.data as { contract: { record_id: string }; cells: { cell_time: string }[] };
    expect(data.contract.record_id).toBe(hourly()?.reference);
    const company = await ada(`GET /api/team/v3/workdiaries/companies/adastudio/${day}`, { freelancer: "bruno" });
    const { snapshots, total } = company.body.data as {
      total: number;
      snapshots: { duration_int: string; screenshots: unknown[] }[];
    };
    expect(total).toBe(snapshots.length);
    expect(snapshots.reduce((sum, { duration_int }) => sum + Number(duration_int), 0)).toBe(data.cells.length * 10);
    const days = await ada(`GET /api/team/v3/workdays/contracts/${hourly()?.reference}/${day},${day}`);
    expect(days.body.workdays).toMatchObject([{ date: day, cells: String(data.cells.length) }]);
  });

  test("is rewritten by the freelancer alone, and says so in the time report", async () => {
    const [day] = worked();
    const contract = hourly();
    const listed = await bruno(`GET /api/team/v3/workdiaries/contracts/${contract?.reference}/${day}`);
    const [first, second] = (listed.body.data as { cells: { cell_time: string; snapshot_time: string }[] }).cells;
    const path = `/api/team/v3/snapshots/contracts/${contract?.reference}`;
    expect((await ada(`PUT ${path}/${first?.cell_time}`, { memo: "Mine" })).status).toBe(403);
    expect((await bruno(`PUT ${path}/${first?.cell_time}`, { memo: "Tuning & voicing" })).status).toBe(200);
    // Any moment within the ten minutes names the cell, in seconds or written out.
    const at = `${new Date(Number(first?.snapshot_time) * 1000).toISOString().replaceAll(/[-:]|\.\d{3}/g, "")}`;
    for (const name of [first?.snapshot_time, at]) {
      expect((await ada(`GET ${path}/${name}`)).body.snapshot).toMatchObject({
        memo: "Tuning & voicing",
        minutes: expect.toSatisfy((minutes: unknown[]) => minutes.length === 10),
      });
    }
    const hours = async () => {
      const tq = `SELECT memo, sum(hours) WHERE worked_on = '${day}' AND assignment_ref = '${contract?.reference}' AND memo = 'Tuning & voicing'`;
      return ((await bruno("GET /gds/timereports/v1/providers/bruno", { tq })).body.table as { rows: unknown[] }).rows;
    };
    expect(await hours()).toEqual([{ c: [{ v: "Tuning & voicing" }, { v: "0.17" }] }]);
    expect((await bruno(`DELETE ${path}/${first?.cell_time}//webcam`)).status).toBe(200);
    expect((await bruno(`GET ${path}/${first?.cell_time}`)).body.snapshot).toMatchObject({ has_webcam: "" });
    const both = await bruno(`GET ${path}/${first?.cell_time};${second?.cell_time}`);
    expect(both.body.snapshot).toHaveLength(2);
    expect((await bruno(`DELETE ${path}/${first?.cell_time}`)).status).toBe(200);
    expect((await bruno(`GET ${path}/${first?.cell_time}`)).status).toBe(404);
    expect(await hours()).toEqual([""]);
  });

  test.each([
    "GET /api/team/v3/workdiaries/companies/adastudio/20261399",
    "GET /api/team/v3/workdiaries/contracts/6000001/yesterday",
    "GET /api/team/v3/workdays/companies/adastudio/20260101,20250101",
    "GET /api/team/v3/workdays/companies/adastudio/20200101,20260101",
    "GET /api/team/v3/workdays/companies/adastudio/20260101",
  ])("refuses %s", async (call) => {
    expect((await ada(call)).status).toBe(400);
  });

  test("holds nothing of days to come, until they have come", async () => {
    const far = new Date(Date.now() + 30 * 86_400_000);
    const range = `${today()},${far.toISOString().slice(0, 10).replaceAll("-", "")}`;
    const days = async () =>
      ((await ada(`GET /api/team/v3/workdays/contracts/${hourly()?.reference}/${range}`)).body.workdays as unknown[])
        .length;
    const before = await days();
    expect(before).toBeLessThanOrEqual(1);
    sandbox.clock.advance(30 * 86_400_000);
    expect(await days()).toBeGreaterThan(before + 5);
    sandbox.clock.advance(-30 * 86_400_000);
  });
});

describe("activities", () => {
  const team = "/api/otask/v1/tasks/companies/adastudio/teams/adastudio:product";

  test("are added, changed, archived and opened to contracts", async () => {
    const add = {
      code: "T-1",
      description: "Tune",
      url: "https://example.com/1",
      engagements: hourly()?.reference ?? "",
    };
    expect((await ada(`POST ${team}/tasks`, add)).status).toBe(200);
    expect((await ada(`POST ${team}/tasks`, add)).status).toBe(400);
    expect((await bruno(`POST ${team}/tasks`, add)).status).toBe(403);
    await ada(`PUT ${team}/tasks/T-1`, { description: "Tune well" });
    await ada(`PUT ${team}/archive/T-1`);
    expect((await ada(`GET ${team}/tasks/T-1`)).body.tasks).toMatchObject({
      task: { code: "T-1", description: "Tune well", archived: "1", level: "team" },
    });
    await ada(`PUT ${team}/unarchive/T-1`);
    const onContract = await bruno(`GET /api/tasks/v2/tasks/contracts/${hourly()?.reference}`);
    expect(JSON.stringify(onContract.body.tasks)).toContain('"code":"T-1"');
    await ada(`PUT ${team}/engagements/${hourly()?.reference}/tasks`, { tasks: "" });
    expect((await bruno(`GET /api/tasks/v2/tasks/contracts/${hourly()?.reference}`)).body.tasks).toBe("");
    const unknown = await ada(`PUT /api/tasks/v2/tasks/contracts/${hourly()?.reference}`, { tasks: "NONE" });
    expect(unknown).toMatchObject({ status: 400, body: { error: { message: "Unknown task code: NONE" } } });
  });

  test("come many at once, as lines of CSV", async () => {
    const data =
      '"adastudio","","","B1","Say ""hello""","" <br>"adastudio","adastudio:product","","B2","Two, three",""';
    expect((await ada("PUT /api/otask/v1/tasks/companies/adastudio/tasks/batch", { data })).body.message).toBe(
      "2 tasks updated",
    );
    const own = await ada("GET /api/otask/v1/tasks/companies/adastudio/teams/adastudio/tasks/B1");
    expect(own.body.tasks).toMatchObject({ task: { description: 'Say "hello"', level: "company" } });
    expect((await ada(`GET ${team}/tasks/B2`)).body.tasks).toMatchObject({ task: { description: "Two, three" } });
    const broken = await ada("PUT /api/otask/v1/tasks/companies/adastudio/tasks/batch", { data: "one,two" });
    expect(broken).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining("Line 1") } } });
  });
});

describe("reports", () => {
  const report = async (path: string, tq: string) =>
    (await ada(`GET /gds/${path}`, { tq })).body.table as { rows: { c: { v: string }[] }[] };

  test("add up: the hours of the days make the hours of the weeks and of the month", async () => {
    const sum = async (by: string) => {
      const { rows } = await report("timereports/v1/companies/adastudio", `SELECT ${by}, sum(hours), sum(charges)`);
      return rows.reduce((total, { c }) => total + Number(c[1]?.v), 0);
    };
    const [days, weeks, months, people] = [
      await sum("worked_on"),
      await sum("week_worked_on"),
      await sum("month_worked_on"),
      await sum("provider_id"),
    ];
    expect(days).toBeGreaterThan(10);
    for (const total of [weeks, months, people]) expect(total).toBeCloseTo(days, 0);
  });

  test("hide money below /hours, and hold charges at the contract's rate elsewhere", async () => {
    const tq = "SELECT hours, charges, assignment_rate WHERE hours > 0 LIMIT 1";
    const [full] = (await report("timereports/v1/companies/adastudio/teams/adastudio", tq)).rows;
    const [hours, charges, rate] = (full?.c ?? []).map(({ v }) => Number(v));
    expect(charges).toBeCloseTo((hours ?? 0) * (rate ?? 0), 0);
    const [hidden] = (await report("timereports/v1/companies/adastudio/teams/adastudio/hours", tq)).rows;
    expect(hidden?.c.slice(1)).toEqual([{ v: "" }, { v: "" }]);
  });

  test("say what a week's work was billed, as Upwork describes it, and who is billed", async () => {
    const { rows } = await report(
      "finreports/v2/buyer_companies/2000001/billings",
      "SELECT date, subtype, amount, description, accounting_entity__reference, provider__id WHERE subtype = 'Hourly' LIMIT 1",
    );
    expect(rows[0]?.c.map(({ v }) => v)).toEqual([
      expect.stringMatching(/^\d{8}$/),
      "Hourly",
      expect.stringMatching(/^\d+(\.\d+)?$/),
      expect.stringMatching(/^\(\d+\) \w+ - \d{1,2}:\d{2} hrs @ \$\d+\.\d{2}\/hr - [\d/]+ - [\d/]+$/),
      "2000001",
      expect.any(String),
    ]);
  });

  test.each([
    ["SELECT nothing_there", "Unknown column: nothing_there"],
    ["", 'Expected SELECT before "the end"'],
    ["SELECT hours WHERE worked_on > 'soon'", "Not a date: soon. Dates are 'yyyy-mm-dd'"],
  ])("refuse %j as an invalid query", async (tq, message) => {
    const answer = await ada("GET /gds/timereports/v1/companies/adastudio", { tq });
    expect(answer).toMatchObject({
      status: 400,
      body: { version: "0.6", status: "error", errors: [{ reason: "invalid_query", message }] },
    });
  });
});
