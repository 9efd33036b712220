import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";

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
  const UpworkApi = load("upwork-api");
  const { consumerKey, consumerSecret } = sandbox.application;
  api = new UpworkApi({ consumerKey, consumerSecret, debug: false });
});
afterAll(() => sandbox.close());

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

test("Upwork's own client connects and makes its calls", async () => {
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
    body: new URLSearchParams({ decision: "allow", user: "bruno" }),
  });
  const returned = new URL(consent.headers.get("location") ?? "");
  expect(returned.href.startsWith(callback)).toBe(true);
  const verifier = returned.searchParams.get("oauth_verifier") ?? "";
  const [accessToken = "", accessSecret = ""] = await promised((done) =>
    api.getAccessToken(token, secret, verifier, done),
  );
  await new Promise<void>((resolve) => api.setAccessToken(accessToken, accessSecret, resolve));

  const info = await route("upwork-api/lib/routers/auth.js", "getUserInfo");
  expect(info).toMatchObject({ auth_user: { first_name: "Bruno" }, info: { location: { country: "Portugal" } } });

  const found = await route("upwork-api/lib/routers/jobs/search.js", "find", {
    q: 'node.js & "api" ~',
    paging: "0;10",
    skills: ["node.js"],
  });
  expect(found).toMatchObject({ paging: { offset: 0, count: 10 } });

  const posted = await route("upwork-api/lib/routers/hr/jobs.js", "postJob", {
    buyer_team__reference: "2000002",
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

  const companies = await route("upwork-api/lib/routers/organization/companies.js", "getList");
  expect(companies).toMatchObject({ companies: [{ company_id: "brunostudio", status: "active" }] });

  await expect(
    route("upwork-api/lib/routers/hr/clients/applications.js", "getSpecific", "1", {}),
  ).rejects.toMatchObject({
    statusCode: 404,
    data: expect.stringContaining("Wrong URL requested"),
  });

  // Every request went where UPWORKAPI points, and the two token steps were taken once each.
  expect(sandbox.received.get("POST /api/auth/v1/oauth/token/request")).toBe(1);
  expect(sandbox.received.get("POST /api/auth/v1/oauth/token/access")).toBe(1);

  await new Promise<void>((resolve) => api.setAccessToken(accessToken, "not the secret", resolve));
  await expect(route("upwork-api/lib/routers/auth.js", "getUserInfo")).rejects.toMatchObject({
    statusCode: 401,
    data: expect.stringContaining("Verification of signature failed."),
  });
});
