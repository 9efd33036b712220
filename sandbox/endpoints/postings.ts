import { type Job, jobUid } from "../world/jobs.ts";
import { inventKey, seeded } from "../world/seeded.ts";
import type { World } from "../world/world.ts";
import { type Call, type Endpoint, failed, missingParameter, type Result } from "./endpoint.ts";

/** A client's own job posts: hr/v2/jobs. */
export const postingEndpoints = [
  { method: "POST", path: "/api/hr/v2/jobs", permission: "jobsWrite", answer: postJob },
] as const satisfies readonly Endpoint[];

function postJob({ world, user, parameters, now }: Call): Result {
  const missing = missingParameter(parameters, [
    "buyer_team__reference",
    "title",
    "job_type",
    "description",
    "visibility",
    "category2",
    "subcategory2",
  ]);
  if (missing !== undefined) return missing;
  const team = world.teams.get(parameters.get("buyer_team__reference"));
  if (team === undefined) return failed(400, "Unknown buyer_team__reference");
  const isHourly = parameters.get("job_type") === "hourly";
  const reference = world.jobs.nextReference();
  const job: Job = world.jobs.add({
    reference,
    key: newKey(world),
    uid: jobUid(reference),
    title: parameters.get("title"),
    description: parameters.get("description"),
    category: parameters.get("category2"),
    subcategory: parameters.get("subcategory2"),
    skills: parameters
      .get("skills")
      .split(";")
      .filter((skill) => skill !== ""),
    jobType: isHourly ? "Hourly" : "Fixed",
    budget: Number(parameters.get("budget")) || 0,
    workload: null,
    duration: null,
    status: "Open",
    visibility: "public",
    tier: 1,
    applicants: 0,
    companyReference: team.companyReference,
    teamReference: team.reference,
    createdBy: user.reference,
    createdAt: now,
    startsAt: now,
    endedAt: 0,
  });
  return { payload: { job: { reference: job.reference, public_url: `https://www.upwork.com/jobs/${job.key}` } } };
}

/** A key for what a call adds; the same for the same calls in the same order. */
function newKey(world: World): string {
  return inventKey(seeded(world.jobs.rows.length, "new job"));
}
