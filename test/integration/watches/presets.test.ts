import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectThroughConsent } from "../../../local/connect-through-consent.ts";
import { type Receiver, startReceiver } from "../../../local/receiver.ts";
import { type Stack, startStack } from "../../support/stack.ts";

// Presets against the sandbox: what their expressions do not find, nobody would ever be told of.
type Item = { id: string; sent: Record<string, unknown> };
type Body = {
  detail?: string;
  secret: string;
  watch: { id: string };
  preview: { items: Item[]; withoutId: number };
};

let stack: Stack;
let receiver: Receiver;
let secret = "";

beforeAll(async () => {
  stack = await startStack();
  await stack.connect("demo");
  const { status, page } = await connectThroughConsent(stack.url, "today", "allow", { user: "ada", auth: "oauth2" });
  if (status !== 200) throw new Error(page);
  receiver = await startReceiver({ secret: () => secret });
});
afterAll(async () => {
  await receiver.close();
  await stack.close();
});

async function post(path: string, body?: unknown): Promise<{ status: number; body: Body }> {
  const answer = await fetch(`${stack.url}/admin${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${stack.adminKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Body };
}

/** A call that waits its turn: a fast machine makes more than ten in a second. */
const call = (
  path: string,
  { headers = {}, ...init }: Omit<RequestInit, "headers"> & { headers?: Record<string, string> } = {},
) => stack.call(path, { ...init, headers: { prefer: "wait=20", ...headers } });

const watch = (preset: string, own: Record<string, unknown> = {}) => ({
  name: preset,
  client: "demo",
  preset,
  schedule: { everyMinutes: 15 },
  ...own,
});

/** What the preset's call finds when it is made once. */
async function preview(preset: string, own: Record<string, unknown> = {}): Promise<Item[]> {
  const { status, body } = await post("/watches/test", watch(preset, own));
  expect(status, body.detail).toBe(200);
  expect(body.preview.withoutId).toBe(0);
  return body.preview.items;
}

/** Reference of a job of the account's own company that has applications. */
async function openJob(): Promise<string> {
  const answer = await call("/api/hr/v2/jobs?buyer_team__reference=2000001&status=open");
  const { jobs } = (await answer.json()) as { jobs: { job: { reference: string }[] } };
  return jobs.job[0]?.reference ?? "";
}

describe("over REST, the preset", () => {
  test("applications finds those to a job of one's own", async () => {
    const job = await openJob();
    const items = await preview("applications", { query: { buyer_team__reference: "2000001", job_key: job } });
    expect(items.length).toBeGreaterThan(1);
    expect(items.map(({ sent }) => sent.job__reference)).toEqual(items.map(() => job));
  });

  test("invitations finds those that a freelancer got", async () => {
    const items = await preview("invitations");
    expect(items.length).toBeGreaterThan(0);
    expect(items.map(({ sent }) => sent.created_type)).toEqual(items.map(() => "buyer"));
  });

  test.each([
    ["offers", {}, "rid"],
    ["contracts", {}, "engagement_title"],
    ["messages", { fill: { company: "ada" } }, "roomName"],
  ])("%s finds some, each with what identifies it", async (preset, own, field) => {
    const items = await preview(preset, own);
    expect(items.length).toBeGreaterThan(1);
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    expect(items.filter(({ sent }) => !sent[field])).toEqual([]);
  });

  test.each([
    ["applications", { buyer_team__reference: "2000001", job_key: "", profile_key: "~01nobody" }],
    ["offers", { status: "expired" }],
    ["contracts", { job__reference: "999999999" }],
  ])("%s finds nothing in an empty list, and that is no failure", async (preset, query) => {
    const job = "job_key" in query ? { job_key: await openJob() } : {};
    expect(await preview(preset, { query: { ...query, ...job } })).toEqual([]);
  });

  test("contracts finds one that is alone", async () => {
    const [one] = await preview("contracts");
    const page = await preview("contracts", {
      query: {
        job__reference: String(one?.sent.job__reference),
        provider__reference: String(one?.sent.provider__reference),
      },
    });
    expect(page).toMatchObject([{ id: one?.id }]);
  });

  test("messages tells of a room again once somebody writes in it", async () => {
    const created = await post("/watches", watch("messages", { fill: { company: "ada" } }));
    const { watch: made, preview: seen } = created.body;
    expect((await post(`/watches/${made.id}/run`)).body).toMatchObject({ outcome: "primed", sent: 0 });
    const room = seen.items.at(-1)?.id ?? "";
    const said = await call(`/api/messages/v3/ada/rooms/${room}/stories`, {
      method: "POST",
      body: new URLSearchParams({ message: "Are you there?" }),
    });
    expect(said.status).toBe(200);
    expect((await post(`/watches/${made.id}/run`)).body).toMatchObject({ outcome: "ran", sent: 1 });
    expect((await post(`/watches/${made.id}/run`)).body).toMatchObject({ outcome: "ran", sent: 0 });
  });
});

describe("over GraphQL, the preset", () => {
  const today = { connection: "today" };

  /** The ids of Ada's organisations: her own as a freelancer, and her company. */
  async function organisations(): Promise<string[]> {
    const query = "{ companySelector { items { organizationId } } }";
    const answer = await call("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", "connection-id": "today" },
      body: JSON.stringify({ query }),
    });
    const { data } = (await answer.json()) as {
      data: { companySelector: { items: { organizationId: string }[] } };
    };
    return data.companySelector.items.map(({ organizationId }) => organizationId);
  }

  test("graphql-applications finds a freelancer's proposals", async () => {
    const items = await preview("graphql-applications", today);
    expect(items.length).toBeGreaterThan(0);
    expect(items.filter(({ sent }) => typeof sent.auditDetails !== "object")).toEqual([]);
  });

  test("graphql-offers finds those to a freelancer, and of a company those it made", async () => {
    const [own = "", company = ""] = await organisations();
    const got = await preview("graphql-offers", { ...today, variables: { filter: { id: own } } });
    expect(got.length).toBeGreaterThan(1);
    expect(got.map(({ sent }) => sent.freelancer)).toEqual(got.map(() => ({ fullName: "Ada Larsen" })));
    const filter = { id: company, searchAttribute: "ClientOrg", states: ["Accepted"] };
    const made = await preview("graphql-offers", { ...today, tenant: company, variables: { filter } });
    expect(made.length).toBeGreaterThan(1);
    expect(made.map(({ sent }) => sent.state)).toEqual(made.map(() => "ACCEPTED"));
  });

  test("graphql-offers tells of exactly the new offer, and again when its state changes", async () => {
    const [, company = ""] = await organisations();
    const created = await post(
      "/watches",
      watch("graphql-offers", {
        ...today,
        tenant: company,
        variables: { filter: { id: company, searchAttribute: "ClientOrg" } },
      }),
    );
    expect(created.status, created.body.detail).toBe(201);
    const run = async () => (await post(`/watches/${created.body.watch.id}/run`)).body;
    expect(await run()).toMatchObject({ outcome: "primed", sent: 0 });
    const answer = await call("/api/offers/v1/clients/offers", {
      method: "POST",
      body: new URLSearchParams({
        title: "Keep the lighthouse",
        job_type: "hourly",
        charge_rate: "35",
        weekly_limit: "20",
        message_to_contractor: "Nights only",
        contractor_username: "bruno",
        team__reference: "2000001",
      }),
    });
    expect(answer.status).toBe(200);
    expect(await run()).toMatchObject({ outcome: "ran", sent: 1 });
    expect(await run()).toMatchObject({ outcome: "ran", sent: 0 });
    const offer = stack.sandbox?.world.hiring.offers.rows.at(-1);
    if (offer?.title !== "Keep the lighthouse") throw new Error("no such offer");
    offer.status = "withdrawn";
    expect(await run()).toMatchObject({ outcome: "ran", sent: 1 });
  });

  test.each([
    ["graphql-offers", {}, "this preset needs variables.filter.id: the organisation's id"],
    ["graphql-offers", { variables: { filter: { id: "" } } }, "this preset needs variables.filter.id"],
    ["graphql-contracts", {}, "this preset needs variables.ids: a list of at most ten"],
    ["offers", { tenant: "1" }, "tenant is for GraphQL presets"],
  ])("%s says what only the asker knows (%#)", async (preset, own, says) => {
    const { status, body } = await post("/watches/test", watch(preset, { ...today, ...own }));
    expect(status).toBe(422);
    expect(body.detail).toContain(says);
  });
});

test("over GraphQL, a watch finds a job that came after its first run, and the receiver is told, signed", async () => {
  const webhook = await post("/webhooks", { name: "Receiver", url: receiver.url, events: ["watch.item.new"] });
  secret = webhook.body.secret;
  const word = `lighthouse${randomUUID().slice(0, 8)}`;
  const asked = watch("graphql-jobs", {
    connection: "today",
    variables: { filter: { searchExpression_eq: word } },
  });
  expect((await post("/watches/test", asked)).body).toMatchObject({ preview: { items: [] } });
  const created = await post("/watches", asked);
  expect(created.status, created.body.detail).toBe(201);
  const run = () => post(`/watches/${created.body.watch.id}/run`);
  expect((await run()).body).toMatchObject({ outcome: "primed", sent: 0 });
  const posted = await call("/api/hr/v2/jobs", {
    method: "POST",
    body: new URLSearchParams({
      buyer_team__reference: "2000001",
      title: `A ${word} keeper`,
      job_type: "hourly",
      description: "For a watch to find.",
      visibility: "public",
      category2: "Web, Mobile & Software Dev",
      subcategory2: "Web Development",
    }),
  });
  expect(posted.status).toBe(200);
  expect((await run()).body).toMatchObject({ outcome: "ran", sent: 1 });
  expect(receiver.received.map(({ verified }) => verified)).toMatchObject([
    { type: "watch.item.new", data: { watch: { name: "graphql-jobs" }, item: { title: `A ${word} keeper` } } },
  ]);
  expect((await run()).body).toMatchObject({ outcome: "ran", sent: 0 });
});
