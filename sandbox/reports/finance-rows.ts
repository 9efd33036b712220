import type { Contract } from "../world/hiring.ts";
import type { World } from "../world/world.ts";
import type { Columns, ReportRow } from "./run-query.ts";
import { daysOf } from "./time-rows.ts";

/** What a financial report can be asked for (docs and users of the official clients). */
export const financeColumns = {
  reference: "string",
  date: "date",
  date_due: "date",
  week: "number",
  month: "number",
  year: "number",
  type: "string",
  subtype: "string",
  amount: "number",
  description: "string",
  comment: "string",
  po_number: "string",
  assignment__reference: "string",
  assignment_name: "string",
  accounting_entity__reference: "string",
  accounting_entity_name: "string",
  buyer_company__reference: "string",
  buyer_company__id: "string",
  buyer_company_name: "string",
  buyer_team__reference: "string",
  buyer_team__id: "string",
  buyer_team_name: "string",
  provider_company__reference: "string",
  provider_company__id: "string",
  provider_company_name: "string",
  provider_team__reference: "string",
  provider_team__id: "string",
  provider_team_name: "string",
  provider__reference: "string",
  provider__id: "string",
  provider_name: "string",
} as const satisfies Columns;

/** What the client is billed for, or what the freelancer earns: that, less Upwork's tenth. */
export type Kind = "billings" | "earnings";

type Payment = { at: number; amount: number; subtype: string; description: string; comment: string; name: string };

const dayMs = 86_400_000;
const feeShare = 0.1;

/** Payments on these contracts: a week's hours on the Monday after, milestones and bonuses when they were paid. */
export function financeRows(contracts: readonly Contract[], kind: Kind, world: World, now: number): ReportRow[] {
  return contracts
    .flatMap((contract) => {
      const fixed = contractColumns(contract, kind, world);
      return paymentsOn(contract, world, now).flatMap((payment) => {
        const row = paymentRow(fixed, payment, kind === "billings" ? "ARInvoice" : "APInvoice");
        if (kind === "billings") return [row];
        const fee = {
          ...payment,
          subtype: "Service Fee",
          name: `${payment.name}F`,
          amount: -payment.amount * feeShare,
        };
        return [row, paymentRow(fixed, fee, "APAdjustment")];
      });
    })
    .toSorted((a, b) => (String(a.date) < String(b.date) ? 1 : -1));
}

function paymentsOn(contract: Contract, world: World, now: number): Payment[] {
  const { hiring, users } = world;
  const name = users.get(contract.freelancerReference)?.id ?? "";
  const weeks = new Map<number, number>();
  for (const { at, hours } of daysOf(contract, world, now)) {
    const nextMonday = at + (7 - ((new Date(at).getUTCDay() + 6) % 7)) * dayMs;
    const worked = hours.reduce((sum, { online, offline }) => sum + Number(online) + Number(offline), 0);
    weeks.set(nextMonday, (weeks.get(nextMonday) ?? 0) + worked);
  }
  const hourly = [...weeks].map(([at, hours]) => ({
    at,
    amount: hours * contract.chargeRate,
    subtype: "Hourly",
    description: `(${contract.reference}) ${name} - ${clockTime(hours)} hrs @ $${contract.chargeRate.toFixed(2)}/hr - ${usDate(at - 7 * dayMs)} - ${usDate(at - dayMs)}`,
    comment: "",
    name: `W${Math.round(at / dayMs)}`,
  }));
  const milestones = hiring.milestones.rows
    .filter(({ contractReference, state }) => contractReference === contract.reference && state === "paid")
    .map(({ reference, paidAt, paidAmount, description }) => ({
      at: paidAt,
      amount: paidAmount,
      subtype: "Fixed Price",
      description: `(${contract.reference}) ${name} - Milestone: ${description}`,
      comment: "",
      name: `M${reference}`,
    }));
  const bonuses = hiring.adjustments.rows
    .filter(({ contractReference }) => contractReference === contract.reference)
    .map(({ reference, createdAt, amount, comments }) => ({
      at: createdAt,
      amount,
      subtype: "Bonus",
      description: `(${contract.reference}) ${name} - Bonus`,
      comment: comments,
      name: `B${reference}`,
    }));
  return [...hourly, ...milestones, ...bonuses].filter(({ at }) => at <= now);
}

/** `7:30` for seven and a half hours. */
const clockTime = (hours: number) => {
  const minutes = Math.round(hours * 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
};
const usDate = (at: number) => {
  const [year, month, day] = new Date(at).toISOString().slice(0, 10).split("-");
  return `${month}/${day}/${year}`;
};
const compact = (at: number) => new Date(at).toISOString().slice(0, 10).replaceAll("-", "");

function paymentRow(fixed: ReportRow, payment: Payment, type: string): ReportRow {
  const day = compact(payment.at);
  const yearStart = Date.UTC(Number(day.slice(0, 4)), 0, 1);
  return {
    ...fixed,
    reference: `${fixed.assignment__reference}${payment.name}`,
    date: day,
    date_due: compact(payment.at + 5 * dayMs),
    week: Math.floor((payment.at - yearStart) / (7 * dayMs)) + 1,
    month: Number(day.slice(4, 6)),
    year: Number(day.slice(0, 4)),
    type,
    subtype: payment.subtype,
    amount: payment.amount,
    description: payment.description,
    comment: payment.comment,
  };
}

function contractColumns(contract: Contract, kind: Kind, { companies, teams, users }: World): ReportRow {
  const [company, team] = [companies.get(contract.companyReference), teams.get(contract.teamReference)];
  const [agency, freelancer] = [companies.get(contract.agencyReference), users.get(contract.freelancerReference)];
  const provider = `${freelancer?.firstName} ${freelancer?.lastName}`;
  return {
    po_number: "",
    assignment__reference: contract.reference,
    assignment_name: contract.title,
    accounting_entity__reference: kind === "billings" ? contract.companyReference : contract.freelancerReference,
    accounting_entity_name: kind === "billings" ? (company?.name ?? "") : provider,
    buyer_company__reference: contract.companyReference,
    buyer_company__id: company?.id ?? "",
    buyer_company_name: company?.name ?? "",
    buyer_team__reference: contract.teamReference,
    buyer_team__id: team?.id ?? "",
    buyer_team_name: team?.name ?? "",
    provider_company__reference: contract.agencyReference,
    provider_company__id: agency?.id ?? "",
    provider_company_name: agency?.name ?? "",
    provider_team__reference: contract.agencyReference,
    provider_team__id: agency?.id ?? "",
    provider_team_name: agency?.name ?? "",
    provider__reference: contract.freelancerReference,
    provider__id: freelancer?.id ?? "",
    provider_name: provider,
  };
}
