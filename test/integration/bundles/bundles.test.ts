import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fullAccess } from "../../../functions/clients/access.ts";
import { createAdminKey } from "../../../functions/clients/admin-door.ts";
import { createClient } from "../../../functions/clients/client-keys.ts";
import { type FunctionName, functionNames, secretNames } from "../../../functions/platform/names.ts";
import { createSecretStore } from "../../../functions/platform/secrets.ts";
import { createTables, startDynamo } from "../../../local/dynamodb.ts";
import { lambdaContext } from "../../../local/http-api.ts";
import { scheduledEvent } from "../../../local/schedules.ts";
import { startSecretsManager } from "../../../local/secrets-manager.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { synthesise } from "../../support/synth.ts";

// The bundles that would be deployed, loaded as Lambda would, with API Gateway's events and embedded stores.
type Handler = (event: unknown, context: unknown) => Promise<APIGatewayProxyStructuredResultV2>;

const handlers = {} as Record<FunctionName, Handler>;
const closers: (() => unknown)[] = [];
const adminKey = createAdminKey();
let sandbox: Sandbox;
let clientKey: string;

beforeAll(async () => {
  const [dynamoServer, secretsServer] = [await startDynamo(), await startSecretsManager()];
  sandbox = await startSandbox();
  const synthesised = synthesise();
  closers.push(dynamoServer.close, secretsServer.close, sandbox.close, synthesised.remove);
  const names = { budget: "bundle-budget", state: "bundle-state" };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: dynamoServer.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsServer.url,
    GATEWAY_STAGE: "dev",
    GATEWAY_KEY_KIND: "live",
    GATEWAY_PUBLIC_URL: "https://gateway.example",
    GATEWAY_BUDGET_TABLE: names.budget,
    GATEWAY_STATE_TABLE: names.state,
    GATEWAY_SECRET_PREFIX: "upwork-gateway/dev",
    GATEWAY_UPSTREAM: sandbox.url,
  });
  const { createDynamo, createSecretsManager } = await import("../../../functions/platform/aws.ts");
  const dynamo = createDynamo();
  await createTables(dynamo, names);
  const secrets = createSecretStore(createSecretsManager());
  await secrets.write(
    secretNames.oauth1Application("upwork-gateway/dev"),
    JSON.stringify({
      consumerKey: sandbox.application.consumerKey,
      consumerSecret: sandbox.application.consumerSecret,
    }),
  );
  await secrets.write(secretNames.adminKey("upwork-gateway/dev"), JSON.stringify({ current: adminKey }));
  const client = { id: "crm", name: "CRM", connection: "acme", access: fullAccess } as const;
  clientKey = (await createClient({ dynamo, name: names.state }, client, "live")).key;

  const manifest = JSON.parse(readFileSync(join(synthesised.outdir, "gateway.assets.json"), "utf8"));
  const hashes = Object.keys(manifest.files);
  for (const name of functionNames) {
    const [, resource] =
      Object.entries(synthesised.resources).find(
        ([id, { Type }]) => Type === "AWS::Lambda::Function" && id.startsWith(`Functions${name}`),
      ) ?? [];
    const code = resource?.Properties.Code as { S3Key: string } | undefined;
    const hash = hashes.find((candidate) => code?.S3Key.startsWith(candidate));
    const module = await import(pathToFileURL(join(synthesised.outdir, `asset.${hash}`, "index.mjs")).href);
    handlers[name] = module.handler;
  }
});
afterAll(async () => {
  for (const close of closers) await close();
});

function invoke(name: FunctionName, method: string, path: string, overrides: Partial<APIGatewayProxyEventV2> = {}) {
  const event: APIGatewayProxyEventV2 = {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "",
    headers: {},
    isBase64Encoded: false,
    requestContext: {
      accountId: "123456789012",
      apiId: "api-id",
      domainName: "gateway.example",
      domainPrefix: "gateway",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
      requestId: "request-1",
      routeKey: "$default",
      stage: "$default",
      time: "12/Mar/2026:19:03:58 +0000",
      timeEpoch: 1_773_342_238_000,
    },
    ...overrides,
  };
  return handlers[name](event, lambdaContext(name, "lambda-1"));
}

describe("the deployed bundles", () => {
  test("answer health without a key", async () => {
    const result = await invoke("console", "GET", "/health");
    expect(result).toMatchObject({ statusCode: 200, headers: { "gateway-request-id": "request-1" } });
  });

  test("ask for the admin key before they show the console, and take it once it is given", async () => {
    expect((await invoke("console", "GET", "/")).body).toContain("Admin key");
    const form = { body: `key=${"x".repeat(40)}`, headers: { "content-type": "application/x-www-form-urlencoded" } };
    expect(await invoke("console", "POST", "/login", form)).toMatchObject({ statusCode: 401 });
    const login = await invoke("console", "POST", "/login", { ...form, body: `key=${adminKey}` });
    expect(login.statusCode).toBe(303);
    const cookie = login.cookies?.[0] ?? "";
    expect(cookie).toMatch(/^__Host-gateway-admin=.*; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure$/);
    const page = await invoke("console", "GET", "/", { cookies: [cookie.split(";")[0] ?? ""] });
    expect(page.body).toContain("Connections");
    const forged = cookie.split(";")[0]?.replace(/.$/, (last) => (last === "A" ? "B" : "A")) ?? "";
    expect((await invoke("console", "GET", "/", { cookies: [forged] })).body).toContain("Admin key");
  });

  test("let nobody but the admin begin to connect", async () => {
    const result = await invoke("oauth", "GET", "/oauth/start", { rawQueryString: "connection=acme" });
    expect(result).toMatchObject({ statusCode: 303, headers: { location: "/" } });
  });

  test("answer a call without a key with a problem document", async () => {
    const result = await invoke("proxy", "GET", "/api/auth/v1/info");
    expect(result).toMatchObject({
      statusCode: 401,
      headers: {
        "content-type": "application/problem+json",
        "gateway-error": "key-missing",
        "www-authenticate": expect.any(String),
      },
    });
    expect(JSON.parse(result.body ?? "")).toMatchObject({ status: 401, instance: "urn:request:request-1" });
  });

  test("connect an account, make calls with it, and show the budget", async () => {
    const headers = { authorization: `Bearer ${adminKey}` };
    const started = await invoke("oauth", "GET", "/oauth/start", { rawQueryString: "connection=acme", headers });
    const cookie = started.cookies?.[0] ?? "";
    expect(cookie).toMatch(
      /^__Host-gateway-connect=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure$/,
    );
    const consent = await fetch(String(started.headers?.location), {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({ decision: "allow", user: "chidi" }),
    });
    const callback = new URL(consent.headers.get("location") ?? "");
    expect(callback.origin).toBe("https://gateway.example");
    const finished = await invoke("oauth", "GET", "/oauth/callback", {
      rawQueryString: callback.search.slice(1),
      cookies: [cookie.split(";")[0] ?? ""],
    });
    expect(finished).toMatchObject({ statusCode: 200 });
    expect(finished.body).toContain("Connected as Chidi Okafor");

    const client = { authorization: `Bearer ${clientKey}` };
    const search = await invoke("proxy", "GET", "/api/profiles/v2/search/jobs", {
      rawQueryString: "q=node.js&paging=0%3B2",
      headers: client,
    });
    expect(search).toMatchObject({ statusCode: 200, headers: { ratelimit: expect.stringContaining(";r=") } });
    expect(JSON.parse(search.body ?? "").auth_user.first_name).toBe("Chidi");

    const form = Buffer.from(
      "buyer_team__reference=2000001&title=a+b&job_type=hourly&description=d&visibility=public&category2=c&subcategory2=s",
    );
    const posted = await invoke("proxy", "POST", "/api/hr/v2/jobs", {
      headers: { ...client, "content-type": "application/x-www-form-urlencoded" },
      body: form.toString("base64"),
      isBase64Encoded: true,
    });
    expect(posted.statusCode).toBe(200);

    const budget = JSON.parse((await invoke("budget", "GET", "/budget", { headers: client })).body ?? "");
    expect(budget).toMatchObject({ client: "crm", gate: { state: "open" } });
    expect(budget.limits.find(({ name }: { name: string }) => name === "day")).toMatchObject({ used: 5, left: 39_995 });
  });

  test("answer a GraphQL request without a key with a problem document", async () => {
    const result = await invoke("graphql", "POST", "/graphql", { body: '{"query":"{ user { id } }"}' });
    expect(result).toMatchObject({ statusCode: 401, headers: { "gateway-error": "key-missing" } });
  });

  test("refresh tokens on a schedule, where any are due", async () => {
    const schedule = { name: "token-refresh", expression: "rate(15 minutes)", functionName: "refresh" } as const;
    const result = await handlers.refresh(scheduledEvent(schedule, 0), lambdaContext("refresh", "lambda-3"));
    expect(result).toEqual({ refreshed: [], needsReauth: [], notNow: [] });
  });

  test("report on a schedule", async () => {
    const schedule = { name: "budget-report", expression: "rate(1 hour)", functionName: "report" } as const;
    const result = await handlers.report(scheduledEvent(schedule, 0), lambdaContext("report", "lambda-2"));
    expect(result).toMatchObject({ limits: [{ name: "second" }, { name: "minute" }, { name: "day", used: 5 }] });
  });
});
