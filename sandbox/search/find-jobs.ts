import type { Parameters } from "../endpoints/parameters.ts";
import { idOf } from "../world/catalogue.ts";
import type { Collection } from "../world/collection.ts";
import { durations, type Job, workloads } from "../world/jobs.ts";
import type { Company } from "../world/people.ts";
import type { World } from "../world/world.ts";
import { BadParameterError, parseChoice, parseNumbers, slug } from "./filters.ts";
import { parseQuery, type Query, wordsOf } from "./query.ts";
import { createTextIndex, type TextIndex } from "./text-index.ts";

const dayMs = 86_400_000;

const spans = {
  week: durations[0],
  month: durations[1],
  quarter: durations[2],
  semester: durations[3],
  ongoing: durations[4],
} as const;
const loads = { as_needed: workloads[0], part_time: workloads[1], full_time: workloads[2] } as const;

type ClientOf = (job: Job) => Company;
type Test = (job: Job, clientOf: ClientOf) => boolean;

/** Each parameter that limits the search: from its text to a test of a job. */
const filters: Readonly<Record<string, (text: string, now: number) => Test>> = {
  job_type: (text) => {
    const wanted = parseChoice("job_type", text, { hourly: "Hourly", fixed: "Fixed", "fixed-price": "Fixed" } as const);
    return ({ jobType }) => jobType === wanted;
  },
  job_status: (text) => {
    const wanted = parseChoice("job_status", text, {
      open: "Open",
      completed: "Completed",
      cancelled: "Cancelled",
    } as const);
    return ({ status }) => status === wanted;
  },
  duration: (text) => {
    const wanted = parseChoice("duration", text, spans);
    return ({ duration }) => duration === wanted;
  },
  workload: (text) => {
    const wanted = parseChoice("workload", text, loads);
    return ({ workload }) => workload === wanted;
  },
  category2:
    (text) =>
    ({ category }) =>
      isNamed(category, text),
  subcategory2:
    (text) =>
    ({ subcategory }) =>
      isNamed(subcategory, text),
  budget: (text) => {
    // Documented as a range only, and only jobs with a budget are meant.
    if (!text.trim().startsWith("[")) throw new BadParameterError("Invalid budget: [from TO to]");
    const isWanted = parseNumbers("budget", text);
    return ({ budget }) => budget > 0 && isWanted(budget);
  },
  client_feedback: (text) => {
    if (text.trim().toLowerCase() === "none") return (job, clientOf) => clientOf(job).reviews === 0;
    const isWanted = parseNumbers("client_feedback", text);
    return (job, clientOf) => clientOf(job).reviews > 0 && isWanted(clientOf(job).feedback);
  },
  client_hires: (text) => {
    const isWanted = parseNumbers("client_hires", text);
    return (job, clientOf) => isWanted(clientOf(job).hires);
  },
  days_posted: postedWithin("days_posted"),
  posted_since: postedWithin("posted_since"),
};

function postedWithin(name: string) {
  return (text: string, now: number): Test => {
    const days = Number(text);
    if (!(days >= 0)) throw new BadParameterError(`Invalid ${name}: a number of days`);
    return ({ createdAt }) => createdAt >= now - days * dayMs;
  };
}

/** By its name, or by the number that the metadata give it. */
function isNamed(name: string, text: string): boolean {
  return slug(name) === slug(text) || idOf(name) === text;
}

/** What `sort` may name; larger first for `desc`. */
const orders: Readonly<Record<string, (job: Job, client: Company) => number>> = {
  create_time: ({ createdAt }) => createdAt,
  client_rating: (_job, { feedback }) => feedback,
  client_total_charge: (_job, { totalCharge }) => totalCharge,
  client_total_hours: (_job, { totalHours }) => totalHours,
  // Nobody outside knows how Upwork scores; what was found equally well comes newest first.
  score: ({ createdAt }) => createdAt,
  workload: ({ workload }) => (workload === null ? -1 : workloads.indexOf(workload)),
  duration: ({ duration }) => (duration === null ? -1 : durations.indexOf(duration)),
};

const nobody = { feedback: 0, reviews: 0, hires: 0, totalCharge: 0, totalHours: 0 } as Company;

/**
 * Jobs as `profiles/v2/search/jobs` finds them: those anybody may see, newest first unless `sort` says otherwise.
 *
 * @param now milliseconds
 * @throws BadParameterError
 */
export function findJobs(world: World, parameters: Parameters, now: number): Job[] {
  const { jobs, companies } = world;
  const text = textQuery(parameters);
  const isFound = text === undefined ? undefined : jobIndex(jobs).find(text);
  const tests = Object.entries(filters).flatMap(([name, filter]) => {
    const value = parameters.get(name);
    return value === "" ? [] : [filter(value, now)];
  });
  const clientOf: ClientOf = (job) => companies.get(job.companyReference) ?? nobody;
  const found: Job[] = [];
  for (let number = jobs.rows.length - 1; number >= 0; number -= 1) {
    const job = jobs.rows[number];
    if (job === undefined || (isFound !== undefined && isFound[number] === 0)) continue;
    if (job.visibility === "private" || job.visibility === "invite-only") continue;
    if (tests.length === 0 || isPassed(tests, job, clientOf)) found.push(job);
  }
  return sorted(found, parameters.get("sort"), clientOf);
}

/** Written out: it runs for each of thousands of jobs at each search. */
function isPassed(tests: readonly Test[], job: Job, clientOf: ClientOf): boolean {
  for (const test of tests) if (!test(job, clientOf)) return false;
  return true;
}

function sorted(found: Job[], sort: string, clientOf: ClientOf): Job[] {
  if (sort === "") return found;
  const [name = "", direction = "desc"] = sort.trim().toLowerCase().split(/\s+/);
  const rank = parseChoice("sort", name, orders);
  const sign = parseChoice("sort", direction, { asc: 1, desc: -1 });
  if (name === "create_time") return sign === -1 ? found : found.reverse();
  return found
    .map((job) => ({ job, key: rank(job, clientOf(job)) }))
    .sort((a, b) => sign * (a.key - b.key))
    .map(({ job }) => job);
}

/** `q`, `title` and `skills` as one query; `undefined` where there is none of them. */
function textQuery(parameters: Parameters): Query | undefined {
  const parts: Query[] = parameters.all("q").map(parseQuery);
  for (const title of parameters.all("title")) {
    for (const word of wordsOf(title)) parts.push({ kind: "phrase", field: "title", words: [word] });
  }
  for (const skill of parameters.all("skills").flatMap((list) => list.split(/[;,]/))) {
    if (skill.trim() !== "") parts.push({ kind: "phrase", field: "skills", words: wordsOf(skill) });
  }
  return parts.length === 0 ? undefined : { kind: "all", parts };
}

const indexes = new WeakMap<Collection<Job>, TextIndex<Job>>();

/** The words of the jobs; what searches over REST and over GraphQL look into. */
export function jobIndex(jobs: Collection<Job>): TextIndex<Job> {
  const known = indexes.get(jobs);
  if (known !== undefined) return known;
  const index = createTextIndex(jobs.rows, (job) => ({
    title: job.title,
    snippet: job.description,
    skills: job.skills.join(" , "),
    category2: job.category,
    category: job.category,
    subcategory2: job.subcategory,
    job_type: job.jobType,
  }));
  jobs.watch(index.changed);
  indexes.set(jobs, index);
  return index;
}
