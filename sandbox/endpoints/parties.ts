import type { Contract, Milestone } from "../world/hiring.ts";
import type { Call } from "./endpoint.ts";
import { forbidden, notFound, type Result } from "./results.ts";
import { may } from "./roles.ts";

export type Side = "client" | "freelancer";

/** On which sides of a contract the user stands: as one of the client's hiring managers, as the freelancer, or both. */
export function sidesOf(call: Call, contract: Pick<Contract, "teamReference" | "freelancerReference">): Side[] {
  const sides: Side[] = [];
  if (may(call, "manage_employment", contract.teamReference)) sides.push("client");
  if (!call.switches.checkUserPermissions || contract.freelancerReference === call.user.reference) {
    sides.push("freelancer");
  }
  return sides;
}

/** An endpoint about the contract in the path, for those on one of these sides of it. */
export function onContract(sides: readonly Side[], answer: (call: Call, contract: Contract) => Result) {
  return (call: Call): Result => {
    const contract = call.world.hiring.contracts.get(call.segment("contract"));
    if (contract === undefined) return notFound;
    return sidesOf(call, contract).some((side) => sides.includes(side)) ? answer(call, contract) : forbidden;
  };
}

/** An endpoint about the milestone in the path, for those on one of these sides of its contract. */
export function onMilestone(
  sides: readonly Side[],
  answer: (call: Call, milestone: Milestone, contract: Contract) => Result,
) {
  return (call: Call): Result => aboutMilestone(call, call.segment("milestone"), sides, answer);
}

/** The same about a milestone that is named elsewhere. */
export function aboutMilestone(
  call: Call,
  reference: string,
  sides: readonly Side[],
  answer: (call: Call, milestone: Milestone, contract: Contract) => Result,
): Result {
  const { milestones, contracts } = call.world.hiring;
  const milestone = milestones.get(reference);
  const contract = contracts.get(milestone?.contractReference ?? "");
  if (milestone === undefined || milestone.state === "deleted" || contract === undefined) return notFound;
  return sidesOf(call, contract).some((side) => sides.includes(side)) ? answer(call, milestone, contract) : forbidden;
}

export const eitherSide = ["client", "freelancer"] as const;
export const clientSide = ["client"] as const;
export const freelancerSide = ["freelancer"] as const;
