import { findJobs } from "../search/find-jobs.ts";
import type { Job } from "../world/jobs.ts";
import type { World } from "../world/world.ts";
import type { Call, Endpoint, Result } from "./endpoint.ts";
import { failed, notFound } from "./endpoint.ts";
import { isoTime, wrapped } from "./shapes.ts";

/** Public data: searches, and the profiles that they lead to. */
export const searchEndpoints = [
  {
    method: "GET",
    path: "/api/profiles/v2/search/jobs",
    permission: "publicData",
    answer: ({ world, parameters }) => {
      const found = findJobs(world.jobs.rows, parameters);
      return found === undefined
        ? failed(400, "Invalid paging: offset;count, at most 100 at once")
        : { payload: { jobs: found.jobs.map((job) => searchRow(job, world)), paging: found.paging } };
    },
  },
  { method: "GET", path: "/api/profiles/v1/jobs/{keys}", permission: "publicData", answer: jobProfiles },
] as const satisfies readonly Endpoint[];

function jobProfiles({ world, segments }: Call): Result {
  const keys = (segments.keys ?? "").split(";");
  if (keys.length > 20) return failed(400, "Limit exceeded");
  const profiles = keys
    .map((key) => world.jobs.get(key))
    .filter((job) => job !== undefined)
    .map((job) => jobProfile(job, world));
  if (profiles.length === 0) return notFound;
  return { payload: keys.length === 1 ? { profile: profiles[0] } : { profiles: { profile: profiles } } };
}

/** A row of the v2 search: real arrays and numbers. */
function searchRow(job: Job, world: World) {
  const client = world.companies.get(job.companyReference);
  return {
    id: job.key,
    title: job.title,
    snippet: job.description,
    category2: job.category,
    subcategory2: job.subcategory,
    skills: job.skills,
    job_type: job.jobType,
    budget: job.budget,
    duration: job.duration,
    workload: job.workload,
    job_status: job.status,
    date_created: isoTime(job.createdAt),
    url: `http://www.upwork.com/jobs/${job.key}`,
    client: {
      country: client?.country ?? null,
      feedback: client?.feedback ?? 0,
      reviews_count: client?.reviews ?? 0,
      jobs_posted: client?.jobsPosted ?? 0,
      past_hires: client?.hires ?? 0,
      payment_verification_status: client?.isVerified ? "VERIFIED" : null,
    },
  };
}

/** A v1 profile: strings all over, lists wrapped as XML would, and `""` where a list is empty. */
function jobProfile(job: Job, world: World) {
  const client = world.companies.get(job.companyReference);
  return {
    ciphertext: job.key,
    op_title: job.title,
    op_description: job.description,
    job_type: job.jobType,
    amount: String(job.budget),
    op_required_skills: wrapped(
      "op_required_skill",
      job.skills.map((skill) => ({ skill })),
    ),
    op_job_category_v2: {
      op_job_category_v: { name: job.subcategory, groups: { group: { name: job.category, uid: "" } } },
    },
    op_tot_cand: String(job.applicants),
    interviewees_total_active: "0",
    ui_opening_status: job.status === "Open" ? "Active" : "Closed",
    ui_job_profile_access: "public",
    op_cny_upm_verified: client?.isVerified ? "1" : "0",
    version: "1",
    buyer: {
      op_tot_jobs_posted: String(client?.jobsPosted ?? 0),
      op_tot_jobs_filled: String(client?.hires ?? 0),
      op_adjusted_score: String(client?.feedback ?? 0),
      op_country: client?.country ?? "",
      op_city: client?.city ?? "",
    },
    candidates: "",
    assignments: "",
  };
}
