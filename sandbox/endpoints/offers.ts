import { type MilestonePlan, type Offer, type OfferStatus, startContract } from "../world/hiring.ts";
import { newKey } from "../world/new-key.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { listing } from "./lister.ts";
import { offerShape } from "./offer-shape.ts";
import type { Parameters } from "./parameters.ts";
import { answered, failed, forbidden, missingParameter, notFound, type Result } from "./results.ts";
import { may } from "./roles.ts";
import { parseAmount, parseUsDate } from "./shapes.ts";

/** Offers from the client's side and from the freelancer's: offers/v1. */
export const offerEndpoints = [
  {
    method: "GET",
    path: "/api/offers/v1/clients/offers",
    permission: "offersRead",
    shape: "guess",
    answer: clientList,
  },
  {
    method: "GET",
    path: "/api/offers/v1/clients/offers/{offer}",
    permission: "offersRead",
    shape: "guess",
    answer: onOffer("client", (call, offer) => answered({ offer: offerShape(call, offer) })),
  },
  { method: "POST", path: "/api/offers/v1/clients/offers", permission: "offersWrite", shape: "guess", answer: make },
  {
    method: "GET",
    path: "/api/offers/v1/contractors/offers",
    permission: "offersRead",
    shape: "report",
    answer: freelancerList,
  },
  {
    method: "GET",
    path: "/api/offers/v1/contractors/offers/{offer}",
    permission: "offersRead",
    shape: "report",
    answer: onOffer("freelancer", (call, offer) => answered({ offer: offerShape(call, offer) })),
  },
  {
    method: "POST",
    path: "/api/offers/v1/contractors/actions/{offer}",
    permission: "offersWrite",
    shape: "guess",
    answer: onOffer("freelancer", act),
  },
] as const satisfies readonly Endpoint[];

const statuses: readonly OfferStatus[] = [
  "new",
  "accepted",
  "declined",
  "expired",
  "withdrawn",
  "cancelled",
  "changed",
];

function onOffer(side: "client" | "freelancer", answer: (call: Call, offer: Offer) => Result) {
  return (call: Call): Result => {
    const offer = call.world.hiring.offers.get(call.segment("offer"));
    if (offer === undefined) return notFound;
    const isAllowed =
      side === "client"
        ? may(call, "manage_recruiting", offer.teamReference)
        : !call.switches.checkUserPermissions || offer.freelancerReference === call.user.reference;
    return isAllowed ? answer(call, offer) : forbidden;
  };
}

function clientList(call: Call): Result {
  const { world, parameters } = call;
  const job = world.jobs.get(parameters.get("job__reference"));
  const company = world.companies.get(parameters.get("company_id") || (job?.companyReference ?? ""));
  if (parameters.get("company_id") === "" && parameters.get("job__reference") === "") {
    return failed(400, "Missing required parameter: company_id or job__reference");
  }
  if (company === undefined) return notFound;
  const team = parameters.get("team__reference");
  const visible = world.hiring.offers.rows.filter(
    (offer) =>
      offer.companyReference === company.reference &&
      may(call, "manage_recruiting", offer.teamReference) &&
      (team === "" || offer.teamReference === team) &&
      (parameters.get("job__reference") === "" || offer.jobReference === job?.reference),
  );
  if (!may(call, "manage_recruiting", company.reference) && visible.length === 0) return forbidden;
  return withStatus(call, visible);
}

function freelancerList(call: Call): Result {
  return withStatus(
    call,
    call.world.hiring.offers.rows.filter(({ freelancerReference }) => freelancerReference === call.user.reference),
  );
}

/** Those of one status, new ones where none is asked for. */
function withStatus(call: Call, offers: readonly Offer[]): Result {
  const wanted = call.parameters.get("status") || "new";
  if (!statuses.some((known) => known === wanted)) return failed(400, `Unknown status: ${wanted}`);
  const rows = offers.filter(({ status }) => status === wanted).map((offer) => offerShape(call, offer));
  return listing("offers", "offer", rows, call.parameters);
}

function make(call: Call): Result {
  const { world, user, parameters, now } = call;
  const missing = missingParameter(parameters, ["title", "job_type", "charge_rate", "message_to_contractor"]);
  if (missing !== undefined) return missing;
  const get = parameters.get;
  const jobType = get("job_type") === "hourly" || get("job_type") === "fixed-price" ? get("job_type") : undefined;
  if (jobType === undefined) return failed(400, "Invalid job_type: hourly or fixed-price");
  const chargeRate = parseAmount(get("charge_rate"));
  if (chargeRate === undefined) return failed(400, "Invalid charge_rate: a positive amount");
  const freelancer = world.users.get(
    get("contractor_username") || get("contractor_key") || get("contractor_reference"),
  );
  if (freelancer === undefined || world.freelancers.get(freelancer.reference) === undefined) {
    return failed(400, "Unknown contractor_username, contractor_key or contractor_reference");
  }
  const job = world.jobs.get(get("context[job_posting_ref]"));
  const application = world.hiring.applications.get(get("context[job_application_ref]"));
  const team = world.teams.get(get("team__reference") || get("client_team_ref") || (job?.teamReference ?? ""));
  if (team === undefined) return failed(400, "Unknown team__reference or client_team_ref");
  if (!may(call, "manage_recruiting", team.reference)) return forbidden;
  const milestones = milestonesOf(parameters);
  if (milestones === undefined)
    return failed(400, "Invalid milestones: description, deposit_amount, due_date mm-dd-yyyy");
  const { offers } = world.hiring;
  const offer = offers.add({
    reference: offers.nextReference(),
    key: newKey(world, "~~"),
    title: get("title"),
    jobType: jobType === "hourly" ? "hourly" : "fixed-price",
    chargeRate,
    weeklyLimit: Number(get("weekly_limit")) || 0,
    weeklyStipend: Number(get("weekly_stipend")) || 0,
    message: get("message_to_contractor"),
    status: "new",
    companyReference: team.companyReference,
    teamReference: team.reference,
    freelancerReference: freelancer.reference,
    agencyReference: world.companies.get(get("contractor_org"))?.reference ?? "",
    jobReference: job?.reference ?? "",
    applicationReference: application?.reference ?? "",
    contractReference: "",
    closesJob: get("close_on_accept") !== "0",
    // Without milestones the whole is one.
    milestones:
      jobType === "fixed-price" && milestones.length === 0
        ? [{ description: get("title"), amount: chargeRate, dueAt: 0 }]
        : milestones,
    createdBy: user.reference,
    createdAt: now,
  });
  if (application) world.hiring.applications.change(application, { status: "offered" });
  return answered({ offer: { reference: offer.reference, key: offer.key } });
}

/** `milestones[0][milestone_description]` and so on; `undefined` where one is incomplete. */
function milestonesOf(parameters: Parameters): MilestonePlan[] | undefined {
  const numbers = new Set(parameters.pairs.flatMap(([name]) => /^milestones\[(\d{1,3})\]/.exec(name)?.slice(1) ?? []));
  const plans: MilestonePlan[] = [];
  for (const number of [...numbers].toSorted((a, b) => Number(a) - Number(b))) {
    const get = (field: string) => parameters.get(`milestones[${number}][${field}]`);
    const [amount, dueAt] = [parseAmount(get("deposit_amount")), parseUsDate(get("due_date"))];
    const description = get("milestone_description") || get("description");
    if (description === "" || amount === undefined || dueAt === undefined) return undefined;
    plans.push({ description, amount, dueAt });
  }
  return plans;
}

function act({ world, parameters, now }: Call, offer: Offer): Result {
  const missing = missingParameter(parameters, ["action_name"]);
  if (missing !== undefined) return missing;
  const action = parameters.get("action_name");
  if (action !== "accept" && action !== "decline") return failed(400, `Unknown action_name: ${action}`);
  if (offer.status !== "new") return failed(400, `The offer is ${offer.status} already`);
  const { hiring, jobs } = world;
  if (action === "decline") {
    hiring.offers.change(offer, { status: "declined" });
    return answered({ message: "Offer declined" });
  }
  const contract = startContract(hiring, offer, now);
  const application = hiring.applications.get(offer.applicationReference);
  if (application) hiring.applications.change(application, { status: "hired" });
  const job = jobs.get(offer.jobReference);
  if (job && offer.closesJob) jobs.change(job, { status: "Completed", endedAt: now });
  return answered({ message: "Offer accepted", engagement__reference: contract.reference });
}
