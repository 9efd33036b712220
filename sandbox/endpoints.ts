import type { Pair } from "./oauth1.ts";
import { findJobs } from "./search.ts";
import type { Job, User, World } from "./world.ts";

/** A call that passed the signature check. */
export type Call = {
  world: World;
  user: User;
  parameters: readonly Pair[];
  segments: Record<string, string>;
  now: number;
};

/** What an endpoint answers: the payload of the envelope, or an error of Upwork's kind. */
export type Result = { payload: Record<string, unknown> } | { error: { status: number; message: string } };

export type Endpoint = { method: "GET" | "POST" | "PUT" | "DELETE"; path: string; answer: (call: Call) => Result };

const value = (parameters: readonly Pair[], name: string) => parameters.find(([known]) => known === name)?.[1];
const failed = (status: number, message: string): Result => ({ error: { status, message } });

/** Every endpoint as a row of data; `{name}` stands for one segment. Paths have no suffix: `.json` is cut off first. */
export const endpoints: readonly Endpoint[] = [
  {
    method: "GET",
    path: "/api/auth/v1/info",
    answer: ({ user }) => ({
      payload: {
        info: {
          portrait_32_img: "",
          portrait_50_img: "",
          portrait_100_img: "",
          ref: user.reference,
          has_agency: "0",
          company_url: "",
          capacity: { provider: "yes", buyer: "yes", affiliate_manager: "no" },
          location: { city: user.city, state: "", country: user.country },
          profile_url: `https://www.upwork.com/users/${user.ciphertext}`,
        },
      },
    }),
  },
  {
    method: "GET",
    path: "/api/profiles/v2/search/jobs",
    answer: ({ world, parameters }) => {
      const found = findJobs(world.jobs, parameters);
      return found === undefined
        ? failed(400, "Invalid paging: offset;count, at most 100 at once")
        : { payload: { jobs: found.jobs.map(searchRow), paging: found.paging } };
    },
  },
  {
    method: "GET",
    path: "/api/profiles/v1/jobs/{keys}",
    answer: ({ world, segments }) => {
      const keys = (segments.keys ?? "").split(";");
      if (keys.length > 20) return failed(400, "Limit exceeded");
      const jobs = keys.map((key) => world.jobs.find((job) => job.key === key || job.reference === key));
      const profiles = jobs.filter((job) => job !== undefined).map(jobProfile);
      if (profiles.length === 0) return failed(404, "Not found");
      return { payload: keys.length === 1 ? { profile: profiles[0] } : { profiles: { profile: profiles } } };
    },
  },
  {
    method: "GET",
    path: "/api/hr/v2/companies",
    answer: ({ world }) => ({
      payload: {
        companies: world.companies.map(({ reference, id, name, ownerUserId }) => ({
          reference,
          company_id: id,
          name,
          status: "active",
          owner_user_id: ownerUserId,
        })),
      },
    }),
  },
  { method: "POST", path: "/api/hr/v2/jobs", answer: postJob },
];

function postJob({ world, parameters, now }: Call): Result {
  const required = [
    "buyer_team__reference",
    "title",
    "job_type",
    "description",
    "visibility",
    "category2",
    "subcategory2",
  ];
  const missing = required.find((name) => !value(parameters, name));
  if (missing !== undefined) return failed(400, `Missing required parameter: ${missing}`);
  const job = world.addJob(
    {
      title: value(parameters, "title") ?? "",
      description: value(parameters, "description") ?? "",
      category: value(parameters, "category2") ?? "",
      subcategory: value(parameters, "subcategory2") ?? "",
      skills: (value(parameters, "skills") ?? "").split(";").filter((skill) => skill !== ""),
      jobType: value(parameters, "job_type") === "hourly" ? "Hourly" : "Fixed",
      budget: Number(value(parameters, "budget") ?? 0) || 0,
    },
    now,
  );
  return { payload: { job: { reference: job.reference, public_url: `https://www.upwork.com/jobs/${job.key}` } } };
}

/** A row of the v2 search: real arrays and numbers. */
function searchRow(job: Job) {
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
    date_created: new Date(job.createdAt).toISOString().replace(/\.\d{3}Z$/, "+0000"),
    url: `http://www.upwork.com/jobs/${job.key}`,
    client: {
      country: job.client.country,
      feedback: job.client.feedback,
      reviews_count: job.client.reviews,
      jobs_posted: job.client.jobsPosted,
      past_hires: job.client.hires,
      payment_verification_status: job.client.verified ? "VERIFIED" : null,
    },
  };
}

/** A v1 profile: strings all over, lists wrapped as XML would, and `""` where a list is empty. */
function jobProfile(job: Job) {
  const skills = job.skills.map((skill) => ({ skill }));
  return {
    ciphertext: job.key,
    op_title: job.title,
    op_description: job.description,
    job_type: job.jobType,
    amount: String(job.budget),
    op_required_skills: skills.length === 0 ? "" : { op_required_skill: skills.length === 1 ? skills[0] : skills },
    op_job_category_v2: {
      op_job_category_v: { name: job.subcategory, groups: { group: { name: job.category, uid: "" } } },
    },
    op_tot_cand: "0",
    interviewees_total_active: "0",
    ui_opening_status: job.status === "Open" ? "Active" : "Closed",
    ui_job_profile_access: "public",
    op_cny_upm_verified: job.client.verified ? "1" : "0",
    version: "1",
    buyer: {
      op_tot_jobs_posted: String(job.client.jobsPosted),
      op_tot_jobs_filled: String(job.client.hires),
      op_adjusted_score: String(job.client.feedback),
      op_country: job.client.country,
      op_city: "",
    },
    candidates: "",
    assignments: "",
  };
}
