import { BadParameterError } from "../search/filters.ts";
import { findFreelancers } from "../search/find-freelancers.ts";
import { findJobs } from "../search/find-jobs.ts";
import { takePage } from "../search/paging.ts";
import type { Job } from "../world/jobs.ts";
import type { Freelancer } from "../world/people.ts";
import type { World } from "../world/world.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { answered, failed, type Result } from "./results.ts";
import { isoTime } from "./shapes.ts";

/** The two searches: profiles/v2/search, whose answers hold real arrays and numbers. */
export const searchEndpoints = [
  {
    method: "GET",
    path: "/api/profiles/v2/search/jobs",
    permission: "publicData",
    shape: "report",
    answer: searching(({ world, parameters, now, switches }) => {
      const { page, paging } = takePage(findJobs(world, parameters, now), parameters.get("paging"), switches);
      return answered({ jobs: page.map((job) => jobRow(job, world)), paging });
    }),
  },
  {
    method: "GET",
    path: "/api/profiles/v2/search/providers",
    permission: "publicData",
    shape: "report",
    answer: searching(({ world, parameters, switches }) => {
      const { page, paging } = takePage(findFreelancers(world, parameters), parameters.get("paging"), switches);
      const idsOnly = parameters.get("include_entities") === "1";
      const providers = page.map((row) => (idsOnly ? row.ciphertext : freelancerRow(row, world)));
      return answered({ providers, paging });
    }),
  },
] as const satisfies readonly Endpoint[];

function searching(search: (call: Call) => Result) {
  return (call: Call): Result => {
    try {
      return search(call);
    } catch (error) {
      if (error instanceof BadParameterError) return failed(400, error.message);
      throw error;
    }
  };
}

function jobRow(job: Job, world: World) {
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

function freelancerRow(row: Freelancer, world: World) {
  const user = world.users.get(row.reference);
  return {
    id: row.ciphertext,
    name: `${user?.firstName} ${user?.lastName.slice(0, 1)}.`,
    title: row.title,
    description: row.overview,
    categories2: [row.category],
    country: user?.country ?? "",
    feedback: row.feedback,
    last_activity: isoTime(row.lastActivity),
    member_since: isoTime(row.memberSince),
    portfolio_items_count: row.portfolioItems,
    portrait_50: `https://odesk-prod-portraits.s3.amazonaws.com/Users:${user?.id}:PortraitUrl_50`,
    profile_type: row.agencyReference === "" ? "Independent" : "Agency",
    rate: row.rate,
    skills: row.skills,
    test_passed_count: row.testsPassed.length,
  };
}
