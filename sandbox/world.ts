import { en, Faker } from "@faker-js/faker";

/** The people, companies and jobs of the sandbox: invented, the same for the same seed, and changed by writes. */
export type User = {
  id: string;
  reference: string;
  firstName: string;
  lastName: string;
  email: string;
  city: string;
  country: string;
  ciphertext: string;
  timezone: string;
  timezoneOffset: string;
};

export type Company = { reference: string; id: string; name: string; ownerUserId: string };

export type Job = {
  /** `~01` and 16 hex digits; the same thing is called ciphertext and job key. */
  key: string;
  reference: string;
  title: string;
  description: string;
  category: string;
  subcategory: string;
  skills: string[];
  jobType: "Hourly" | "Fixed";
  budget: number;
  workload: string | null;
  duration: string | null;
  status: "Open" | "Completed" | "Cancelled";
  createdAt: number;
  client: { country: string; feedback: number; reviews: number; jobsPosted: number; hires: number; verified: boolean };
};

export type World = { users: User[]; companies: Company[]; jobs: Job[]; addJob(job: NewJob, now: number): Job };

export type NewJob = Pick<Job, "title" | "description" | "category" | "subcategory" | "skills" | "jobType" | "budget">;

const subjects = {
  "Web, Mobile & Software Dev": {
    "Web Development": ["node.js", "react", "typescript", "php", "aws-lambda"],
    "Mobile Development": ["swift", "kotlin", "flutter"],
    "QA & Testing": ["selenium", "playwright", "test-automation"],
  },
  "Data Science & Analytics": {
    "Machine Learning": ["python", "pytorch", "nlp"],
    "Data Visualization": ["tableau", "d3.js", "sql"],
  },
  "Design & Creative": {
    "Graphic Design": ["figma", "illustrator"],
    "Video Production": ["after-effects", "premiere"],
  },
  Writing: { Copywriting: ["seo-writing", "english"], "Technical Writing": ["api-documentation", "english"] },
} as const satisfies Record<string, Record<string, readonly string[]>>;

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
const jobCount = 600;

export function createWorld(seed: number, now: number): World {
  const faker = new Faker({ locale: en, seed });
  const pick = <Item>(items: readonly Item[]): Item => faker.helpers.arrayElement([...items]);
  const keyOf = () => `~01${faker.string.hexadecimal({ length: 16, prefix: "", casing: "lower" })}`;

  const users: User[] = [
    ["ada", "Ada", "Larsen", "Oslo", "Norway"],
    ["bruno", "Bruno", "Costa", "Porto", "Portugal"],
    ["chidi", "Chidi", "Okafor", "Lagos", "Nigeria"],
  ].map(([id = "", firstName = "", lastName = "", city = "", country = ""], index) => ({
    id,
    reference: String(1_000_001 + index),
    firstName,
    lastName,
    email: `${id}@example.com`,
    city,
    country,
    ciphertext: keyOf(),
    timezone: "UTC",
    timezoneOffset: "0",
  }));
  const companies: Company[] = users.map(({ id }, index) => ({
    reference: String(2_000_001 + index),
    id: `${id}studio`,
    name: `${faker.company.name()}`,
    ownerUserId: id,
  }));
  const jobs: Job[] = Array.from({ length: jobCount }, (_, index) => {
    const category = pick(Object.keys(subjects) as (keyof typeof subjects)[]);
    const [subcategory, skills] = pick(Object.entries(subjects[category]) as [string, readonly string[]][]);
    const chosen = faker.helpers.arrayElements([...skills], { min: 1, max: 3 });
    const jobType = pick(["Hourly", "Fixed"] as const);
    return {
      key: keyOf(),
      reference: String(3_000_001 + index),
      title: `${pick(tasks)} ${pick(things)} with ${chosen[0] ?? "care"}`,
      description: faker.lorem.sentences(3),
      category,
      subcategory,
      skills: chosen,
      jobType,
      budget: jobType === "Fixed" ? faker.number.int({ min: 1, max: 100 }) * 50 : 0,
      workload: jobType === "Hourly" ? pick(["Less than 10 hrs/week", "10-30 hrs/week", "30+ hrs/week"]) : null,
      duration: jobType === "Hourly" ? pick(["Less than 1 week", "1 to 3 months", "More than 6 months"]) : null,
      status: pick(["Open", "Open", "Open", "Completed", "Cancelled"] as const),
      createdAt: now - index * 23 * 60_000,
      client: {
        country: pick(["United States", "Germany", "Norway", "India", "Brazil"]),
        feedback: faker.number.int({ min: 30, max: 50 }) / 10,
        reviews: faker.number.int({ max: 60 }),
        jobsPosted: faker.number.int({ min: 1, max: 90 }),
        hires: faker.number.int({ max: 60 }),
        verified: faker.datatype.boolean(),
      },
    };
  });
  return {
    users,
    companies,
    jobs,
    addJob(job, at) {
      const added: Job = {
        ...job,
        key: keyOf(),
        reference: String(3_000_001 + jobs.length),
        workload: null,
        duration: null,
        status: "Open",
        createdAt: at,
        client: { country: "Norway", feedback: 5, reviews: 1, jobsPosted: 1, hires: 0, verified: true },
      };
      jobs.unshift(added);
      return added;
    },
  };
}
