import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { connectThroughConsent } from "../../local/connect-through-consent.ts";
import { type LocalGateway, startLocalGateway } from "../../local/gateway.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

// Upwork's current client through the gateway: its URLs point there, and its access token is a client key.
type Api = { client: Record<"get" | "post", (path: string, params: object, done: Done) => void> };
type OrgApi = Api & { setOrgUidHeader(tenantId: string): void };
type Done = (error: unknown, status: number, data: unknown) => void;
type Answer = { status: number; data: unknown };

const load = createRequire(import.meta.url);
const library = "@upwork/node-upwork-oauth2";
const dataDir = temporaryFolder("upwork-oauth2-gateway-");
let gateway: LocalGateway;

beforeAll(async () => {
  process.env.POWERTOOLS_LOG_LEVEL = "SILENT";
  // Before the functions are loaded, which take the clock as they find it.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  // The budget takes its time from the store, which no test moves.
  const limits = '[{"name":"day","quota":40000,"seconds":86400}]';
  gateway = await startLocalGateway({ port: 0, sandboxPort: 0, dataDir, limits });
});
afterAll(async () => {
  await gateway.close();
  vi.useRealTimers();
});

function apiWith(accessToken: string): OrgApi {
  // The library must come first: its other files live on a global that it sets.
  const UpworkApi = load(library);
  const [Config, Client] = [load(`${library}/lib/config.js`), load(`${library}/lib/client.js`)];
  const config = Object.assign(new Config({ clientId: "none", clientSecret: "none", accessToken }), {
    baseUrl: `${gateway.url}/api/`,
    gqlUrl: `${gateway.url}/graphql`,
  });
  return new UpworkApi({}, new Client(config));
}

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

const answered = (call: (done: Done) => void) =>
  new Promise<Answer>((resolve, reject) =>
    call((error, status, data) => (error ? reject(error) : resolve({ status, data }))),
  );

function graphql(api: Api, query: string, variables?: object): Promise<Answer> {
  const { Graphql } = load(`${library}/lib/routers/graphql.js`);
  return answered((done) => new Graphql(api).execute({ query, variables }, done));
}

test("Upwork's current client asks, changes the organisation and writes, with a client key as its access token", async () => {
  const api = apiWith(gateway.clientKey);
  // Before the account is connected the gateway says so, in a form that the client hands on.
  expect(await graphql(api, "{ user { nid } }")).toMatchObject({ status: 404, data: { title: "Unknown connection" } });

  const walk = await connectThroughConsent(gateway.url, "demo", "allow", { auth: "oauth2", user: "bruno" });
  expect(walk).toMatchObject({ startStatus: 302, status: 200, page: expect.stringContaining("Connected as bruno") });

  const asked = await graphql(api, "{ user { nid } companySelector { items { title organizationId } } }");
  expect(asked).toMatchObject({ status: 200, data: { data: { user: { nid: "bruno" } } } });
  const { companySelector } = (asked.data as { data: { companySelector: { items: { organizationId: string }[] } } })
    .data;
  const [own, company] = companySelector.items.map(({ organizationId }) => organizationId);

  const organization = "{ organization { id } }";
  expect(await graphql(api, organization)).toMatchObject({ data: { data: { organization: { id: own } } } });
  api.setOrgUidHeader(company ?? "");
  expect(await graphql(api, organization)).toMatchObject({ data: { data: { organization: { id: company } } } });

  const search = `query ($filter: MarketplaceJobPostingsSearchFilter) {
    marketplaceJobPostingsSearch(marketPlaceJobFilter: $filter, searchType: USER_JOBS_SEARCH) {
      totalCount edges { node { id title } }
    }
  }`;
  const found = await graphql(api, search, { filter: { searchExpression_eq: "node" } });
  expect(found).toMatchObject({
    status: 200,
    data: { data: { marketplaceJobPostingsSearch: { totalCount: expect.any(Number) } } },
  });

  const broken = await graphql(api, "{ user { shoeSize } }");
  expect(broken).toMatchObject({
    status: 200,
    data: { errors: [{ extensions: { classification: "ValidationError" } }] },
  });
});

test("its REST calls of 2018 pass as well, with the bearer token of the same connection", async () => {
  const api = apiWith(gateway.clientKey);
  const info = await answered((done) => api.client.get("auth/v1/info", {}, done));
  expect(info).toMatchObject({ status: 200, data: { auth_user: { first_name: "Bruno" } } });
});

test("a day and a month later the same key still works: whoever calls sees nothing of tokens that end", async () => {
  const api = apiWith(gateway.clientKey);
  const refreshes = () => gateway.sandbox?.received.get("POST /api/v3/oauth2/token") ?? 0;
  for (const days of [1, 10, 10, 9]) {
    const before = refreshes();
    pass(days * 86_400_000);
    expect(await graphql(api, "{ user { nid } }")).toMatchObject({
      status: 200,
      data: { data: { user: { nid: "bruno" } } },
    });
    expect(refreshes()).toBe(before + 1);
  }
  pass(15 * 86_400_000);
  expect(await graphql(api, "{ user { nid } }")).toMatchObject({
    status: 409,
    data: { detail: expect.stringContaining("/oauth/start?connection=demo") },
  });
});
