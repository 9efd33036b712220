import { reasons } from "../world/catalogue.ts";
import type { Application, Contract } from "../world/hiring.ts";
import type { World } from "../world/world.ts";
import { postingView } from "./job-views.ts";
import { milestoneView } from "./milestone-views.ts";
import { namedPersonView, organisationOf, personView } from "./people-views.ts";
import { dateTime, dateTimeOf, money } from "./scalars.ts";
import type { Tenant } from "./tenants.ts";

type Deal = Pick<Contract, "freelancerReference" | "companyReference" | "agencyReference">;

/** Whether a contract or an offer is one of the tenant's, on whichever side. */
export function isPartyTo({ kind, reference }: Tenant, deal: Deal): boolean {
  if (kind === "individual") return deal.freelancerReference === reference;
  return deal.companyReference === reference || deal.agencyReference === reference;
}

const states = { active: "ACTIVE", suspended: "PAUSED", closed: "CLOSED" } as const;

export function contractView(world: World, contract: Contract) {
  const isHourly = contract.jobType === "hourly";
  const job = world.jobs.get(contract.jobReference);
  const company = world.companies.get(contract.companyReference);
  const [startDate, endDate] = [dateTime(contract.startedAt), dateTime(contract.endedAt)];
  return {
    id: contract.uid,
    title: contract.title,
    status: states[contract.status],
    closingReason: closingReason(contract),
    // Those that Upwork has are all special: payroll, retainers, staff. Hourly or not, the terms say.
    kind: null,
    createDate: startDate,
    startDate,
    endDate,
    offerId: contract.offerReference,
    job: {
      id: job?.uid ?? contract.jobReference,
      content: { title: job?.title ?? contract.title, description: job?.description ?? "" },
    },
    freelancer: namedPersonView(world, contract.freelancerReference),
    vendorOrganization: organisationOf(world, contract.agencyReference || contract.freelancerReference),
    clientOrganization: organisationOf(world, contract.companyReference),
    clientTeam: organisationOf(world, contract.companyReference),
    hiringManager: company && namedPersonView(world, company.ownerReference),
    hourlyLimits: isHourly
      ? [{ id: `${contract.uid}1`, weeklyLimit: String(contract.weeklyLimit), startDate, endDate }]
      : [],
    terms: {
      hourlyTerms: isHourly
        ? [{ id: `${contract.uid}2`, hourlyRate: money(contract.chargeRate), startDate, endDate }]
        : [],
      fixedPriceTerms: isHourly
        ? []
        : [
            {
              id: `${contract.uid}2`,
              fixedAmount: money(contract.amount),
              startDate,
              endDate,
              milestones: () =>
                world.hiring.milestones.rows
                  .filter(({ contractReference }) => contractReference === contract.reference)
                  .map(milestoneView),
            },
          ],
    },
  };
}

function closingReason({ endReason }: Contract) {
  if (endReason === "") return null;
  const known = reasons.EndCustomerContract.find(([, , alias]) => alias === endReason);
  return { id: known?.[0] ?? "0", apiRef: endReason, reason: known?.[1] ?? endReason };
}

/** A freelancer's application by the names that GraphQL has for how far it has come. */
export const proposalStatus = {
  active: "Pending",
  shortlisted: "Pending",
  hidden: "Pending",
  messaged: "Activated",
  offered: "Offered",
  hired: "Hired",
  declined: "Declined",
} as const satisfies Record<Application["status"], string>;

export function proposalView(world: World, application: Application) {
  const job = world.jobs.get(application.jobReference);
  return {
    id: application.reference,
    user: personView(world, application.freelancerReference),
    organization: organisationOf(world, application.freelancerReference),
    marketplaceJobPosting: job && postingView(world, job),
    terms: { chargeRate: money(application.chargeRate) },
    coverLetter: application.coverLetter,
    proposalCoverLetter: application.coverLetter,
    auditDetails: {
      createdByUser: personView(world, application.freelancerReference),
      createdDateTime: { rawValue: String(application.createdAt), displayValue: dateTimeOf(application.createdAt) },
    },
    status: { status: proposalStatus[application.status] },
  };
}
