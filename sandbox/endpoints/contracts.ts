import { reasons } from "../world/catalogue.ts";
import type { Contract } from "../world/hiring.ts";
import type { World } from "../world/world.ts";
import { inTeam } from "./buyer-team.ts";
import { createdInTime } from "./created-time.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { listing } from "./lister.ts";
import { milestoneShape } from "./milestone-shape.ts";
import { clientSide, eitherSide, onContract, sidesOf } from "./parties.ts";
import { answered, failed, forbidden, missingParameter, notFound, type Result } from "./results.ts";
import { may } from "./roles.ts";
import { flag, money, oneOrMany, parseAmount, stamp } from "./shapes.ts";

/** Contracts, which hr/v2 lists as engagements, and what ends or interrupts them; bonuses. */
export const contractEndpoints = [
  { method: "GET", path: "/api/hr/v2/engagements", permission: "contractsRead", shape: "client", answer: list },
  {
    method: "GET",
    path: "/api/hr/v2/engagements/{contract}",
    permission: "contractsRead",
    shape: "client",
    answer: onContract(eitherSide, (call, contract) => answered({ engagement: engagementShape(call, contract) })),
  },
  {
    method: "PUT",
    path: "/api/hr/v2/contracts/{contract}/suspend",
    permission: "contractsClose",
    shape: "guess",
    answer: onContract(clientSide, turn("active", "suspended", "Contract suspended")),
  },
  {
    method: "PUT",
    path: "/api/hr/v2/contracts/{contract}/restart",
    permission: "contractsClose",
    shape: "guess",
    answer: onContract(clientSide, turn("suspended", "active", "Contract restarted")),
  },
  {
    method: "DELETE",
    path: "/api/hr/v2/contracts/{contract}",
    permission: "contractsClose",
    shape: "guess",
    answer: onContract(eitherSide, end),
  },
  {
    method: "POST",
    path: "/api/hr/v2/teams/{team}/adjustments",
    permission: "payments",
    shape: "client",
    answer: payBonus,
  },
] as const satisfies readonly Endpoint[];

function list(call: Call): Result {
  const { world, parameters } = call;
  const get = parameters.get;
  const provider = get("provider__reference") || get("provider_reference") || get("profile_key");
  const freelancer = world.users.get(provider);
  const agency = get("agency_team__reference") || get("agency_team_reference");
  const isInTeam = inTeam(call, world.teams.get(get("buyer_team__reference")));
  const isInTime = createdInTime(parameters);
  const statuses = get("status").split(";").filter(Boolean);
  const contracts = world.hiring.contracts.rows.filter(
    (contract) =>
      sidesOf(call, contract).length > 0 &&
      (get("buyer_team__reference") === "" || isInTeam(contract)) &&
      (provider === "" || contract.freelancerReference === freelancer?.reference) &&
      (agency === "" || contract.agencyReference === agency) &&
      (get("job__reference") === "" || contract.jobReference === get("job__reference")) &&
      (statuses.length === 0 || statuses.includes(contract.status)) &&
      isInTime(contract.startedAt),
  );
  const shapes = contracts.map((contract) => engagementShape(call, contract));
  return listing("engagements", "engagement", shapes, parameters);
}

function turn(from: Contract["status"], to: Contract["status"], message: string) {
  return ({ world, parameters }: Call, contract: Contract): Result => {
    const missing = missingParameter(parameters, ["message"]);
    if (missing !== undefined) return missing;
    if (contract.status !== from) return failed(400, `The contract is ${contract.status}, not ${from}`);
    world.hiring.contracts.change(contract, { status: to });
    return answered({ message });
  };
}

/** Scores are given for all of these at once: 3 to 8 by the client, 9 to 14 by the freelancer (python-upwork). */
const scoreNumbers = { client: [3, 4, 5, 6, 7, 8], freelancer: [9, 10, 11, 12, 13, 14] } as const;

function end(call: Call, contract: Contract): Result {
  const { world, parameters, now } = call;
  const missing = missingParameter(parameters, ["reason", "would_hire_again"]);
  if (missing !== undefined) return missing;
  const reason = parameters.get("reason");
  if (!reasons.EndCustomerContract.some(([, , known]) => known === reason)) {
    return failed(400, `Unknown reason: ${reason}`);
  }
  if (!["yes", "no"].includes(parameters.get("would_hire_again"))) {
    return failed(400, "Invalid would_hire_again: yes or no");
  }
  if (contract.status === "closed") return failed(400, "The contract is closed already");
  const [side = "client"] = sidesOf(call, contract);
  const scores = scoreNumbers[side].map((number) => parameters.get(`fb_scores[${number}]`));
  const given = scores.filter((score) => score !== "");
  if (given.length > 0 && !(given.length === scores.length && given.every((score) => /^[1-5]$/.test(score)))) {
    return failed(400, "Feedback scores must be complete, each from 1 to 5");
  }
  const comment = parameters.get("fb_comment");
  if (comment !== "" && given.length === 0) return failed(400, "A feedback comment needs feedback scores");
  const score = given.reduce((sum, value) => sum + Number(value), 0) / given.length;
  world.hiring.contracts.change(contract, {
    status: "closed",
    endedAt: now,
    endReason: reason,
    feedback: given.length === 0 ? undefined : { score, comment },
  });
  return answered({ message: "Contract ended" });
}

function payBonus(call: Call): Result {
  const { world, parameters, now } = call;
  const team = world.teams.get(call.segment("team"));
  if (team === undefined) return notFound;
  if (!may(call, "manage_finance", team.reference)) return forbidden;
  const missing = missingParameter(parameters, ["engagement__reference", "comments", "charge_amount"]);
  if (missing !== undefined) return missing;
  const contract = world.hiring.contracts.get(parameters.get("engagement__reference"));
  if (contract === undefined || contract.companyReference !== team.companyReference) return notFound;
  const amount = parseAmount(parameters.get("charge_amount"));
  if (amount === undefined) return failed(400, "Invalid charge_amount: a positive amount");
  const { adjustments } = world.hiring;
  const { reference } = adjustments.add({
    reference: adjustments.nextReference(),
    contractReference: contract.reference,
    teamReference: team.reference,
    amount,
    comments: parameters.get("comments"),
    notes: parameters.get("notes"),
    createdAt: now,
  });
  return answered({ adjustment: { reference } });
}

function engagementShape(call: Call, contract: Contract) {
  const { world } = call;
  const team = world.teams.get(contract.teamReference);
  const agency = world.companies.get(contract.agencyReference);
  const freelancer = world.users.get(contract.freelancerReference);
  const isHourly = contract.jobType === "hourly";
  const roles = sidesOf(call, contract).map((side) => (side === "client" ? "buyer" : "provider"));
  return {
    reference: contract.reference,
    status: contract.status,
    engagement_title: contract.title,
    engagement_job_type: contract.jobType,
    engagement_start_date: stamp(contract.startedAt),
    engagement_end_date: stamp(contract.endedAt),
    job__reference: contract.jobReference,
    job__title: world.jobs.get(contract.jobReference)?.title ?? contract.title,
    offer__reference: contract.offerReference,
    buyer_team__id: team?.id ?? "",
    buyer_team__reference: contract.teamReference,
    provider__id: freelancer?.id ?? "",
    provider__reference: contract.freelancerReference,
    provider__has_agency: flag(agency !== undefined),
    provider_team__id: agency?.id ?? "",
    provider_team__reference: contract.agencyReference,
    hourly_charge_rate: isHourly ? money(contract.chargeRate) : "",
    hourly_pay_rate: isHourly ? money(contract.chargeRate * 0.9) : "",
    weekly_hours_limit: isHourly ? String(contract.weeklyLimit) : "",
    weekly_limit_next_week: "",
    fixed_charge_amount_agreed: isHourly ? "" : money(contract.amount),
    fixed_pay_amount_agreed: isHourly ? "" : money(contract.amount * 0.9),
    fixed_price_upfront_payment: "0",
    active_milestone: activeMilestone(contract, world),
    estimated_duration: "",
    estimated_duration_id: "",
    rent_percent: "10",
    roles: { role: oneOrMany(roles) },
    created_time: stamp(contract.startedAt),
    modified_time: stamp(contract.endedAt || contract.startedAt),
    description: "",
  };
}

function activeMilestone(contract: Contract, { hiring }: World) {
  const active = hiring.milestones.rows.find(
    ({ contractReference, state }) => contractReference === contract.reference && state === "active",
  );
  return active === undefined ? "" : milestoneShape(active);
}
