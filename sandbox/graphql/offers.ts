import type { Offer, OfferStatus } from "../world/hiring.ts";
import type { World } from "../world/world.ts";
import { authorizationFailed, badInput } from "./graphql-error.ts";
import { isPartyTo, proposalView } from "./hiring-views.ts";
import { postingView } from "./job-views.ts";
import { milestoneView, plannedMilestoneView } from "./milestone-views.ts";
import { namedPersonView, organisationOf } from "./people-views.ts";
import { dateTime, money } from "./scalars.ts";
import type { Viewer } from "./viewer.ts";

export type OffersAsked = {
  id: string;
  searchAttribute: keyof typeof attributes;
  states?: readonly string[] | null;
  limit?: number | null;
  page?: number | null;
  ascendingOrder?: boolean | null;
  includeMilestones?: boolean | null;
};

/** An offer's status by its name in either of GraphQL's two lists. Which of them go together is a guess. */
const states = {
  new: { legacy: "New", state: "PENDING_VENDOR_ACCEPTANCE" },
  accepted: { legacy: "Accepted", state: "ACCEPTED" },
  declined: { legacy: "Declined", state: "REJECTED" },
  expired: { legacy: "Expired", state: "EXPIRED" },
  withdrawn: { legacy: "Withdrawn", state: "WITHDRAWN" },
  cancelled: { legacy: "Canceled", state: "CANCELED" },
  changed: { legacy: "Changed", state: "REPLACED" },
} as const satisfies Record<OfferStatus, { legacy: string; state: string }>;

/** Everything that an offer can be looked for by, as the id of it. */
const attributes = {
  JobApplication: (_world: World, offer: Offer) => offer.applicationReference,
  JobPosting: (world: World, offer: Offer) => world.jobs.get(offer.jobReference)?.uid,
  ClientUser: (world: World, offer: Offer) => world.users.get(offer.createdBy)?.uid,
  VendorUser: (world: World, offer: Offer) => world.users.get(offer.freelancerReference)?.uid,
  ClientTeam: (_world: World, offer: Offer) => offer.teamReference,
  VendorTeam: vendorOf,
  ClientOrg: (world: World, offer: Offer) => organisationOf(world, offer.companyReference).id,
  VendorOrg: vendorOf,
  Contract: (world: World, offer: Offer) => world.hiring.contracts.get(offer.contractReference)?.uid,
  Project: () => undefined,
} as const satisfies Record<string, (world: World, offer: Offer) => string | undefined>;

/** The agency's organisation, or the freelancer's own. */
function vendorOf(world: World, offer: Offer): string {
  return organisationOf(world, offer.agencyReference || offer.freelancerReference).id;
}

/**
 * One page of the tenant's offers that have an attribute, by age.
 *
 * @throws UpworkGraphQLError for an attribute that only others' offers have, and for a page that cannot be
 */
export function offersPage({ world, tenant }: Viewer, asked: OffersAsked): Offer[] {
  const [limit, page] = [asked.limit ?? 10, asked.page ?? 1];
  if (limit < 0 || page < 1) throw badInput("OBA-1");
  const attributeOf = attributes[asked.searchAttribute];
  const found = world.hiring.offers.rows.filter((offer) => attributeOf(world, offer) === asked.id);
  const own = found.filter((offer) => isPartyTo(tenant, offer));
  if (found.length > 0 && own.length === 0) throw authorizationFailed();
  const wanted = own.filter(({ status }) => asked.states?.includes(states[status].legacy) ?? true);
  const order = asked.ascendingOrder === false ? -1 : 1;
  const sorted = wanted.toSorted(
    (a, b) => (a.createdAt - b.createdAt || Number(a.reference) - Number(b.reference)) * order,
  );
  return limit === 0 ? sorted : sorted.slice((page - 1) * limit, page * limit);
}

export function offerView(world: World, offer: Offer, hasMilestones = true) {
  const isHourly = offer.jobType === "hourly";
  const job = world.jobs.get(offer.jobReference);
  const application = world.hiring.applications.get(offer.applicationReference);
  const client = organisationOf(world, offer.companyReference);
  const freelancer = namedPersonView(world, offer.freelancerReference);
  return {
    id: offer.reference,
    title: offer.title,
    description: offer.message,
    type: isHourly ? "MARKET_PLACE_HOURLY" : "MARKET_PLACE_FIXED_PRICE",
    job: () => job && postingView(world, job),
    vendorProposal: () => application && proposalView(world, application),
    closeJobPostingOnAccept: offer.closesJob,
    client,
    clientCompany: { id: client.id, name: client.name },
    offerTerms: {
      expectedStartDate: dateTime(offer.createdAt),
      expectedEndDate: null,
      fixedPriceTerm: isHourly ? null : { budget: money(offer.chargeRate) },
      hourlyTerms: isHourly
        ? {
            rate: money(offer.chargeRate),
            weeklyHoursLimit: offer.weeklyLimit,
            weeklyStipend: money(offer.weeklyStipend),
            manualTimeAllowed: true,
          }
        : null,
    },
    messageToContractor: offer.message,
    state: states[offer.status].state,
    milestones: hasMilestones ? () => milestonesOf(world, offer) : null,
    createdUsingBYOFlow: false,
    freelancer: {
      userDetails: freelancer,
      fullName: freelancer.name,
      firstName: freelancer.firstName,
      lastName: freelancer.lastName,
    },
    payrollOffer: false,
  };
}

/** Those of the contract that came of it, or those that it proposes. */
function milestonesOf(world: World, offer: Offer) {
  if (offer.contractReference === "") {
    return offer.milestones.map((plan, index) => plannedMilestoneView(offer, plan, index));
  }
  return world.hiring.milestones.rows
    .filter(({ contractReference }) => contractReference === offer.contractReference)
    .map(milestoneView);
}
