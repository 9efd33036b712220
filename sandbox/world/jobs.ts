import { topics } from "./catalogue.ts";
import { type Collection, createCollection } from "./collection.ts";
import type { People } from "./people.ts";
import { inventKey, seeded } from "./seeded.ts";

/** A job post, oldest first in its collection. */
export type Job = {
  reference: string;
  /** `~01` and 16 hex digits; the same thing is called ciphertext and job key. */
  key: string;
  /** The long number that GraphQL knows the job by. */
  uid: string;
  title: string;
  description: string;
  category: string;
  subcategory: string;
  skills: readonly string[];
  jobType: "Hourly" | "Fixed";
  /** Dollars; 0 for hourly jobs. */
  budget: number;
  /** Hourly jobs only. */
  workload: (typeof workloads)[number] | null;
  duration: (typeof durations)[number] | null;
  status: "Open" | "Completed" | "Cancelled";
  visibility: "public" | "private" | "upwork" | "invite-only";
  /** 1 entry level, 2 intermediate, 3 expert. */
  tier: 1 | 2 | 3;
  applicants: number;
  companyReference: string;
  teamReference: string;
  createdBy: string;
  /** Milliseconds, as all times of the world. */
  createdAt: number;
  startsAt: number;
  endedAt: number;
};

export const workloads = ["Less than 10 hrs/week", "10-30 hrs/week", "30+ hrs/week"] as const;
export const durations = [
  "Less than 1 week",
  "Less than 1 month",
  "1 to 3 months",
  "3 to 6 months",
  "More than 6 months",
] as const;

/** More than the 5,000 that a search ends at. */
const jobCount = 6_500;
/** How many of them Ada's company posted. */
const ownJobs = 15;

const tasks = ["Build", "Repair", "Improve", "Design", "Review", "Migrate", "Test", "Document"];
const things = [
  "a dashboard",
  "an API integration",
  "a web shop",
  "a mobile app",
  "a report",
  "a data pipeline",
  "a landing page",
];

export function createJobs(): Collection<Job> {
  return createCollection<Job>(3_000_001, ({ reference, key, uid }) => [reference, key, uid]);
}

/** The long number that GraphQL knows a job by. */
export const jobUid = (reference: string) => `118192185${reference}000`;

/** Job posts of all clients, the newest a minute old. */
export function makeJobs(seed: number, now: number, { companies, teams }: People): Collection<Job> {
  const clients = companies.rows.filter(({ kind }) => kind === "client");
  const [own, ...others] = clients;
  const ownTeams = teams.rows.filter(({ companyReference }) => companyReference === own?.reference);
  const source = seeded(seed, "jobs");
  const sentences = Array.from({ length: 400 }, () => source.lorem.sentence());
  const jobs = createJobs();
  for (let index = 0; index < jobCount; index += 1) {
    const age = jobCount - index;
    const [category, subcategory, skills] = source.helpers.arrayElement(topics);
    const chosen = source.helpers.arrayElements([...skills], { min: 1, max: 3 });
    const isHourly = source.datatype.boolean();
    const isOwn = age % Math.floor(jobCount / ownJobs) === 1;
    const company = isOwn && own ? own : source.helpers.arrayElement(others);
    const team = isOwn ? source.helpers.arrayElement(ownTeams) : undefined;
    const reference = jobs.nextReference();
    // The newer, the likelier still open; Ada's newest stay open.
    const status =
      isOwn && age < jobCount / 2
        ? "Open"
        : source.helpers.arrayElement(["Open", "Open", "Open", "Completed", "Cancelled"] as const);
    const createdAt = now - 60_000 - (age - 1) * 23 * 60_000;
    jobs.add({
      reference,
      key: inventKey(source),
      uid: jobUid(reference),
      title: `${source.helpers.arrayElement(tasks)} ${source.helpers.arrayElement(things)} with ${chosen[0]}`,
      description: source.helpers.arrayElements(sentences, 3).join(" "),
      category,
      subcategory,
      skills: chosen,
      jobType: isHourly ? "Hourly" : "Fixed",
      budget: isHourly ? 0 : source.number.int({ min: 1, max: 100 }) * 50,
      workload: isHourly ? source.helpers.arrayElement(workloads) : null,
      duration: isHourly ? source.helpers.arrayElement(durations) : null,
      status,
      visibility: "public",
      tier: source.helpers.arrayElement([1, 2, 3] as const),
      applicants: source.number.int({ min: 0, max: 50 }),
      companyReference: company.reference,
      teamReference: team?.reference ?? company.reference,
      createdBy: company.ownerReference,
      createdAt,
      startsAt: createdAt,
      endedAt: status === "Open" ? 0 : createdAt + 3_600_000,
    });
  }
  return jobs;
}
