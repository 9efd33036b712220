import { type Cell, parseDay } from "../world/diary.ts";
import type { Contract } from "../world/hiring.ts";
import { contractView, isPartyTo } from "./hiring-views.ts";
import { organisationOf, personView } from "./people-views.ts";
import type { Tenant } from "./tenants.ts";
import type { Viewer } from "./viewer.ts";

export type TimeReportFilter = {
  organizationId_eq: string;
  timeReportDate_bt: { rangeStart?: string | null; rangeEnd?: string | null };
  contractIds?: readonly string[] | null;
};

const dayMs = 86_400_000;
/** More days than anybody reports on at once; beyond it the sandbox would invent work for centuries. */
const maxDays = 800;

/** The hours of a tenant's contracts, a row for each contract, day and activity; nothing where the dates are none. */
export function timeReports(viewer: Viewer, tenant: Tenant, filter: TimeReportFilter) {
  const { world, now } = viewer;
  const { rangeStart, rangeEnd } = filter.timeReportDate_bt;
  const [from, to] = [parseDay(rangeStart ?? ""), parseDay(rangeEnd ?? "")];
  if (from === undefined || to === undefined) return [];
  const wanted = filter.contractIds ?? [];
  const contracts = world.hiring.contracts.rows.filter(
    (contract) =>
      isPartyTo(tenant, contract) &&
      (wanted.length === 0 || wanted.includes(contract.uid) || wanted.includes(contract.reference)),
  );
  const days = Math.min(maxDays, Math.floor((to - from) / dayMs) + 1);
  return contracts.flatMap((contract) =>
    Array.from({ length: Math.max(0, days) }, (_, index) => from + index * dayMs).flatMap((at) => {
      const day = new Date(at).toISOString().slice(0, 10);
      const byTask = Map.groupBy(
        world.diary.cellsOn(contract, day.replaceAll("-", ""), now),
        ({ taskCode }) => taskCode,
      );
      return [...byTask.values()].map((cells) => reportRow(viewer, contract, at, cells));
    }),
  );
}

function reportRow({ world }: Viewer, contract: Contract, at: number, cells: readonly Cell[]) {
  const day = new Date(at).toISOString().slice(0, 10);
  const monday = new Date(at - ((new Date(at).getUTCDay() + 6) % 7) * dayMs).toISOString().slice(0, 10);
  const [first] = cells;
  const hours = (count: number) => Math.round((count / 6) * 100) / 100;
  const charge = (count: number) => Math.round((count / 6) * contract.chargeRate * 100) / 100;
  const manual = cells.filter(({ isManual }) => isManual).length;
  return {
    dateWorkedOn: day,
    weekWorkedOn: monday,
    monthWorkedOn: day.slice(0, 7),
    yearWorkedOn: day.slice(0, 4),
    freelancer: personView(world, contract.freelancerReference),
    team: organisationOf(world, contract.companyReference),
    contract: () => contractView(world, contract),
    task: first?.taskCode,
    taskDescription: first?.taskDescription,
    memo: first?.memo,
    totalHoursWorked: hours(cells.length),
    totalCharges: charge(cells.length),
    totalOnlineHoursWorked: hours(cells.length - manual),
    totalOnlineCharge: charge(cells.length - manual),
    totalOfflineHoursWorked: hours(manual),
    totalOfflineCharge: charge(manual),
  };
}
