import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSigningSecret } from "../../../functions/webhooks/standard-webhooks.ts";
import { type Stack, startStack } from "../../support/stack.ts";

// Somebody else's webhook sets off a call: on the local stack, signed by the standardwebhooks package.
type Created = { hook: { id: string; auth: string }; url: string; secret?: string };
type Result = { result: string; state: string; outcome?: { status: number; body: { jobs: unknown[] } } };

let stack: Stack;
let signed: Created;
let open: Created;

beforeAll(async () => {
  stack = await startStack();
  await stack.connect("demo");
  signed = (await create({ auth: "signature" })).body;
  open = (await create({ auth: "path" })).body;
});
afterAll(() => stack.close());

const postJob = {
  method: "POST",
  path: "/api/hr/v2/jobs",
  form: {
    buyer_team__reference: "2000001",
    title: "Set off by a hook",
    job_type: "fixed-price",
    description: "Once.",
    visibility: "public",
    category2: "Web, Mobile & Software Dev",
    subcategory2: "Web Development",
    budget: "500",
  },
};
const action = { path: "/api/profiles/v2/search/jobs", query: { paging: "0;2" } };

async function create(own: object) {
  const answer = await fetch(`${stack.url}/admin/hooks`, {
    method: "POST",
    headers: { authorization: `Bearer ${stack.adminKey}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "Zapier", client: "demo", action, ...own }),
  });
  return { status: answer.status, body: (await answer.json()) as Created };
}

let messages = 0;
function send(
  url: string,
  options: {
    secret?: string | undefined;
    id?: string;
    at?: number;
    body?: string;
    headers?: Record<string, string>;
  } = {},
): Promise<Response> {
  messages += 1;
  const { secret, id = `msg_${messages}`, at = Date.now(), body = '{"hello":"gateway"}', headers = {} } = options;
  const own: Record<string, string> =
    secret === undefined
      ? {}
      : {
          "webhook-id": id,
          "webhook-timestamp": String(Math.floor(at / 1000)),
          "webhook-signature": new Webhook(secret).sign(id, new Date(at), body),
        };
  return fetch(url, { method: "POST", headers: { "content-type": "application/json", ...own, ...headers }, body });
}
const read = async (answer: Response) => (await answer.json()) as Result;
const searches = () => stack.sandbox?.received.get("GET /api/profiles/v2/search/jobs") ?? 0;

describe("a signed message", () => {
  test("makes the stored call and answers 202 with where the result is", async () => {
    const answer = await send(signed.url, { secret: signed.secret });
    expect(answer.status).toBe(202);
    const { result } = await read(answer);
    expect(answer.headers.get("location")).toBe(`/hooks/results/${result}`);
    const shown = await read(await fetch(`${stack.url}/hooks/results/${result}`));
    expect(shown).toMatchObject({ result, state: "done", outcome: { status: 200 } });
    expect(shown.outcome?.body.jobs).toHaveLength(2);
  });

  test("answers 200 with the result where its sender waits", async () => {
    const answer = await send(signed.url, { secret: signed.secret, headers: { prefer: "wait=10" } });
    expect(answer.status).toBe(200);
    expect((await read(answer)).outcome?.body.jobs).toHaveLength(2);
  });

  test("that comes again, and again at once, is acted on once", async () => {
    const { url, secret } = (await create({ action: postJob })).body;
    const first = await read(await send(url, { secret, id: "msg_again" }));
    expect(first.state).toBe("done");
    const repeats = await Promise.all(Array.from({ length: 5 }, () => send(url, { secret, id: "msg_again" })));
    for (const repeat of repeats) {
      expect(repeat.status).toBe(200);
      expect((await read(repeat)).result).toBe(first.result);
    }
    expect(stack.sandbox?.received.get("POST /api/hr/v2/jobs")).toBe(1);
  });

  test.each([
    ["with another secret", () => send(signed.url, { secret: createSigningSecret() })],
    ["with no signature at all", () => send(signed.url)],
    ["of six minutes ago", () => send(signed.url, { secret: signed.secret, at: Date.now() - 360_000 })],
    ["of six minutes ahead", () => send(signed.url, { secret: signed.secret, at: Date.now() + 360_000 })],
  ])("%s is refused, and nothing is called", async (_name, attempt) => {
    const before = searches();
    const answer = await attempt();
    expect(answer.status).toBe(401);
    expect(answer.headers.get("gateway-error")).toBe("hook-refused");
    expect(searches()).toBe(before);
  });

  test("that is huge is refused before its signature is looked at", async () => {
    expect((await send(signed.url, { secret: signed.secret, body: "x".repeat(300_000) })).status).toBe(413);
  });
});

describe("a secret address", () => {
  test("is enough, and only the whole of it", async () => {
    expect((await send(open.url)).status).toBe(202);
    const wrong = open.url.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    for (const url of [wrong, open.url.replace(/\..*$/, ""), `${stack.url}/hooks/hook_${"0".repeat(20)}`]) {
      expect((await send(url)).status, url).toBe(404);
    }
    expect(open.secret).toBeUndefined();
  });

  test("of a signed hook with a secret part added is no hook", async () => {
    expect((await send(`${signed.url}.${"A".repeat(43)}`, { secret: signed.secret })).status).toBe(404);
  });

  test("takes a message with an idempotency key once", async () => {
    const headers = { "idempotency-key": "order-7" };
    const first = await read(await send(open.url, { headers }));
    expect((await read(await send(open.url, { headers }))).result).toBe(first.result);
    const long = { "idempotency-key": "x".repeat(5_000) };
    const second = await read(await send(open.url, { headers: long }));
    expect((await read(await send(open.url, { headers: long }))).result).toBe(second.result);
  });

  test("takes every message whose id is empty", async () => {
    const headers = { "webhook-id": "" };
    const first = await read(await send(open.url, { headers }));
    expect(first.result).toMatch(/^res_/);
    expect((await read(await send(open.url, { headers }))).result).not.toBe(first.result);
  });
});

test("a result is shown to nobody who does not know its id", async () => {
  for (const id of ["res_", `res_${"0".repeat(32)}`, "x"]) {
    expect((await fetch(`${stack.url}/hooks/results/${id}`)).status).toBe(404);
  }
});

test("what cannot be done fails in the result", async () => {
  const { body: unknown } = await create({ auth: "path", action: { watch: `wat_${"0".repeat(20)}` } });
  const failed = await read(await send(unknown.url, { headers: { prefer: "wait" } }));
  expect(failed).toMatchObject({ state: "failed", outcome: { status: 404 } });
});

test("keeps a call's variables as they came, with numbers and names that DynamoDB does not take", async () => {
  const variables = JSON.parse('{"big":12345678901234567890,"huge":1e300,"":{"a":[5e-324,null]},"half":"\\ud800"}');
  const { status, body } = await create({ action: { graphql: "{ user { id } }", variables } });
  expect(status).toBe(201);
  const answer = await fetch(`${stack.url}/admin/hooks`, { headers: { authorization: `Bearer ${stack.adminKey}` } });
  const { items } = (await answer.json()) as { items: { id: string; action: { variables: unknown } }[] };
  expect(items.find(({ id }) => id === body.hook.id)?.action.variables).toEqual(variables);
});

test("hooks are listed without their secrets, and removed", async () => {
  const headers = { authorization: `Bearer ${stack.adminKey}` };
  const list = await (await fetch(`${stack.url}/admin/hooks`, { headers })).text();
  expect(list).toContain(signed.hook.id);
  expect(list).not.toContain("whsec_");
  expect(list).not.toContain("tokenHash");
  expect((await fetch(`${stack.url}/admin/hooks/${open.hook.id}`, { method: "DELETE", headers })).status).toBe(204);
  expect((await send(open.url)).status).toBe(404);
  expect((await create({ client: "nobody" })).status).toBe(422);
  expect((await create({ action: { path: "/api/hr/v2/100%" } })).status).toBe(422);
});
