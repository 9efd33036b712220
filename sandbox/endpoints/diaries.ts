import { type Cell, parseDay } from "../world/diary.ts";
import type { Contract } from "../world/hiring.ts";
import { cellShape, dayShape, snapshotShape } from "./diary-shapes.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { onPage, parsePage } from "./lister.ts";
import { eitherSide, freelancerSide, onContract } from "./parties.ts";
import { answered, failed, notFound, type Result } from "./results.ts";
import { isIn } from "./roles.ts";

const dayMs = 86_400_000;
/** A range of workdays longer than this is a mistake. */
const mostDays = 366;

/** Work diaries, workdays and snapshots: team/v3. Field names as users of the Node and Python clients read them. */
export const diaryEndpoints = [
  {
    method: "GET",
    path: "/api/team/v3/workdiaries/companies/{company}/{day}",
    permission: "diaryRead",
    shape: "report",
    answer: ofCompany,
  },
  {
    method: "GET",
    path: "/api/team/v3/workdiaries/contracts/{contract}/{day}",
    permission: "diaryRead",
    shape: "report",
    answer: onContract(eitherSide, ofContract),
  },
  {
    method: "GET",
    path: "/api/team/v3/workdays/companies/{company}/{range}",
    permission: "diaryRead",
    shape: "guess",
    answer: (call) => {
      const contracts = contractsOf(call);
      return "error" in contracts ? contracts : workdays(call, contracts);
    },
  },
  {
    method: "GET",
    path: "/api/team/v3/workdays/contracts/{contract}/{range}",
    permission: "diaryRead",
    shape: "guess",
    answer: onContract(eitherSide, (call, contract) => workdays(call, [contract])),
  },
  {
    method: "GET",
    path: "/api/team/v3/snapshots/contracts/{contract}/{times}",
    permission: "diaryRead",
    shape: "report",
    answer: onContract(eitherSide, (call, contract) => {
      const cells = cellsAt(call, contract);
      if (cells.length === 0) return notFound;
      const shapes = cells.map((cell) => snapshotShape(call, contract, cell));
      return answered({ snapshot: shapes.length === 1 ? shapes[0] : shapes });
    }),
  },
  {
    method: "PUT",
    path: "/api/team/v3/snapshots/contracts/{contract}/{times}",
    permission: "diaryWrite",
    shape: "guess",
    answer: onContract(
      freelancerSide,
      change(({ world, parameters }, contract, cell) => {
        const given = (name: string) => parameters.pairs.some(([known]) => known === name);
        world.diary.edit(contract, cell.time, {
          ...(given("memo") ? { memo: parameters.get("memo") } : {}),
          ...(given("task") ? { taskCode: parameters.get("task") } : {}),
          ...(given("task_desc") ? { taskDescription: parameters.get("task_desc") } : {}),
        });
      }),
    ),
  },
  {
    method: "DELETE",
    path: "/api/team/v3/snapshots/contracts/{contract}/{times}",
    permission: "diaryWrite",
    shape: "guess",
    answer: onContract(
      freelancerSide,
      change(({ world }, contract, cell) => world.diary.remove(contract, cell.time)),
    ),
  },
  // Upwork's Python client writes two slashes here, and Upwork takes them.
  {
    method: "DELETE",
    path: "/api/team/v3/snapshots/contracts/{contract}/{times}//webcam",
    permission: "diaryWrite",
    shape: "guess",
    answer: onContract(
      freelancerSide,
      change(({ world }, contract, cell) => world.diary.removeWebcam(contract, cell.time)),
    ),
  },
] as const satisfies readonly Endpoint[];

function change(apply: (call: Call, contract: Contract, cell: Cell) => void) {
  return (call: Call, contract: Contract): Result => {
    const cells = cellsAt(call, contract);
    if (cells.length === 0) return notFound;
    for (const cell of cells) apply(call, contract, cell);
    return answered({ snapshot: { status: "private", count: String(cells.length) } });
  };
}

/** The cells named in the path: seconds since 1970 or `20081205T090351Z`, several joined by `;`, any moment within one. */
function cellsAt({ world, segment, now }: Call, contract: Contract): Cell[] {
  return segment("times")
    .split(";")
    .flatMap((text) => {
      const seconds = secondsOf(text);
      if (seconds === undefined) return [];
      const time = seconds - (seconds % 600);
      const day = new Date(time * 1000).toISOString().slice(0, 10);
      return world.diary.cellsOn(contract, day, now).filter((cell) => cell.time === time);
    });
}

function secondsOf(text: string): number | undefined {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? undefined : at / 1000;
}

function contractsOf(call: Call): Contract[] | Extract<Result, { error: unknown }> {
  const { world, parameters } = call;
  const company = world.companies.get(call.segment("company"));
  const team = world.teams.get(call.segment("company"));
  if (company === undefined && team === undefined) return { error: { status: 404, message: "Not found" } };
  const reference = company?.reference ?? team?.companyReference ?? "";
  if (!isIn(call, reference)) return { error: { status: 403, message: "Forbidden" } };
  const freelancer = parameters.get("freelancer");
  return world.hiring.contracts.rows.filter(
    (contract) =>
      contract.companyReference === reference &&
      (company !== undefined || contract.teamReference === team?.reference) &&
      (freelancer === "" || contract.freelancerReference === world.users.get(freelancer)?.reference),
  );
}

/** A freelancer's day, task by task, as the company sees it. */
function ofCompany(call: Call): Result {
  const { world, parameters, now } = call;
  const day = call.segment("day");
  if (parseDay(day) === undefined) return failed(400, "Invalid date: yyyymmdd");
  const contracts = contractsOf(call);
  if ("error" in contracts) return contracts;
  const page = parsePage("paging", parameters.get("paging"));
  if ("error" in page) return page;
  const activity = parameters.get("activity");
  const snapshots = contracts.flatMap((contract) => {
    const cells = world.diary.cellsOn(contract, day, now);
    const byTask = Map.groupBy(cells, ({ taskCode, memo }) => JSON.stringify([taskCode, memo]));
    return [...byTask.values()]
      .filter(([first]) => activity === "" || first?.taskCode === activity)
      .map((group) => dayShape(call, contract, group));
  });
  return answered({ data: { total: snapshots.length, snapshots: onPage(snapshots, page) } });
}

function ofContract(call: Call, contract: Contract): Result {
  if (parseDay(call.segment("day")) === undefined) return failed(400, "Invalid date: yyyymmdd");
  const cells = call.world.diary.cellsOn(contract, call.segment("day"), call.now);
  return answered({
    data: {
      contract: { record_id: contract.reference, contract_title: contract.title, status: contract.status },
      cells: cells.map((cell) => cellShape(contract, cell)),
    },
  });
}

function workdays(call: Call, contracts: readonly Contract[]): Result {
  const [from, till] = call.segment("range").split(",").map(parseDay);
  if (from === undefined || till === undefined || till < from) return failed(400, "Invalid dates: yyyymmdd,yyyymmdd");
  if ((till - from) / dayMs >= mostDays) return failed(400, "At most a year at once");
  const days = [];
  for (const contract of contracts) {
    const freelancer = call.world.users.get(contract.freelancerReference);
    for (let at = from; at <= till; at += dayMs) {
      const day = new Date(at).toISOString().slice(0, 10).replaceAll("-", "");
      const cells = call.world.diary.cellsOn(contract, day, call.now);
      if (cells.length === 0) continue;
      days.push({
        date: day,
        contract: contract.reference,
        user_id: freelancer?.id ?? "",
        cells: String(cells.length),
        hours: (cells.length / 6).toFixed(2),
      });
    }
  }
  return answered({ workdays: days });
}
