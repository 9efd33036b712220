import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FunctionName, functionNames, routes, schedules } from "../../../functions/platform/names.ts";
import { answerOf, type Deployed, startDeployed } from "../../support/deployed.ts";
import { golden } from "../../support/golden.ts";

// Every bundle behind the Lambda Runtime API, with the events that AWS sends.
let deployed: Deployed;
beforeAll(async () => {
  deployed = await startDeployed();
}, 180_000);
afterAll(() => deployed.close());

const served = functionNames.filter((name) => routes.some(({ functionName }) => functionName === name));
const scheduled = functionNames.filter((name) => schedules.some(({ functionName }) => functionName === name));
const event = (name: string) => golden(name, { clientKey: deployed.clientKey });
const send = async (name: FunctionName, golden: string): Promise<APIGatewayProxyStructuredResultV2> =>
  answerOf(await deployed.lambdas[name].invoke(event(golden)));

test.each(functionNames)("%s starts cold once and then serves again, frozen in between", async (name) => {
  const any = scheduled.includes(name) ? "scheduled" : "http-api/cookies";
  const [first, second] = [
    await deployed.lambdas[name].invoke(event(any)),
    await deployed.lambdas[name].invoke(event(any)),
  ];
  expect([first.kind, first.isCold, second.kind, second.isCold], first.log).toEqual([
    "answered",
    true,
    "answered",
    false,
  ]);
});

test("every function is served by a route or a schedule", () => {
  expect(new Set([...served, ...scheduled])).toEqual(new Set(functionNames));
});

describe("golden events", () => {
  beforeAll(async () => {
    await deployed.connect();
  });

  test("keep repeated names and their order, whatever API Gateway joined by commas", async () => {
    const result = await send("proxy", "http-api/repeated-names");
    expect(result.statusCode).toBe(200);
    const { jobs } = JSON.parse(result.body ?? "") as { jobs: { skills: string[] }[] };
    expect(jobs.length).toBeGreaterThan(0);
    for (const { skills } of jobs) expect(skills).toEqual(expect.arrayContaining(["react", "typescript"]));
  });

  test("bring a form as base64, and JSON with any letters as text", async () => {
    expect(await send("proxy", "http-api/base64-form")).toMatchObject({ statusCode: 200 });
    expect(await send("proxy", "http-api/text-body")).toMatchObject({ statusCode: 200 });
  });

  test("may name a stage at the front of the path, which does not go upstream", async () => {
    const result = await send("proxy", "http-api/named-stage");
    expect(result.statusCode).toBe(200);
    expect(JSON.parse(result.body ?? "")).toMatchObject({ auth_user: { first_name: "Ada" } });
  });

  test("come under a domain name of one's own, and with fields nobody knows yet", async () => {
    for (const name of ["http-api/custom-domain", "http-api/unknown-fields"]) {
      const result = await send("budget", name);
      expect(JSON.parse(result.body ?? ""), name).toMatchObject({ client: "crm", gate: { state: "open" } });
    }
  });

  test("bring cookies in a list of their own; a forged session opens nothing", async () => {
    const result = await send("console", "http-api/cookies");
    expect(result.statusCode).toBe(200);
    expect(result.body).toContain("Admin key");
  });

  test("let an EventBridge rule, or whoever IAM lets, make a call without HTTP", async () => {
    const result = await send("proxy", "direct-call");
    expect(result.statusCode).toBe(200);
    expect(JSON.parse(result.body ?? "").jobs.length).toBeGreaterThan(0);
  });

  test.each(scheduled)("start %s on its schedule", async (name) => {
    expect(await deployed.lambdas[name].invoke(event("scheduled"))).toMatchObject({ kind: "answered" });
  });
});

const wrong = ["empty", "null", "list", "text", "rest-api-1.0", "sqs", "load-balancer", "other-bus-event"];

test.each(served)("%s refuses every other shape of event with a sentence", async (name) => {
  for (const shape of [...wrong.map((file) => `wrong/${file}`), "scheduled"]) {
    const result = await send(name, shape);
    expect(result, shape).toMatchObject({ statusCode: 404, headers: { "gateway-error": "not-found" } });
    expect(JSON.parse(result.body ?? "").detail, shape).toBe(
      "This function takes HTTP API events in payload format 2.0.",
    );
  }
});

test.each(scheduled)("%s refuses every other shape of event with a sentence, and does no work", async (name) => {
  for (const shape of [...wrong.map((file) => `wrong/${file}`), "http-api/custom-domain"]) {
    expect(await deployed.lambdas[name].invoke(event(shape)), shape).toMatchObject({
      kind: "failed",
      errorMessage: 'This function runs on a schedule and takes its "Scheduled Event" alone.',
    });
  }
});

describe("what one invocation leaves to the next", () => {
  test("is nothing of its request: no id, no query, no key, no cookie", async () => {
    const first = event("http-api/repeated-names") as { requestContext: { requestId: string } };
    first.requestContext.requestId = "first-request";
    await deployed.lambdas.proxy.invoke(first);
    const second = await deployed.lambdas.proxy.invoke(event("wrong/empty"));
    const third = await deployed.lambdas.proxy.invoke(event("direct-call"));
    for (const { log, ...answer } of [second, third]) {
      const all = log + JSON.stringify(answer);
      for (const trace of ["first-request", "theme=dark", deployed.clientKey]) expect(all).not.toContain(trace);
    }
    expect(second.log).not.toContain("/api/");
    expect(answerOf(third).headers?.["gateway-request-id"]).not.toBe(answerOf(second).headers?.["gateway-request-id"]);
  });

  test("is nothing at all after the time limit: the next one starts cold, and the unit of the first stays spent", async () => {
    const asked = Promise.withResolvers<void>();
    const silent = createServer(() => asked.resolve()); // Takes the call and never answers it.
    await once(silent.listen(0, "127.0.0.1"), "listening");
    const { port } = silent.address() as AddressInfo;
    const lambda = await deployed.start("proxy", { GATEWAY_UPSTREAM: `http://127.0.0.1:${port}` });
    const usedToday = async () => {
      const { limits } = JSON.parse((await send("budget", "http-api/custom-domain")).body ?? "");
      return limits.find(({ name }: { name: string }) => name === "day").used as number;
    };
    const before = await usedToday();
    expect(await lambda.invoke(event("http-api/named-stage"), { until: asked.promise })).toMatchObject({
      kind: "timed-out",
    });
    expect(await usedToday()).toBe(before + 1);
    expect(await lambda.invoke(event("wrong/empty"))).toMatchObject({ kind: "answered", isCold: true });
    await lambda.close();
    silent.closeAllConnections();
    silent.close();
  });
});

test("a function in an environment it cannot work in says so when it starts, with its own lines in the stack", async () => {
  const lambda = await deployed.start("budget", { GATEWAY_UPSTREAM: "not a url" });
  const invocation = await lambda.invoke(event("http-api/custom-domain"));
  expect(invocation).toMatchObject({
    kind: "failed",
    errorType: "ConfigError",
    errorMessage: expect.stringContaining("GATEWAY_UPSTREAM"),
    trace: expect.arrayContaining([expect.stringContaining("functions/platform/config.ts")]),
  });
  await lambda.close();
});

test("no function called AWS for more than its role allows", () => {
  expect(deployed.refused()).toEqual([]);
});
