import { idOf } from "../world/catalogue.ts";
import type { Contract } from "../world/hiring.ts";
import type { Job } from "../world/jobs.ts";
import type { Freelancer } from "../world/people.ts";
import type { World } from "../world/world.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { answered, failed, notFound, type Result } from "./results.ts";
import { flag, money, stamp, wrapped } from "./shapes.ts";

/** Public profiles of jobs and freelancers: strings all over, lists wrapped as XML would, `""` where one is empty. */
export const profileEndpoints = [
  {
    method: "GET",
    path: "/api/profiles/v1/jobs/{keys}",
    permission: "publicData",
    shape: "client",
    answer: byKeys(({ world }, key) => {
      const job = world.jobs.get(key);
      // Nobody but its client sees a private one.
      return job === undefined || job.visibility === "private" ? undefined : jobProfile(job, world);
    }),
  },
  {
    method: "GET",
    path: "/api/profiles/v1/providers/{keys}",
    permission: "publicData",
    shape: "client",
    answer: byKeys(({ world }, key) => {
      const freelancer = world.freelancers.get(key);
      return freelancer && { ...briefProfile(freelancer, world), ...fullProfile(freelancer, world) };
    }),
  },
  {
    method: "GET",
    path: "/api/profiles/v1/providers/{keys}/brief",
    permission: "publicData",
    shape: "client",
    answer: byKeys(({ world }, key) => {
      const freelancer = world.freelancers.get(key);
      return freelancer && briefProfile(freelancer, world);
    }),
  },
] as const satisfies readonly Endpoint[];

/** At most this many keys in one call (docs of the official clients). */
const mostKeys = 20;

/** One key gives `profile`, several give `profiles.profile`; those that name nothing are left out. */
function byKeys(profileOf: (call: Call, key: string) => Record<string, unknown> | undefined) {
  return (call: Call): Result => {
    const keys = call.segment("keys").split(";");
    if (keys.length > mostKeys) return failed(400, "Limit exceeded");
    const profiles = keys.flatMap((key) => profileOf(call, key) ?? []);
    if (profiles.length === 0) return notFound;
    return answered(keys.length === 1 ? { profile: profiles[0] } : { profiles: { profile: profiles } });
  };
}

function jobProfile(job: Job, world: World) {
  const client = world.companies.get(job.companyReference);
  const candidates = world.hiring.applications.rows.filter(({ jobReference }) => jobReference === job.reference);
  const contracts = world.hiring.contracts.rows.filter(({ jobReference }) => jobReference === job.reference);
  const interviews = candidates.filter(({ status }) => status === "messaged").length;
  const isHourly = job.jobType === "Hourly";
  return {
    ciphertext: job.key,
    op_title: job.title,
    op_description: job.description,
    op_desc_digest: job.description.slice(0, 100),
    job_type: job.jobType,
    amount: isHourly ? "" : String(job.budget),
    op_contractor_tier: String(job.tier),
    op_engagement: job.workload ?? "",
    engagement_weeks: job.duration ?? "",
    op_required_skills: wrapped(
      "op_required_skill",
      job.skills.map((skill) => ({ skill })),
    ),
    op_job_category_v2: {
      op_job_category_v: {
        name: job.subcategory,
        groups: { group: { name: job.category, uid: idOf(job.category) } },
      },
    },
    op_tot_cand: String(Math.max(job.applicants, candidates.length)),
    interviewees_total_active: String(interviews),
    ui_opening_status: job.status === "Open" ? "Active" : "Closed",
    ui_job_profile_access: job.visibility === "invite-only" ? "private" : job.visibility,
    op_low_hourly_rate_all: "",
    op_high_hourly_rate_all: "",
    op_cny_upm_verified: client?.isVerified ? "1" : "0",
    op_time_posted: stamp(job.createdAt),
    op_recno: job.reference,
    version: "1",
    buyer: {
      op_tot_jobs_posted: String(client?.jobsPosted ?? 0),
      op_tot_jobs_filled: String(client?.hires ?? 0),
      op_tot_charge: String(client?.totalCharge ?? 0),
      op_tot_hours: String(client?.totalHours ?? 0),
      op_adjusted_score: String(client?.feedback ?? 0),
      op_country: client?.country ?? "",
      op_city: client?.city ?? "",
      op_timezone: "UTC",
      op_contract_date: client === undefined ? "" : longDate(client.memberSince),
    },
    candidates: wrapped(
      "candidate",
      candidates.map((application) => ({
        create_date_ts: String(Math.floor(application.createdAt / 1000)),
        ciphertext: world.users.get(application.freelancerReference)?.ciphertext ?? "",
      })),
    ),
    assignments: wrapped(
      "assignment",
      contracts.map((contract) => assignmentShape(contract, world)),
    ),
  };
}

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** `July 9, 2015`. */
function longDate(at: number): string {
  const date = new Date(at);
  return `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
}

/** `11/2011`. */
const monthOf = (at: number) => {
  const [year, month] = new Date(at).toISOString().split("-");
  return `${month}/${year}`;
};

function assignmentShape(contract: Contract, { jobs, hiring }: World) {
  const milestones = hiring.milestones.rows.filter(({ contractReference }) => contractReference === contract.reference);
  const paid = milestones.reduce((sum, { paidAmount }) => sum + paidAmount, 0);
  const { feedback } = contract;
  return {
    as_recno: contract.reference,
    as_status: contract.status === "closed" ? "Closed" : "Active",
    as_job_type: contract.jobType === "hourly" ? "Hourly" : "Fixed",
    as_rate: contract.jobType === "hourly" ? `$${money(contract.chargeRate)}` : "",
    as_total_hours: "",
    as_total_charge: paid === 0 ? "" : String(paid),
    as_from: monthOf(contract.startedAt),
    as_to: contract.endedAt === 0 ? "" : monthOf(contract.endedAt),
    as_opening_title: jobs.get(contract.jobReference)?.title ?? contract.title,
    feedback:
      feedback === undefined
        ? ""
        : { score: money(feedback.score), comment: feedback.comment, scores: { score: money(feedback.score) } },
  };
}

function briefProfile(freelancer: Freelancer, world: World) {
  const user = world.users.get(freelancer.reference);
  const agency = world.companies.get(freelancer.agencyReference);
  return {
    ciphertext: freelancer.ciphertext,
    dev_short_name: `${user?.firstName} ${user?.lastName.slice(0, 1)}.`,
    dev_profile_title: freelancer.title,
    dev_blurb: freelancer.overview,
    dev_country: user?.country ?? "",
    dev_city: user?.city ?? "",
    dev_timezone: user?.timezone ?? "",
    dev_portrait: "",
    dev_portrait_50: "",
    dev_portrait_100: "",
    dev_ic: agency === undefined ? "Freelance Provider" : "Affiliated Provider",
    dev_agency_ref: freelancer.agencyReference,
    dev_bill_rate: money(freelancer.rate),
    dev_adj_score: String(freelancer.feedback),
    dev_adj_score_recent: String(freelancer.feedback),
    dev_usr_score: String(freelancer.feedback),
    dev_tot_feedback: String(freelancer.reviews),
    dev_total_hours: String(freelancer.hours),
    dev_recent_hours: String(freelancer.recentHours),
    dev_portfolio_items_count: String(freelancer.portfolioItems),
    dev_last_worked_ts: String(Math.floor(freelancer.lastActivity / 1000)),
    dev_ui_profile_access: "Public",
    dev_recno: freelancer.reference,
  };
}

const scores = [
  ["Skills", "competency and skills for the job, understanding of specifications/instructions"],
  ["Quality", "quality of work deliverables"],
  ["Availability", "online presence on a consistent schedule"],
  ["Deadlines", "ability to complete tasks on time"],
  ["Communication", "communication skills, frequent progress updates, responsiveness"],
  ["Cooperation", "cooperation and flexibility, suggestions for improvement"],
] as const;

function fullProfile(freelancer: Freelancer, { hiring }: World) {
  const done = hiring.contracts.rows.filter(
    ({ freelancerReference, status }) => freelancerReference === freelancer.reference && status === "closed",
  );
  const average = freelancer.reviews === 0 ? "" : String(freelancer.feedback);
  return {
    dev_groups: "",
    dev_scores: {
      dev_score: scores.map(([label, description], index) => ({
        order: String(index + 1),
        label,
        description,
        avg_category_score: average,
        avg_category_score_recent: average,
      })),
    },
    skills: wrapped(
      "skill",
      freelancer.skills.map((skill, index) => ({ skl_name: skill, skl_rank: String(index + 1) })),
    ),
    tsexams: wrapped(
      "tsexam",
      freelancer.testsPassed.map((test) => ({ ts_id: test, ts_is_certification: flag(false) })),
    ),
    assignments: wrapped(
      "assignment",
      done.map(({ reference, title }) => ({ as_recno: reference, as_opening_title: title })),
    ),
    certification: "",
    response_time: "31.0000000000000000",
    dev_recent_rank_percentile: "0",
  };
}
