import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Receiver, startReceiver } from "../../../local/receiver.ts";
import { type Stack, startStack } from "../../support/stack.ts";

// The whole story over the admin API, on the local stack: the sandbox gets a job, a watch finds it, a receiver is told.
type Body = {
  secret: string;
  detail: string;
  webhook: { id: string };
  watch: { id: string; name: string };
  perSecond: number;
  items: { id: string }[];
  preview: { items: { sent: { title: string } }[] };
  cost: unknown;
  webhooks: Record<string, unknown>;
};
type Answer = { status: number; etag: string | null; body: Body };

let stack: Stack;
let receiver: Receiver;
let secret = "";
let webhookId = "";
let watchId = "";

beforeAll(async () => {
  stack = await startStack();
  await stack.connect("demo");
  receiver = await startReceiver({ secret: () => secret });
});
afterAll(async () => {
  await receiver.close();
  await stack.close();
});

async function admin(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(`${stack.url}/admin${path}`, {
    method,
    headers: {
      authorization: `Bearer ${stack.adminKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, etag: answer.headers.get("etag"), body: text === "" ? undefined : JSON.parse(text) };
}

const postJob = async (title: string) => {
  const posted = await stack.call("/api/hr/v2/jobs", {
    method: "POST",
    body: new URLSearchParams({
      buyer_team__reference: "2000001",
      title,
      job_type: "fixed-price",
      description: "For a watch to find.",
      visibility: "public",
      category2: "Web, Mobile & Software Dev",
      subcategory2: "Web Development",
      budget: "500",
    }),
  });
  expect(posted.status).toBe(200);
};

const jobs = {
  name: "Gateway jobs",
  client: "demo",
  preset: "jobs",
  query: { q: "watchtower" },
  schedule: { everyMinutes: 15 },
};

describe("webhooks", () => {
  test("are created with a secret that is shown once", async () => {
    const created = await admin("POST", "/webhooks", {
      name: "Receiver",
      url: receiver.url,
      events: ["watch.item.new"],
      headers: { "x-team": "hiring" },
    });
    expect(created.status).toBe(201);
    secret = created.body.secret;
    webhookId = created.body.webhook.id;
    expect(secret).toMatch(/^whsec_/);
    const shown = await admin("GET", `/webhooks/${webhookId}`);
    expect(shown.body).toMatchObject({ name: "Receiver", state: "enabled", headerNames: ["x-team"], perSecond: 20 });
    expect(JSON.stringify(shown.body) + JSON.stringify((await admin("GET", "/webhooks")).body)).not.toContain("whsec_");
  });

  test.each([
    ["https://169.254.169.254/latest", /not a public one/],
    ["http://example.com/", /not https/],
    ["https://user:pass@example.com/", /credentials/],
    ["https://example.com:6379/", /port 6379/],
  ])("to %s are refused", async (url, why) => {
    const { status, body } = await admin("POST", "/webhooks", { name: "Bad", url });
    expect(status).toBe(422);
    expect(body.detail).toMatch(why);
  });

  test.each([{ host: "evil" }, { "webhook-id": "x" }, { "x-ok": "a\r\nb: c" }])(
    "with a header %j are refused",
    async (headers) => {
      expect((await admin("POST", "/webhooks", { name: "Bad", url: receiver.url, headers })).status).toBe(422);
    },
  );

  test("can be tried out", async () => {
    const before = receiver.received.length;
    const tried = await admin("POST", `/webhooks/${webhookId}/test`);
    expect(tried.body).toMatchObject({ delivered: true, status: 204 });
    expect(receiver.received[before]).toMatchObject({
      verified: { type: "watch.item.new" },
      headers: { "x-team": "hiring", "webhook-id": expect.stringMatching(/^test_/) },
    });
    expect((await admin("GET", `/webhooks/${webhookId}/deliveries`)).body.items).toEqual([]);
  });

  test("change only for whoever knows their version", async () => {
    const { etag } = await admin("GET", `/webhooks/${webhookId}`);
    expect((await admin("PATCH", `/webhooks/${webhookId}`, { perSecond: 50 })).status).toBe(428);
    const match = { "if-match": String(etag) };
    expect((await admin("PATCH", `/webhooks/${webhookId}`, { perSecond: 50 }, match)).body.perSecond).toBe(50);
    expect((await admin("PATCH", `/webhooks/${webhookId}`, { perSecond: 60 }, match)).status).toBe(412);
  });
});

describe("a watch", () => {
  test("shows what it would send and what it costs before it is created", async () => {
    await postJob("Watchtower before");
    const tried = await admin("POST", "/watches/test", jobs);
    expect(tried.status).toBe(200);
    expect(tried.body.cost).toEqual({ callsPerDay: 96, callsPerDayAtMost: 288, percentOfDay: 0.24 });
    expect(tried.body.preview.items.map(({ sent }) => sent.title)).toEqual(["Watchtower before"]);
    expect((await admin("GET", "/watches")).body.items).toEqual([]);
  });

  test.each([
    [{ ...jobs, client: "nobody" }, 422, "no client"],
    [{ ...jobs, filter: "a[" }, 422, "JMESPath"],
    [{ ...jobs, schedule: { everyMinutes: 1 } }, 422, "5"],
    [{ ...jobs, items: "nothing.here" }, 422, "finds no list"],
    [{ ...jobs, connection: "nowhere" }, 404, "no connection"],
    [{ ...jobs, targets: ["wh_none"] }, 422, "no webhook"],
    [{ name: "x", client: "demo", schedule: { everyMinutes: 5 } }, 422, "preset"],
    [{ ...jobs, preset: "messages" }, 422, "fill.company"],
    [{ ...jobs, call: { path: "/admin/clients" } }, 422, "/api/"],
    [{ ...jobs, call: { path: "/api/hr/v2/100%" } }, 422, "percent"],
    [{ ...jobs, call: { path: "/api/hr/v2/%ff" } }, 422, "percent"],
  ])("that cannot work is not created: %j", async (asked, status, text) => {
    const refused = await admin("POST", "/watches", asked);
    expect(refused.body).toMatchObject({ status, detail: expect.stringContaining(text) });
  });

  test("finds a job that came after its first run, and the receiver is told, signed", async () => {
    const created = await admin("POST", "/watches", jobs);
    expect(created.status).toBe(201);
    watchId = created.body.watch.id;
    expect(created.body.watch).toMatchObject({ status: "active", nextRunAt: expect.any(String), on: "new" });
    expect((await admin("POST", `/watches/${watchId}/run`)).body).toMatchObject({
      outcome: "primed",
      items: 1,
      sent: 0,
    });
    const before = receiver.received.length;
    await postJob("Watchtower after");
    expect((await admin("POST", `/watches/${watchId}/run`)).body).toMatchObject({ outcome: "ran", sent: 1 });
    expect(receiver.received.slice(before).map(({ verified }) => verified)).toMatchObject([
      { data: { item: { title: "Watchtower after" } } },
    ]);
    expect((await admin("POST", `/watches/${watchId}/run`)).body).toMatchObject({ sent: 0 });
  });

  test("has its deliveries listed by filter, and replays them one by one or together", async () => {
    const list = (query = "") => admin("GET", `/webhooks/${webhookId}/deliveries${query}`);
    const [delivery] = (await list(`?watch=${watchId}&status=delivered`)).body.items;
    if (delivery === undefined) throw new Error("no delivery");
    expect(delivery).toMatchObject({ eventType: "watch.item.new", watch: watchId, attempts: [{ status: 204 }] });
    expect((await list("?status=dead")).body.items).toEqual([]);
    expect((await list("?from=2100-01-01T00:00:00Z")).body.items).toEqual([]);
    const replayed = await admin("POST", `/webhooks/${webhookId}/deliveries/${delivery.id}/replay`);
    expect(replayed).toMatchObject({ status: 202, body: { status: "pending", tries: 0 } });
    const all = await admin("POST", `/webhooks/${webhookId}/replay`, { status: "delivered" });
    expect(all.body).toEqual({ replayed: 0, more: false });
  });

  test("pauses, resumes, is replaced and removed", async () => {
    expect((await admin("POST", `/watches/${watchId}/pause`)).body).toMatchObject({ status: "paused" });
    expect((await admin("POST", `/watches/${watchId}/resume`)).body).toMatchObject({ status: "active" });
    const { etag } = await admin("GET", `/watches/${watchId}`);
    const match = { "if-match": String(etag) };
    const filtered = { ...jobs, name: "Renamed", filter: "budget > `100`" };
    expect((await admin("PUT", `/watches/${watchId}`, filtered, match)).body.watch.name).toBe("Renamed");
    expect((await admin("PUT", `/watches/${watchId}`, filtered, match)).status).toBe(412);
    expect((await admin("POST", `/watches/${watchId}/run`)).body).toMatchObject({ outcome: "ran", sent: 0 });
    expect((await admin("DELETE", `/watches/${watchId}`)).status).toBe(204);
    expect((await admin("GET", `/watches/${watchId}`)).status).toBe(404);
  });
});

test("a rotated secret signs at once, and the old one still does", async () => {
  const rotated = await admin("POST", `/webhooks/${webhookId}/rotate`);
  const old = secret;
  secret = rotated.body.secret;
  expect(secret).not.toBe(old);
  await admin("POST", `/webhooks/${webhookId}/test`);
  expect(receiver.received.at(-1)?.verified).toBeDefined();
  secret = old;
  await admin("POST", `/webhooks/${webhookId}/test`);
  expect(receiver.received.at(-1)?.verified).toBeDefined();
  expect((await admin("DELETE", `/webhooks/${webhookId}`)).status).toBe(204);
  expect((await admin("POST", `/webhooks/${webhookId}/test`)).status).toBe(404);
});

test("every event type stands in the OpenAPI document's webhooks", async () => {
  const document = (await (await fetch(`${stack.url}/openapi.json`)).json()) as Body;
  expect(Object.keys(document.webhooks)).toContain("watch.item.new");
  expect(Object.keys(document.webhooks)).toContain("webhook.disabled");
});
