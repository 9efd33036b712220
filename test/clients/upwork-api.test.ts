import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endpoints } from "../../sandbox/endpoints/table.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { createWorld } from "../../sandbox/world/world.ts";
import { lastWorkday, upworkApiCalls } from "../support/upwork-api-calls.ts";

// Upwork's own client against the sandbox, nothing adapted: if it works, the sandbox is like Upwork and not like us.
type Callback<Value> = (error: unknown, ...values: Value[]) => void;
type Api = {
  getAuthorizationUrl(callbackUrl: string, done: Callback<string>): void;
  getAccessToken(token: string, secret: string, verifier: string, done: Callback<string>): void;
  setAccessToken(token: string, secret: string, done: () => void): void;
};
type Router = Record<string, (...values: unknown[]) => void>;

let sandbox: Sandbox;
let api: Api;
const load = createRequire(import.meta.url);

beforeAll(async () => {
  sandbox = await startSandbox();
  process.env.UPWORKAPI = sandbox.url;
  newClient();
});
afterAll(() => sandbox.close());

function newClient(): void {
  const UpworkApi = load("upwork-api");
  const { consumerKey, consumerSecret } = sandbox.application;
  api = new UpworkApi({ consumerKey, consumerSecret, debug: false });
}

/** Calls a method that ends in a callback and returns what the callback got after the error. */
function promised(run: (done: Callback<string>) => void): Promise<string[]> {
  return new Promise((resolve, reject) => run((error, ...values) => (error ? reject(error) : resolve(values))));
}

/** Calls one of the client's routers and returns the parsed answer. */
function route(path: string, method: string, ...values: unknown[]): Promise<Record<string, unknown>> {
  const { [Object.keys(load(path))[0] ?? ""]: Named } = load(path);
  const router: Router = new Named(api);
  return new Promise((resolve, reject) =>
    router[method]?.(...values, (error: unknown, data: Record<string, unknown>) =>
      error ? reject(error) : resolve(data),
    ),
  );
}

async function connect(user: string): Promise<[token: string, secret: string]> {
  const callback = "https://app.example/callback";
  const [authoriseUrl = "", token = "", secret = ""] = await promised((done) =>
    api.getAuthorizationUrl(callback, done),
  );
  expect(token).toMatch(/^[0-9a-f]{32}$/);
  expect(secret).toMatch(/^[0-9a-f]{16}$/);
  const page = await fetch(authoriseUrl);
  expect(await page.text()).toContain("Allow access?");
  const consent = await fetch(authoriseUrl, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ decision: "allow", user }),
  });
  const returned = new URL(consent.headers.get("location") ?? "");
  expect(returned.href.startsWith(callback)).toBe(true);
  const verifier = returned.searchParams.get("oauth_verifier") ?? "";
  const [accessToken = "", accessSecret = ""] = await promised((done) =>
    api.getAccessToken(token, secret, verifier, done),
  );
  await new Promise<void>((resolve) => api.setAccessToken(accessToken, accessSecret, resolve));
  return [accessToken, accessSecret];
}

/** Every method of every router that the package has, as `router.method`. */
function callSites(): string[] {
  const folder = dirname(load.resolve("upwork-api/lib/routers/auth.js"));
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".js"))
    .flatMap((file) => {
      const router = file.slice(0, -".js".length);
      const [Named] = Object.values(load(join(folder, file))) as { prototype: object }[];
      return Object.keys(Named?.prototype ?? {}).map((method) => `${router}.${method}`);
    });
}

describe("Upwork's own client", () => {
  let access: [token: string, secret: string];
  beforeAll(async () => {
    access = await connect("ada");
  });

  test("took the two token steps, once each", () => {
    expect(sandbox.received.get("POST /api/auth/v1/oauth/token/request")).toBe(1);
    expect(sandbox.received.get("POST /api/auth/v1/oauth/token/access")).toBe(1);
  });

  const calls = upworkApiCalls(createWorld(1, Date.now()), lastWorkday(Date.now()));

  test("has no call site that is not made here, but one that throws before it sends", () => {
    const sites = callSites();
    expect(sites.length).toBe(101);
    const made = new Set(calls.map(({ router, method }) => `${router}.${method}`));
    expect(sites.filter((site) => !made.has(site))).toEqual(["hr/milestones.delete"]);
  });

  test("throws where it has a mistake of its own, and sends nothing", async () => {
    const before = sandbox.log.total();
    await expect(route("upwork-api/lib/routers/hr/milestones.js", "delete", "1")).rejects.toThrow(ReferenceError);
    expect(sandbox.log.total()).toBe(before);
  });

  test.each(calls.map((call) => [`${call.router}.${call.method}`, call] as const))("calls %s", async (_name, call) => {
    const { router, method, values, sends, status, shows } = call;
    const answer = await route(`upwork-api/lib/routers/${router}.js`, method, ...values).then(
      (data) => ({ status: 200, data }),
      (error: { statusCode: number; data: string }) => ({ status: error.statusCode, data: JSON.parse(error.data) }),
    );
    expect(answer).toMatchObject({ status, data: { [shows]: expect.anything() } });
    const record = sandbox.log.records().at(-1);
    const [meant = "", path] = sends.split(" ");
    expect(record).toMatchObject({ path, method: meant === "GET" ? "GET" : "POST", status });
    if (status === 200) expect(record?.endpoint?.split(" ")[0]).toBe(meant);
  });

  test("has now been everywhere but where it does not go, or goes wrong", () => {
    const been = new Set(sandbox.log.records().flatMap(({ endpoint, status }) => (status === 200 ? [endpoint] : [])));
    const rows = endpoints.map(({ method, path }) => `${method} ${path}`);
    expect(rows.filter((row) => !been.has(row))).toEqual([
      // Only Upwork's first Python client went there.
      "GET /api/hr/v2/teams/{team}",
      // The missing slash.
      "GET /api/hr/v4/clients/applications/{application}",
      "GET /api/hr/v4/contractors/applications/{application}",
      "GET /api/hr/v2/offers",
      "GET /api/hr/v2/offers/{offer}",
      "POST /api/hr/v2/offers",
      // The ReferenceError.
      "DELETE /api/hr/v3/fp/milestones/{milestone}",
      "DELETE /api/team/v3/snapshots/contracts/{contract}/{times}//webcam",
      "GET /gds/timereports/v1/companies/{entity}/hours",
      "GET /gds/timereports/v1/companies/{entity}/agencies/{agency}/hours",
    ]);
  });

  test("never finds back from the reports' base URL, and gets Upwork's own answer to that", async () => {
    const search = route("upwork-api/lib/routers/jobs/search.js", "find", { q: "zeppelin" });
    await expect(search).rejects.toMatchObject({
      statusCode: 500,
      data: expect.stringContaining("Wrong URL requested"),
    });
  });

  test("changes the world: a job it posts is found and has a profile", async () => {
    newClient();
    await new Promise<void>((resolve) => api.setAccessToken(...access, resolve));
    const posted = await route("upwork-api/lib/routers/hr/jobs.js", "postJob", {
      buyer_team__reference: "2000001",
      title: "Zeppelin repair",
      job_type: "hourly",
      description: "It leaks; 100 % helium + care",
      visibility: "public",
      category2: "Writing",
      subcategory2: "Copywriting",
    });
    expect(posted).toMatchObject({ job: { reference: expect.any(String) } });
    const again = await route("upwork-api/lib/routers/jobs/search.js", "find", { q: "zeppelin" });
    expect(again).toMatchObject({ paging: { total: 1 }, jobs: [{ title: "Zeppelin repair" }] });
    const [key] = (again.jobs as { id: string }[]).map(({ id }) => id);
    const profile = await route("upwork-api/lib/routers/jobs/profile.js", "getSpecific", key);
    expect(profile).toMatchObject({ profile: { ciphertext: key, op_title: "Zeppelin repair" } });
  });

  test("is told that a signature is wrong", async () => {
    await new Promise<void>((resolve) => api.setAccessToken(access[0], "not the secret", resolve));
    await expect(route("upwork-api/lib/routers/auth.js", "getUserInfo")).rejects.toMatchObject({
      statusCode: 401,
      data: expect.stringContaining("Verification of signature failed."),
    });
  });
});
