import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import type { Job } from "../../../sandbox/world/jobs.ts";
import { callsTo } from "../../support/sandbox-calls.ts";

let sandbox: Sandbox;
const ada = callsTo(() => sandbox)("ada");
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

type Found = { jobs: { id: string; title: string }[]; paging: { offset: number; count: number; total: number } };
async function find(
  parameters: Record<string, string>,
): Promise<Found & { status: number; error?: { message: string } }> {
  const { status, body } = await ada("GET /api/profiles/v2/search/jobs", { paging: "0;100", ...parameters });
  return { status, ...(body as Found) };
}
const clientOf = ({ companyReference }: Job) => sandbox.world.companies.get(companyReference);
const dayMs = 86_400_000;

describe("a search for jobs", () => {
  // Every parameter, with what it means for one job, said here once more and without any index.
  test.each<[Record<string, string>, (job: Job) => boolean]>([
    [{ q: "dashboard" }, ({ title, description }) => /\bdashboard\b/i.test(`${title} ${description}`)],
    [{ q: "title:dashboard AND NOT title:build" }, ({ title }) => /dashboard/i.test(title) && !/build/i.test(title)],
    [
      { q: 'title:"a report" OR skills:swift' },
      ({ title, skills }) => /a report/i.test(title) || skills.includes("swift"),
    ],
    [{ title: "landing page" }, ({ title }) => /landing page/i.test(title)],
    [{ skills: "react;typescript" }, ({ skills }) => skills.includes("react") && skills.includes("typescript")],
    [{ category2: "Design & Creative" }, ({ category }) => category === "Design & Creative"],
    [{ category2: "design_creative" }, ({ category }) => category === "Design & Creative"],
    [{ subcategory2: "Copywriting" }, ({ subcategory }) => subcategory === "Copywriting"],
    [{ job_type: "hourly" }, ({ jobType }) => jobType === "Hourly"],
    [{ job_type: "fixed" }, ({ jobType }) => jobType === "Fixed"],
    [{ duration: "quarter" }, ({ duration }) => duration === "1 to 3 months"],
    [{ workload: "part_time" }, ({ workload }) => workload === "10-30 hrs/week"],
    [{ budget: "[1000 TO 2000]" }, ({ budget }) => budget >= 1000 && budget <= 2000],
    [{ job_status: "completed" }, ({ status }) => status === "Completed"],
    [{ client_hires: "[50 TO *]" }, (job) => (clientOf(job)?.hires ?? 0) >= 50],
    [{ client_hires: "3,4" }, (job) => [3, 4].includes(clientOf(job)?.hires ?? -1)],
    [{ client_feedback: "[4.9 TO 5]" }, (job) => (clientOf(job)?.feedback ?? 0) >= 4.9],
    [{ client_feedback: "None" }, (job) => clientOf(job)?.reviews === 0],
    [{ days_posted: "2" }, ({ createdAt }) => createdAt >= sandbox.clock.now() - 2 * dayMs],
    [{ posted_since: "1" }, ({ createdAt }) => createdAt >= sandbox.clock.now() - dayMs],
  ])("honours %j", async (parameters, isMeant) => {
    const meant = sandbox.world.jobs.rows.filter(isMeant).toReversed();
    const found = await find(parameters);
    expect(found.paging.total).toBe(meant.length);
    expect(meant.length).toBeGreaterThan(0);
    expect(meant.length).toBeLessThan(sandbox.world.jobs.rows.length);
    expect(found.jobs.map(({ id }) => id)).toEqual(meant.slice(0, 100).map(({ key }) => key));
  });

  test("takes a category by the number that the metadata give it", async () => {
    const { body } = await ada("GET /api/profiles/v2/metadata/categories");
    const [{ id, title, topics } = { id: "", title: "", topics: [] }] = body.categories as {
      id: string;
      title: string;
      topics: { id: string; title: string }[];
    }[];
    expect((await find({ category2: id })).paging.total).toBe((await find({ category2: title })).paging.total);
    expect((await find({ subcategory2: topics[0]?.id ?? "" })).paging.total).toBeGreaterThan(0);
  });

  test.each([
    ["create_time asc", ({ createdAt }: Job) => createdAt],
    ["client_rating desc", (job: Job) => -(clientOf(job)?.feedback ?? 0)],
    ["client_total_charge desc", (job: Job) => -(clientOf(job)?.totalCharge ?? 0)],
    ["client_total_hours asc", (job: Job) => clientOf(job)?.totalHours ?? 0],
  ])("sorts by %s", async (sort, rank) => {
    const ranks = (await find({ sort })).jobs.map(({ id }) => {
      const job = sandbox.world.jobs.get(id);
      return job === undefined ? Number.NaN : rank(job);
    });
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    expect(ranks).not.toContain(Number.NaN);
  });

  test("knows more jobs than a search ends at, says how many, and ends at 5,000", async () => {
    const total = sandbox.world.jobs.rows.length;
    expect(total).toBeGreaterThanOrEqual(6_000);
    expect(await find({ paging: "4990;20" })).toMatchObject({ paging: { offset: 4990, count: 20, total } });
    expect((await find({ paging: "4990;20" })).jobs).toHaveLength(10);
    expect(await find({ paging: "5000;20" })).toMatchObject({ status: 200, jobs: [], paging: { total } });
    sandbox.switches.pastLastResult = "refused";
    expect((await find({ paging: "5000;20" })).status).toBe(400);
    expect((await find({ paging: "4999;20" })).jobs).toHaveLength(1);
    sandbox.switches.pastLastResult = "empty";
  });

  test("gives 20 from the start when nobody says otherwise", async () => {
    const { body } = await ada("GET /api/profiles/v2/search/jobs");
    expect(body).toMatchObject({ paging: { offset: 0, count: 20 } });
    expect(body.jobs).toHaveLength(20);
  });

  test.each([
    [{ job_type: "salaried" }, "Invalid job_type: hourly, fixed, fixed-price"],
    [{ budget: "500" }, "Invalid budget: [from TO to]"],
    [{ client_hires: "many" }, "Invalid client_hires: a number, a list of them or [from TO to]"],
    [{ sort: "beauty desc" }, /^Invalid sort: create_time, /],
    [{ days_posted: "soon" }, "Invalid days_posted: a number of days"],
    [{ paging: "0;500" }, "Invalid paging: offset;count, at most 100 at once"],
  ])("refuses %j in words", async (parameters, message) => {
    const found = await find(parameters as Record<string, string>);
    expect(found.status).toBe(400);
    expect(found.error?.message).toMatch(message);
  });

  test("shows only what is there to be compared: arrays, numbers and nulls", async () => {
    const { jobs } = await find({ job_type: "hourly", paging: "0;1" });
    expect(jobs).toEqual([
      {
        id: expect.stringMatching(/^~01[0-9a-f]{16}$/),
        title: expect.any(String),
        snippet: expect.any(String),
        category2: expect.any(String),
        subcategory2: expect.any(String),
        skills: expect.any(Array),
        job_type: "Hourly",
        budget: 0,
        duration: expect.any(String),
        workload: expect.any(String),
        job_status: expect.any(String),
        date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/),
        url: expect.stringMatching(/^http:\/\/www\.upwork\.com\/jobs\/~01/),
        client: {
          country: expect.any(String),
          feedback: expect.any(Number),
          reviews_count: expect.any(Number),
          jobs_posted: expect.any(Number),
          past_hires: expect.any(Number),
          payment_verification_status: expect.toSatisfy((value) => value === "VERIFIED" || value === null),
        },
      },
    ]);
  });
});

describe("a search for freelancers", () => {
  const search = async (parameters: Record<string, string>) =>
    (await ada("GET /api/profiles/v2/search/providers", { paging: "0;100", ...parameters })).body as {
      providers: {
        id: string;
        rate: number;
        feedback: number;
        country: string;
        profile_type: string;
        skills: string[];
      }[];
      paging: { total: number };
    };

  test.each([
    [{ rate: "[20 TO 40]" }, ({ rate }: { rate: number }) => rate >= 20 && rate <= 40],
    [{ region: "Eastern Europe" }, ({ country }: { country: string }) => ["Ukraine", "Poland"].includes(country)],
    [{ profile_type: "Agency" }, ({ profile_type }: { profile_type: string }) => profile_type === "Agency"],
    [{ skills: "figma" }, ({ skills }: { skills: string[] }) => skills.includes("figma")],
  ])("honours %j", async (parameters, isMeant) => {
    const all = await search({ paging: "0;1" });
    const found = await search(parameters as Record<string, string>);
    expect(found.providers.length).toBeGreaterThan(0);
    expect(found.providers.every((row) => (isMeant as (given: typeof row) => boolean)(row))).toBe(true);
    expect(found.paging.total).toBeLessThan(all.paging.total);
  });

  test.each([
    { feedback: "[4.5 TO 5]" },
    { hours: "[1000 TO *]" },
    { recent_hours: "[1 TO *]" },
    { english_skill: "4,5" },
    { is_upwork_ready: "1" },
    { category2: "Writing" },
    { subcategory2: "Copywriting" },
    { title: "python" },
    { tests: "741" },
    { last_activity: new Date(Date.now() - 30 * dayMs).toISOString() },
    { q: "title:python OR skills:rust" },
  ])("is narrowed by %j", async (parameters) => {
    const { paging } = await search(parameters as Record<string, string>);
    expect(paging.total).toBeGreaterThan(0);
    expect(paging.total).toBeLessThan(sandbox.world.freelancers.rows.length);
  });

  test("gives profile ids alone when asked for entities, each with a profile", async () => {
    const { providers } = await search({ include_entities: "1", paging: "0;3" });
    const keys = providers as unknown as string[];
    expect(keys).toEqual(Array(3).fill(expect.stringMatching(/^~01[0-9a-f]{16}$/)));
    const one = await ada(`GET /api/profiles/v1/providers/${keys[0]}`);
    expect(one.body.profile).toMatchObject({
      ciphertext: keys[0],
      response_time: expect.any(String),
      certification: "",
    });
    const several = await ada(`GET /api/profiles/v1/providers/${keys.join(";")}`);
    expect(several.body).toMatchObject({ profiles: { profile: keys.map((ciphertext) => ({ ciphertext })) } });
    const brief = await ada(`GET /api/profiles/v1/providers/${keys[0]}/brief`);
    expect(brief.body.profile).not.toHaveProperty("dev_scores");
  });
});
