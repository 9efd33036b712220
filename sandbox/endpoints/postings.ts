import { reasons } from "../world/catalogue.ts";
import { invite } from "../world/hiring.ts";
import { type Job, jobUid } from "../world/jobs.ts";
import { newKey } from "../world/new-key.ts";
import type { Team } from "../world/people.ts";
import { forBuyerTeam, inTeam } from "./buyer-team.ts";
import { createdInTime } from "./created-time.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { listing } from "./lister.ts";
import type { Parameters } from "./parameters.ts";
import { postingShape, postingStatuses, publicUrl } from "./posting-shape.ts";
import { answered, type Failure, failed, forbidden, missingParameter, notFound, type Result } from "./results.ts";
import { may } from "./roles.ts";
import { parseAmount, parseUsDate } from "./shapes.ts";

/** A client's own job posts, and inviting somebody to one: hr/v2/jobs, hr/v1/jobs. */
export const postingEndpoints = [
  { method: "GET", path: "/api/hr/v2/jobs", permission: "jobsRead", shape: "client", answer: forBuyerTeam([], list) },
  {
    method: "GET",
    path: "/api/hr/v2/jobs/{job}",
    permission: "jobsRead",
    shape: "client",
    answer: onOwnJob(({ world }, job) => answered({ job: postingShape(job, world) })),
  },
  {
    method: "POST",
    path: "/api/hr/v2/jobs",
    permission: "jobsWrite",
    shape: "report",
    answer: forBuyerTeam(["title", "job_type", "description", "visibility", "category2", "subcategory2"], post),
  },
  { method: "PUT", path: "/api/hr/v2/jobs/{job}", permission: "jobsWrite", shape: "guess", answer: onOwnJob(edit) },
  { method: "DELETE", path: "/api/hr/v2/jobs/{job}", permission: "jobsWrite", shape: "guess", answer: onOwnJob(close) },
  {
    method: "POST",
    path: "/api/hr/v1/jobs/{job}/candidates",
    permission: "offersWrite",
    shape: "guess",
    answer: onOwnJob(inviteCandidate),
  },
] as const satisfies readonly Endpoint[];

const visibilities = ["public", "private", "upwork", "invite-only"] as const;

function onOwnJob(answer: (call: Call, job: Job) => Result) {
  return (call: Call): Result => {
    const job = call.world.jobs.get(call.segment("job"));
    if (job === undefined) return notFound;
    return may(call, "manage_recruiting", job.teamReference) ? answer(call, job) : forbidden;
  };
}

function list(call: Call, team: Team): Result {
  const { world, parameters } = call;
  const [isInTeam, isInTime] = [inTeam(call, team), createdInTime(parameters)];
  const [status, creator] = [parameters.get("status"), world.users.get(parameters.get("created_by"))];
  const jobs = world.jobs.rows.filter(
    (job) =>
      isInTeam(job) &&
      (status === "" || postingStatuses[job.status] === status) &&
      (parameters.get("created_by") === "" || job.createdBy === creator?.reference) &&
      isInTime(job.createdAt),
  );
  const newestFirst = jobs.toReversed().map((job) => postingShape(job, world));
  return listing("jobs", "job", newestFirst, parameters);
}

function post({ world, user, parameters, now }: Call, team: Team): Result {
  const jobType = { hourly: "Hourly", "fixed-price": "Fixed" }[parameters.get("job_type")] as
    | Job["jobType"]
    | undefined;
  if (jobType === undefined) return failed(400, "Invalid job_type: hourly or fixed-price");
  const terms = termsOf(parameters);
  if ("error" in terms) return terms;
  const reference = world.jobs.nextReference();
  const job = world.jobs.add({
    category: parameters.get("category2"),
    subcategory: parameters.get("subcategory2"),
    title: parameters.get("title"),
    description: parameters.get("description"),
    skills: [],
    budget: 0,
    workload: jobType === "Hourly" ? "30+ hrs/week" : null,
    duration: null,
    visibility: "public",
    ...terms,
    reference,
    key: newKey(world, "~01"),
    uid: jobUid(reference),
    jobType,
    status: "Open",
    tier: 2,
    applicants: 0,
    companyReference: team.companyReference,
    teamReference: team.reference,
    createdBy: user.reference,
    createdAt: now,
    startsAt: terms.startsAt || now,
    endedAt: 0,
  });
  return answered({ job: { reference, public_url: publicUrl(job) } });
}

type Terms = Partial<Pick<Job, "visibility" | "skills" | "budget" | "duration">> & { startsAt: number };

/** What a post and an edit have in common. */
function termsOf(parameters: Parameters): Terms | Failure {
  const given = parameters.get("visibility");
  const visibility = visibilities.find((known) => known === given);
  if (given !== "" && visibility === undefined) return failed(400, `Invalid visibility: ${visibilities.join(", ")}`);
  const startsAt = parseUsDate(parameters.get("start_date"));
  if (startsAt === undefined) return failed(400, "Invalid start_date: mm-dd-yyyy");
  const budget = parameters.get("budget");
  const amount = parseAmount(budget);
  if (budget !== "" && amount === undefined) return failed(400, "Invalid budget: a positive amount");
  const skills = parameters.all("skills").flatMap((list) => list.split(/[;,]/));
  return {
    startsAt,
    ...(visibility === undefined ? {} : { visibility }),
    ...(amount === undefined ? {} : { budget: amount }),
    ...(skills.length === 0 ? {} : { skills: skills.map((skill) => skill.trim().toLowerCase()).filter(Boolean) }),
    ...(parameters.get("duration") === "" ? {} : { duration: durationOf(Number(parameters.get("duration"))) }),
  };
}

/** A post gives hours, a search shows a span; an hour is taken as an hour of full-time work. */
function durationOf(hours: number): Job["duration"] {
  if (!(hours > 0)) return null;
  if (hours <= 40) return "Less than 1 week";
  if (hours <= 160) return "Less than 1 month";
  if (hours <= 480) return "1 to 3 months";
  return hours <= 960 ? "3 to 6 months" : "More than 6 months";
}

function edit({ world, parameters, now }: Call, job: Job): Result {
  const terms = termsOf(parameters);
  if ("error" in terms) return terms;
  const wanted = parameters.get("status");
  const status = (Object.keys(postingStatuses) as Job["status"][]).find((known) => postingStatuses[known] === wanted);
  if (wanted !== "" && status === undefined) return failed(400, "Invalid status: open, filled or cancelled");
  const { startsAt, ...changed } = terms;
  world.jobs.change(job, {
    ...changed,
    title: parameters.get("title") || job.title,
    description: parameters.get("description") || job.description,
    category: parameters.get("category2") || job.category,
    subcategory: parameters.get("subcategory2") || job.subcategory,
    startsAt: startsAt || job.startsAt,
    ...(status === undefined ? {} : { status, endedAt: status === "Open" ? 0 : now }),
  });
  return answered({ message: "Job updated" });
}

function close({ world, parameters, now }: Call, job: Job): Result {
  const missing = missingParameter(parameters, ["reason_code"]);
  if (missing !== undefined) return missing;
  const code = parameters.get("reason_code");
  if (!reasons.CloseOpening.some(([known]) => known === code)) return failed(400, `Unknown reason_code: ${code}`);
  world.jobs.change(job, { status: code === "51" || code === "49" ? "Completed" : "Cancelled", endedAt: now });
  return answered({ message: "Job closed" });
}

function inviteCandidate({ world, parameters, now }: Call, job: Job): Result {
  const missing = missingParameter(parameters, ["cover"]);
  if (missing !== undefined) return missing;
  const freelancer = world.freelancers.get(parameters.get("profile_key") || parameters.get("provider__reference"));
  if (freelancer === undefined) return failed(400, "Unknown profile_key or provider__reference");
  const known = world.hiring.applications.rows.find(
    ({ jobReference, freelancerReference }) =>
      jobReference === job.reference && freelancerReference === freelancer.reference,
  );
  if (known !== undefined) return failed(400, "This freelancer is a candidate already");
  const { reference } = invite(world.hiring, job, freelancer, parameters.get("cover"), now);
  return answered({ candidate: { reference } });
}
