import type { Contract } from "../world/hiring.ts";
import type { World } from "../world/world.ts";
import type { Columns, ReportRow } from "./run-query.ts";

/** What a time report can be asked for (docs and users of the official clients). */
export const timeColumns = {
  worked_on: "date",
  week_worked_on: "date",
  month_worked_on: "number",
  year_worked_on: "number",
  company_id: "string",
  company_name: "string",
  agency_id: "string",
  agency_name: "string",
  team_id: "string",
  team_name: "string",
  provider_id: "string",
  provider_name: "string",
  assignment_ref: "string",
  assignment_name: "string",
  assignment_team_id: "string",
  assignment_rate: "number",
  task: "string",
  memo: "string",
  hours: "number",
  hours_online: "number",
  hours_offline: "number",
  charges: "number",
  charges_online: "number",
  charges_offline: "number",
  earnings: "number",
  earnings_online: "number",
  earnings_offline: "number",
} as const satisfies Columns;

/** What `/hours` hides. */
const financial = Object.keys(timeColumns).filter((column) => /^(charges|earnings|assignment_rate)/.test(column));

const dayMs = 86_400_000;
/** A contract's days before this are in no report. */
const mostDays = 400;

/** The days of a contract, newest last, with the hours on each task. */
export function daysOf(
  contract: Contract,
  world: World,
  now: number,
): { day: string; at: number; hours: ReportRow[] }[] {
  const end = contract.endedAt === 0 ? now : Math.min(now, contract.endedAt);
  const first = Math.max(contract.startedAt, end - mostDays * dayMs);
  const days = [];
  for (let at = Math.floor(first / dayMs) * dayMs; at <= end; at += dayMs) {
    const day = new Date(at).toISOString().slice(0, 10).replaceAll("-", "");
    const cells = world.diary.cellsOn(contract, day, now);
    if (cells.length === 0) continue;
    const byTask = Map.groupBy(cells, ({ taskCode, memo }) => JSON.stringify([taskCode, memo]));
    const hours = [...byTask.values()].map((group) => ({
      task: group[0]?.taskCode ?? "",
      memo: group[0]?.memo ?? "",
      online: group.filter(({ isManual }) => !isManual).length / 6,
      offline: group.filter(({ isManual }) => isManual).length / 6,
    }));
    days.push({ day, at, hours });
  }
  return days;
}

/** One row for each task of each day of these contracts. */
export function timeRows(contracts: readonly Contract[], world: World, now: number, hidesMoney: boolean): ReportRow[] {
  return contracts.flatMap((contract) => {
    const fixed = contractColumns(contract, world);
    return daysOf(contract, world, now).flatMap(({ day, at, hours }) =>
      hours.map(({ task = "", memo = "", online, offline }) => {
        const [on, off] = [Number(online), Number(offline)];
        const row: Record<string, string | number> = {
          ...fixed,
          worked_on: day,
          week_worked_on: mondayBefore(at),
          month_worked_on: Number(day.slice(4, 6)),
          year_worked_on: Number(day.slice(0, 4)),
          task,
          memo,
          hours: on + off,
          hours_online: on,
          hours_offline: off,
          ...amounts("charges", contract.chargeRate, on, off),
          ...amounts("earnings", contract.chargeRate * 0.9, on, off),
        };
        if (hidesMoney) for (const column of financial) row[column] = "";
        return row;
      }),
    );
  });
}

function amounts(name: string, rate: number, online: number, offline: number): ReportRow {
  return { [name]: rate * (online + offline), [`${name}_online`]: rate * online, [`${name}_offline`]: rate * offline };
}

const mondayBefore = (at: number) => {
  const sinceMonday = (new Date(at).getUTCDay() + 6) % 7;
  return new Date(at - sinceMonday * dayMs).toISOString().slice(0, 10).replaceAll("-", "");
};

function contractColumns(contract: Contract, { companies, teams, users }: World): ReportRow {
  const team = teams.get(contract.teamReference);
  const company = companies.get(contract.companyReference);
  const agency = companies.get(contract.agencyReference);
  const freelancer = users.get(contract.freelancerReference);
  return {
    company_id: company?.id ?? "",
    company_name: company?.name ?? "",
    agency_id: agency?.id ?? "",
    agency_name: agency?.name ?? "",
    team_id: team?.id ?? "",
    team_name: team?.name ?? "",
    provider_id: freelancer?.id ?? "",
    provider_name: `${freelancer?.firstName} ${freelancer?.lastName}`,
    assignment_ref: contract.reference,
    assignment_name: contract.title,
    assignment_team_id: team?.id ?? "",
    assignment_rate: contract.chargeRate,
  };
}
