import { invite } from "../world/hiring.ts";
import { newKey } from "../world/new-key.ts";
import type { Team } from "../world/people.ts";
import { forBuyerTeam } from "./buyer-team.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { listing } from "./lister.ts";
import { offerShape } from "./offer-shape.ts";
import { answered, failed, forbidden, missingParameter, notFound, type Result } from "./results.ts";
import { may } from "./roles.ts";
import { parseAmount } from "./shapes.ts";

/** The older way to offers, which only Upwork's first Python client still knew: hr/v2/offers. */
export const olderOfferEndpoints = [
  {
    method: "GET",
    path: "/api/hr/v2/offers",
    permission: "offersRead",
    shape: "client",
    answer: forBuyerTeam([], list),
  },
  {
    method: "GET",
    path: "/api/hr/v2/offers/{offer}",
    permission: "offersRead",
    shape: "client",
    answer: (call) => {
      const offer = call.world.hiring.offers.get(call.segment("offer"));
      if (offer === undefined) return notFound;
      const isAllowed =
        may(call, "manage_recruiting", offer.teamReference) || offer.freelancerReference === call.user.reference;
      return isAllowed ? answered({ offer: offerShape(call, offer) }) : forbidden;
    },
  },
  { method: "POST", path: "/api/hr/v2/offers", permission: "offersWrite", shape: "guess", answer: make },
] as const satisfies readonly Endpoint[];

function list(call: Call, team: Team): Result {
  const { world, parameters } = call;
  const get = parameters.get;
  const provider = get("provider__reference") || get("profile_key");
  const freelancer = world.users.get(provider);
  const offers = world.hiring.offers.rows.filter(
    (offer) =>
      offer.teamReference === team.reference &&
      (provider === "" || offer.freelancerReference === freelancer?.reference) &&
      (get("job__reference") === "" || offer.jobReference === get("job__reference")) &&
      (get("status") === "" || offer.status === get("status")),
  );
  const shapes = offers.map((offer) => offerShape(call, offer));
  return listing("offers", "offer", shapes, parameters);
}

/** Without a title and an amount it is an invitation to an interview, with both an offer (python-upwork). */
function make(call: Call): Result {
  const { world, user, parameters, now } = call;
  const missing = missingParameter(parameters, ["job__reference"]);
  if (missing !== undefined) return missing;
  const job = world.jobs.get(parameters.get("job__reference"));
  if (job === undefined) return notFound;
  if (!may(call, "manage_recruiting", job.teamReference)) return forbidden;
  const get = parameters.get;
  const freelancer = world.freelancers.get(get("provider__reference") || get("profile_key"));
  if (freelancer === undefined) return failed(400, "Unknown provider__reference or profile_key");
  const amount = parseAmount(get("fixed_charge_amount_agreed") || get("hourly_pay_rate"));
  const { offers } = world.hiring;
  if (get("engagement_title") === "" || amount === undefined) {
    const { reference } = invite(world.hiring, job, freelancer, get("message_from_buyer"), now);
    return answered({ offer: { reference } });
  }
  const isHourly = get("fixed_charge_amount_agreed") === "";
  const { reference, key } = offers.add({
    reference: offers.nextReference(),
    key: newKey(world, "~~"),
    title: get("engagement_title"),
    jobType: isHourly ? "hourly" : "fixed-price",
    chargeRate: amount,
    weeklyLimit: Number(get("weekly_hours_limit")) || 0,
    weeklyStipend: 0,
    message: get("message_from_buyer"),
    status: "new",
    companyReference: job.companyReference,
    teamReference: job.teamReference,
    freelancerReference: freelancer.reference,
    agencyReference: world.companies.get(get("provider_team__reference"))?.reference ?? "",
    jobReference: job.reference,
    applicationReference: "",
    contractReference: "",
    closesJob: get("keep_open") !== "yes",
    milestones: isHourly ? [] : [{ description: get("engagement_title"), amount, dueAt: 0 }],
    createdBy: user.reference,
    createdAt: now,
  });
  return answered({ offer: { reference, key } });
}
