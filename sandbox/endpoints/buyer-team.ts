import type { Team } from "../world/people.ts";
import type { Call } from "./endpoint.ts";
import { forbidden, missingParameter, notFound, type Result } from "./results.ts";
import { may } from "./roles.ts";

/** An endpoint about the team in `buyer_team__reference`, for those who may recruit for it; `required` is asked for too. */
export function forBuyerTeam(required: readonly string[], answer: (call: Call, team: Team) => Result) {
  return (call: Call): Result => {
    const missing = missingParameter(call.parameters, ["buyer_team__reference", ...required]);
    if (missing !== undefined) return missing;
    const team = call.world.teams.get(call.parameters.get("buyer_team__reference"));
    if (team === undefined) return notFound;
    return may(call, "manage_recruiting", team.reference) ? answer(call, team) : forbidden;
  };
}

/** Whether something is a team's, or of a team below it where `include_sub_teams` asks for those too. */
export function inTeam({ world, parameters }: Call, team: Team | undefined) {
  const withSubTeams = ["1", "true", "True"].includes(parameters.get("include_sub_teams"));
  return ({ teamReference }: { teamReference: string }) =>
    teamReference === team?.reference ||
    (withSubTeams && world.teams.get(teamReference)?.parentReference === team?.reference);
}
