import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { callsTo } from "../../support/sandbox-calls.ts";

// Ada hires Bruno. Each step relies on what the one before wrote, as it would at Upwork.
let sandbox: Sandbox;
const as = callsTo(() => sandbox);
const [ada, bruno, chidi] = [as("ada"), as("bruno"), as("chidi")];
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

const post = {
  buyer_team__reference: "2000001",
  title: "Mend a theremin",
  job_type: "fixed-price",
  description: "It hums ~ but only at night",
  visibility: "public",
  category2: "Web, Mobile & Software Dev",
  subcategory2: "Web Development",
  budget: "500",
  skills: "node.js;oauth",
};
const search = async (q: string) => (await bruno("GET /api/profiles/v2/search/jobs", { q })).body;

describe("a fixed-price job", () => {
  let job = "";
  let key = "";
  let offer = "";
  let contract = "";

  test("is found by search as soon as it is posted, and by nobody before", async () => {
    expect(await search('title:"mend a theremin"')).toMatchObject({ jobs: [], paging: { total: 0 } });
    const posted = await ada("POST /api/hr/v2/jobs", post);
    expect(posted).toMatchObject({ status: 200, body: { job: { public_url: expect.stringContaining("/jobs/~01") } } });
    ({ reference: job } = posted.body.job as { reference: string });
    const found = await search('title:"mend a theremin"');
    expect(found).toMatchObject({
      jobs: [{ title: post.title, budget: 500, job_type: "Fixed", job_status: "Open", skills: ["node.js", "oauth"] }],
      paging: { total: 1 },
    });
    [{ id: key = "" } = {}] = found.jobs as { id?: string }[];
  });

  test("shows its client the same job by reference and by key, in strings", async () => {
    const byReference = await ada(`GET /api/hr/v2/jobs/${job}`);
    expect(byReference.body.job).toMatchObject({
      reference: job,
      budget: "500",
      job_type: "fixed-price",
      status: "open",
      num_candidates: "0",
      created_by: "ada",
      buyer_team__id: "adastudio",
      filled_date: "",
    });
    expect((await ada(`GET /api/hr/v2/jobs/${key}`)).body.job).toEqual(byReference.body.job);
  });

  test("can be edited, and is found by its new words only", async () => {
    const edited = await ada(`PUT /api/hr/v2/jobs/${job}`, { title: "Mend a musical saw", budget: "650" });
    expect(edited.status).toBe(200);
    expect(await search("title:theremin AND title:mend")).toMatchObject({ paging: { total: 0 } });
    expect(await search('"musical saw"')).toMatchObject({ jobs: [{ id: key, budget: 650 }] });
  });

  test("takes an invitation, once, and the invited sees it", async () => {
    const { ciphertext } = sandbox.world.accounts[1] ?? { ciphertext: "" };
    const invitation = { cover: "Would you like to?", profile_key: ciphertext };
    const invited = await ada(`POST /api/hr/v1/jobs/${job}/candidates`, invitation);
    expect(invited).toMatchObject({ status: 200, body: { candidate: { reference: expect.any(String) } } });
    expect((await ada(`POST /api/hr/v1/jobs/${job}/candidates`, invitation)).status).toBe(400);
    const invites = await bruno("GET /api/hr/v4/contractors/applications", { status: "invites" });
    expect(invites.body).toMatchObject({
      data: {
        applications: expect.arrayContaining([expect.objectContaining({ job_key: key, created_type: "buyer" })]),
      },
    });
    const { reference } = invited.body.candidate as { reference: string };
    expect((await bruno(`GET /api/hr/v4/contractors/applications/${reference}`)).body).toMatchObject({
      data: { cover_letter: "Would you like to?" },
    });
    const listed = await ada("GET /api/hr/v4/clients/applications", { buyer_team__reference: "2000001", job_key: key });
    expect(listed.body).toMatchObject({ data: { applications: [{ reference }], paging: { total: 1 } } });
    const one = await ada(`GET /api/hr/v4/clients/applications/${reference}`, { buyer_team__reference: "2000001" });
    expect(one.body).toMatchObject({ data: { provider__id: "bruno" } });
  });

  test("is offered with milestones, which only the offered person can accept", async () => {
    const made = await ada("POST /api/offers/v1/clients/offers", {
      title: "Mend it",
      job_type: "fixed-price",
      charge_rate: "650",
      message_to_contractor: "Please",
      contractor_username: "bruno",
      "context[job_posting_ref]": key,
      "milestones[0][milestone_description]": "Look at it",
      "milestones[0][deposit_amount]": "150",
      "milestones[1][milestone_description]": "Mend it",
      "milestones[1][deposit_amount]": "500",
      "milestones[1][due_date]": "12-31-2030",
    });
    expect(made).toMatchObject({ status: 200, body: { offer: { key: expect.stringMatching(/^~~[0-9a-f]{16}$/) } } });
    ({ reference: offer } = made.body.offer as { reference: string });
    expect((await bruno(`GET /api/offers/v1/contractors/offers/${offer}`)).body).toMatchObject({
      offer: { rid: offer, last_event_state: "new", job_posting_ref: key, fixed_charge_amount_agreed: "650.00" },
    });
    expect((await chidi(`POST /api/offers/v1/contractors/actions/${offer}`, { action_name: "accept" })).status).toBe(
      403,
    );
    expect((await bruno(`POST /api/offers/v1/contractors/actions/${offer}`, { action_name: "juggle" })).status).toBe(
      400,
    );
  });

  test("becomes a contract when it is accepted, and is closed by that", async () => {
    const accepted = await bruno(`POST /api/offers/v1/contractors/actions/${offer}`, { action_name: "accept" });
    expect(accepted.status).toBe(200);
    contract = String(accepted.body.engagement__reference);
    for (const someone of [ada, bruno]) {
      expect((await someone(`GET /api/hr/v2/engagements/${contract}`)).body.engagement).toMatchObject({
        reference: contract,
        status: "active",
        job__reference: job,
        provider__id: "bruno",
        buyer_team__id: "adastudio",
        fixed_charge_amount_agreed: "650.00",
        engagement_end_date: "",
        active_milestone: { milestone_description: "Look at it" },
      });
    }
    expect((await bruno(`GET /api/hr/v2/engagements/${contract}`)).body.engagement).toMatchObject({
      roles: { role: "provider" },
    });
    expect((await chidi(`GET /api/hr/v2/engagements/${contract}`)).status).toBe(403);
    expect(await search('"musical saw"')).toMatchObject({ jobs: [{ job_status: "Completed" }] });
    expect((await ada(`GET /api/offers/v1/clients/offers/${offer}`)).body).toMatchObject({
      offer: { status: "accepted" },
    });
    const again = await bruno(`POST /api/offers/v1/contractors/actions/${offer}`, { action_name: "decline" });
    expect(again).toMatchObject({ status: 400, body: { error: { message: "The offer is accepted already" } } });
  });

  test("is paid milestone by milestone: handed in, rejected, handed in again, approved", async () => {
    const active = async () =>
      (await ada(`GET /api/hr/v3/fp/milestones/statuses/active/contracts/${contract}`)).body.milestone as {
        reference: string;
        state: string;
      };
    const { reference: first } = await active();
    const handIn = { milestone_id: first, note2client: "Looked at", amount: "150" };
    expect((await ada("POST /api/hr/v3/fp/submissions", handIn)).status).toBe(403);
    const submitted = await bruno("POST /api/hr/v3/fp/submissions", handIn);
    const { reference: submission } = submitted.body.submission as { reference: string };
    expect((await active()).state).toBe("submitted");
    const rejected = await ada(`PUT /api/hr/v3/fp/submissions/${submission}/reject`, { note2contractor: "Look again" });
    expect(rejected.body).toMatchObject({ submission: { status: "rejected", note2contractor: "Look again" } });
    const again = await bruno("POST /api/hr/v3/fp/submissions", handIn);
    const { reference: second } = again.body.submission as { reference: string };
    const cheap = await ada(`PUT /api/hr/v3/fp/submissions/${second}/approve`, { amount: "100" });
    expect(cheap).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining("underpayment_reason") } },
    });
    const paid = await ada(`PUT /api/hr/v3/fp/submissions/${second}/approve`, { amount: "150", bonus: "20" });
    expect(paid.body).toMatchObject({ milestone: { state: "paid", paid_amount: "150.00" } });
    const submissions = await bruno(`GET /api/hr/v3/fp/milestones/${first}/submissions`);
    expect(submissions.body.submissions).toMatchObject([{ status: "rejected" }, { status: "approved" }]);
    const earned = await bruno("GET /gds/finreports/v2/providers/bruno/earnings", {
      tq: `SELECT subtype, amount WHERE assignment__reference = '${contract}' ORDER BY subtype, amount`,
    });
    expect(earned.body).toMatchObject({
      table: {
        rows: [
          { c: [{ v: "Bonus" }, { v: "20" }] },
          { c: [{ v: "Fixed Price" }, { v: "150" }] },
          { c: [{ v: "Service Fee" }, { v: "-15" }] },
          { c: [{ v: "Service Fee" }, { v: "-2" }] },
        ],
      },
    });
  });

  test("keeps one milestone under work at a time, and lets go of one that is not paid into escrow", async () => {
    const rows = sandbox.world.hiring.milestones.rows.filter(({ contractReference }) => contractReference === contract);
    const [, second] = rows;
    const create = { contract_reference: contract, milestone_description: "Polish it", deposit_amount: "50" };
    const made = (await ada("POST /api/hr/v3/fp/milestones", create)).body.milestone as {
      reference: string;
      state: string;
    };
    expect(made.state).toBe("not-funded");
    expect((await ada(`PUT /api/hr/v3/fp/milestones/${second?.reference}/activate`)).status).toBe(200);
    expect((await ada(`PUT /api/hr/v3/fp/milestones/${made.reference}/activate`)).status).toBe(400);
    expect((await bruno(`DELETE /api/hr/v3/fp/milestones/${made.reference}`)).status).toBe(403);
    expect((await ada(`DELETE /api/hr/v3/fp/milestones/${made.reference}`)).status).toBe(200);
    expect((await ada(`DELETE /api/hr/v3/fp/milestones/${made.reference}`)).status).toBe(404);
  });

  test("ends with a reason and complete scores, once", async () => {
    const end = { reason: "API_REAS_JOB_COMPLETED_SUCCESSFULLY", would_hire_again: "yes" };
    const path = `DELETE /api/hr/v2/contracts/${contract}`;
    expect((await ada(path, { ...end, reason: "BORED" })).status).toBe(400);
    expect((await ada(path, { ...end, fb_comment: "Fine" })).status).toBe(400);
    const scores = Object.fromEntries([3, 4, 5, 6, 7, 8].map((number) => [`fb_scores[${number}]`, "5"]));
    expect((await ada(path, { ...end, "fb_scores[3]": "5" })).status).toBe(400);
    expect((await ada(path, { ...end, ...scores, fb_comment: "Fine" })).status).toBe(200);
    expect((await ada(path, end)).status).toBe(400);
    const profile = await bruno(`GET /api/profiles/v1/jobs/${key}`);
    expect(profile.body.profile).toMatchObject({
      ui_opening_status: "Closed",
      assignments: { assignment: { as_status: "Closed", feedback: { score: "5.00", comment: "Fine" } } },
    });
  });
});

test("an hourly contract pauses and goes on, for its client only", async () => {
  const hourly = sandbox.world.hiring.contracts.rows.find(
    ({ jobType, companyReference, freelancerReference }) =>
      jobType === "hourly" && companyReference === "2000001" && freelancerReference === "1000002",
  );
  const path = `PUT /api/hr/v2/contracts/${hourly?.reference}`;
  expect((await bruno(`${path}/suspend`, { message: "No" })).status).toBe(403);
  expect((await ada(`${path}/suspend`)).status).toBe(400);
  expect((await ada(`${path}/suspend`, { message: "A pause" })).status).toBe(200);
  const listed = await ada("GET /api/hr/v2/engagements", { status: "suspended" });
  // One of several is itself, not a list of one.
  expect(listed.body.engagements).toMatchObject({
    lister: { total_items: "1", paging: { count: "20", offset: "0" } },
    engagement: { reference: hourly?.reference },
  });
  expect((await ada(`${path}/restart`, { message: "Go on" })).status).toBe(200);
  const none = await ada("GET /api/hr/v2/engagements", { status: "suspended" });
  expect(none.body.engagements).toMatchObject({ lister: { total_items: "0" }, engagement: "" });
});

test("a job is deleted with one of the known reasons, and edited only by who may recruit", async () => {
  const posted = await ada("POST /api/hr/v2/jobs", { ...post, title: "Carry a piano" });
  const { reference } = posted.body.job as { reference: string };
  expect((await bruno(`PUT /api/hr/v2/jobs/${reference}`, { title: "Mine" })).status).toBe(403);
  expect((await ada(`DELETE /api/hr/v2/jobs/${reference}`, { reason_code: "1" })).status).toBe(400);
  expect((await ada(`DELETE /api/hr/v2/jobs/${reference}`, { reason_code: "41" })).status).toBe(200);
  expect((await ada(`GET /api/hr/v2/jobs/${reference}`)).body.job).toMatchObject({
    status: "cancelled",
    cancelled_date: expect.stringMatching(/^\d+$/),
  });
});

test("a private job is in no search and no public profile", async () => {
  await ada("POST /api/hr/v2/jobs", { ...post, title: "Whisper a password", visibility: "private" });
  expect(await search("whisper")).toMatchObject({ paging: { total: 0 } });
  const job = sandbox.world.jobs.rows.at(-1);
  expect((await bruno(`GET /api/profiles/v1/jobs/${job?.key}`)).status).toBe(404);
});

test("the older way to offers makes an invitation without an amount, an offer with one", async () => {
  const posted = await ada("POST /api/hr/v2/jobs", { ...post, title: "Tune a lyre" });
  const { reference } = posted.body.job as { reference: string };
  const before = sandbox.world.hiring.offers.rows.length;
  const candidate = { job__reference: reference, provider__reference: "1000003" };
  expect((await ada("POST /api/hr/v2/offers", candidate)).status).toBe(200);
  expect(sandbox.world.hiring.offers.rows.length).toBe(before);
  const terms = { engagement_title: "Tune it", fixed_charge_amount_agreed: "80" };
  const made = await ada("POST /api/hr/v2/offers", { ...candidate, ...terms });
  const { reference: offer } = made.body.offer as { reference: string };
  expect((await chidi(`GET /api/hr/v2/offers/${offer}`)).body.offer).toMatchObject({ engagement_title: "Tune it" });
  const listed = await ada("GET /api/hr/v2/offers", { buyer_team__reference: "2000001", job__reference: reference });
  expect(listed.body.offers).toMatchObject({ lister: { total_items: "1" }, offer: { key: expect.any(String) } });
});
