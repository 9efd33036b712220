import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { demoOAuth2Application } from "../../../sandbox/applications.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { defaultSwitches } from "../../../sandbox/switches.ts";
import { accessToken, signed } from "../../support/sandbox-client.ts";
import { connectOAuth2 } from "../../support/sandbox-oauth2.ts";

type Reply = { data?: Record<string, unknown> | null; errors?: { message: string; extensions: object }[] };

const startedAt = Date.parse("2026-03-18T12:00:00Z");
let sandbox: Sandbox;
/** Ada's token. */
let token: string;
beforeAll(async () => {
  sandbox = await startSandbox({ now: () => startedAt });
  token = (await connectOAuth2(sandbox)).access_token;
});
afterEach(() => Object.assign(sandbox.switches, defaultSwitches));
afterAll(() => sandbox.close());

function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
  const given = { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers };
  return fetch(`${sandbox.url}/graphql`, { method: "POST", headers: given, body });
}
async function ask(query: string, variables?: object, tenant?: string): Promise<Reply> {
  const headers = tenant === undefined ? {} : { "x-upwork-api-tenantid": tenant };
  const answer = await post(JSON.stringify({ query, variables }), headers as Record<string, string>);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  return (await answer.json()) as Reply;
}
/** The data of a query that must go well. */
async function data(query: string, variables?: object, tenant?: string) {
  const reply = await ask(query, variables, tenant);
  expect(reply.errors).toBeUndefined();
  return JSON.parse(JSON.stringify(reply.data));
}
const messages = async (query: string, variables?: object, tenant?: string) =>
  (await ask(query, variables, tenant)).errors?.map(({ message }) => message);

/** The id of Ada's company, as the selector lists it. */
async function companyTenant(): Promise<string> {
  const { companySelector } = await data("{ companySelector { items { organizationId typeTitle } } }");
  return companySelector.items.find((item: { typeTitle: string }) => item.typeTitle === "Client").organizationId;
}

describe("who asks", () => {
  test("is the person whose token it is", async () => {
    expect(await data("{ user { id nid rid } }")).toEqual({
      user: { id: expect.stringMatching(/^\d{19}$/), nid: "ada", rid: "1000001" },
    });
  });

  test("nobody, with a dead token, no token, or a signature of the old kind", async () => {
    const query = JSON.stringify({ query: "{ user { id } }" });
    for (const authorization of ["Bearer oauth2v2_0", "", "Bearer"]) {
      const answer = await post(query, { authorization });
      expect([answer.status, await answer.json()]).toEqual([401, { message: "Authentication failed" }]);
    }
    const old = await signed(sandbox, "/graphql", {
      method: "POST",
      json: { query: "{ user { id } }" },
      token: await accessToken(sandbox, { timestamp: startedAt / 1000 }),
      timestamp: startedAt / 1000,
    });
    expect(old.status).toBe(401);
  });

  test("acts for an organisation of theirs that the header names, by default as a freelancer", async () => {
    const { companySelector } = await data("{ companySelector { items { title organizationId typeTitle } } }");
    expect(companySelector.items.map(({ typeTitle }: { typeTitle: string }) => typeTitle)).toEqual([
      "Freelancer",
      "Client",
    ]);
    for (const { title, organizationId } of companySelector.items) {
      const { organization } = await data("{ organization { id name } }", undefined, organizationId);
      expect(organization).toEqual({ id: organizationId, name: title });
    }
    expect(await data("{ organization { name } }")).toEqual({ organization: { name: "Ada Larsen" } });
    expect(await ask("{ organization { name } }", undefined, "42")).toEqual({
      errors: [{ message: "Authorization failed", extensions: { classification: "ExecutionAborted" } }],
    });
  });
});

describe("what is no question", () => {
  test("is told so, with 400 where there is no query at all", async () => {
    for (const body of ["", "{", "[]", '"x"', '{"query":1}', '{"query":null}']) {
      expect((await post(body)).status).toBe(400);
    }
    expect((await fetch(`${sandbox.url}/graphql`)).status).toBe(405);
  });

  test.each([
    ["{ user { id nme } }", "FieldUndefined: Field 'nme' in type 'CurrentUser' is undefined"],
    [
      "{ roomList { edges { node { creator { user { email } } } } } }",
      "FieldUndefined: Field 'email' in type 'GenericUser' is undefined",
    ],
    ["{ marketplaceJobPosting { id } }", "MissingFieldArgument: Missing field argument 'id'"],
    ["{ user }", "SubSelectionRequired: Sub selection required for type CurrentUser of field user"],
    ["{ user { id { x } } }", "SubSelectionNotAllowed: Sub selection not allowed on leaf type ID! of field id"],
    ['{ ontologySkills(limit: "a") { id } }', 'WrongType: Int cannot represent non-integer value: "a"'],
    ["{ ontologySkills(limit: null) { id } }", "NullValueForNonNullArgument: Null value for non-null type 'Int'"],
    ["query ($x: Int) { user { id } }", 'UnusedVariable: Variable "$x" is never used.'],
    ["{ room(id: $x) { id } }", 'UndefinedVariable: Variable "$x" is not defined.'],
  ])("%s gives graphql-java's error", async (query, text) => {
    const reply = await ask(query);
    expect(reply).toEqual({
      errors: [
        {
          message: `Validation error of type ${text}`,
          locations: expect.any(Array),
          extensions: { classification: "ValidationError" },
        },
      ],
    });
  });

  test("has a place in the text, when it is not even GraphQL", async () => {
    const reply = await ask("{ user { id }");
    expect(reply.errors?.[0]).toEqual({
      message: "Invalid Syntax : Expected Name, found <EOF>. at line 1 column 14",
      locations: [{ line: 1, column: 14 }],
      extensions: { classification: "InvalidSyntax" },
    });
    expect(await messages("{a".repeat(20_000))).toEqual(["Invalid Syntax : nested too deeply"]);
    expect((await messages(`{${"a ".repeat(20_000)}}`))?.[0]).toContain("10000 tokens");
  });

  test("lacks a variable", async () => {
    expect(await messages("query ($id: ID!) { room(id: $id) { id } }")).toEqual([
      "Variable 'id' has coerced Null value for NonNull type 'ID!'",
    ]);
    expect(await messages("query A { user { id } } query B { user { id } }")).toEqual([
      "Must provide operation name if query contains multiple operations.",
    ]);
  });

  test("may be a question about the schema, unless a switch says no", async () => {
    expect(await data('{ __type(name: "Money") { name } }')).toEqual({ __type: { name: "Money" } });
    sandbox.switches.allowIntrospection = false;
    expect((await messages('{ __type(name: "Money") { name } }'))?.[0]).toContain("IntrospectionDisabled");
  });

  test("never breaks the server, whatever it is", async () => {
    const pieces = fc.constantFrom("{", "}", "(", ")", "user", "id", "$x", ":", "...", "on", '"', "@", "query", "room");
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.array(pieces).map((parts) => parts.join(" ")),
          fc.string(),
        ),
        async (query) => {
          expect(Object.keys(await ask(query)).length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("a key without every scope", () => {
  const scopes = ["pub-marketplace-job-postings:read:all"];
  let narrow: Sandbox;
  let wide: Sandbox;
  beforeAll(async () => {
    wide = sandbox;
    narrow = await startSandbox({ oauth2Applications: [{ ...demoOAuth2Application, scopes }] });
  });
  afterAll(() => narrow.close());

  test("is told the fields it may not read, in Upwork's words, and gets no data", async () => {
    const wideToken = token;
    sandbox = narrow;
    token = (await connectOAuth2(narrow)).access_token;
    const search = "marketplaceJobPostingsSearch { edges { node { title";
    const offers = '{ offersByAttribute(filter: { id: "1", searchAttribute: VendorOrg }) { offers { id } } }';
    try {
      expect((await messages(offers))?.[0]).toContain("[Offer.id, Query.offersByAttribute]");
      expect(await data(`{ ${search} } } } }`)).toMatchObject({ marketplaceJobPostingsSearch: {} });
      expect(await ask(`{ ${search} amount { rawValue currency } } } } }`)).toEqual({
        errors: [
          {
            message:
              "The client or authentication token doesn't have enough oauth2 permissions/scopes to access: [Money.currency, Money.rawValue].",
            extensions: { classification: "ExecutionAborted" },
          },
        ],
      });
      expect((await messages("{ ...F } fragment F on Query { user { id } }"))?.[0]).toContain(
        "[CurrentUser.id, Query.user]",
      );
      narrow.switches.checkKeyPermissions = false;
      expect(await data("{ user { nid } }")).toEqual({ user: { nid: "ada" } });
    } finally {
      sandbox = wide;
      token = wideToken;
    }
  });

  test("may be the work of a fault", async () => {
    const answer = await post(JSON.stringify({ query: "{ user { id } }" }), {
      "x-sandbox-fault": "permission-removed",
    });
    expect(await answer.text()).toContain("to access: [CurrentUser.id, Query.user]");
  });
});

describe("the marketplace search", () => {
  const search = `query ($f: MarketplaceJobPostingsSearchFilter, $s: [MarketplaceJobPostingSearchSortAttribute]) {
    marketplaceJobPostingsSearch(marketPlaceJobFilter: $f, searchType: USER_JOBS_SEARCH, sortAttributes: $s) {
      totalCount pageInfo { endCursor hasNextPage }
      edges { cursor node { id title description ciphertext createdDateTime category experienceLevel engagement totalApplicants
        amount { rawValue displayValue } hourlyBudgetMin { rawValue } skills { id name }
        client { totalHires verificationStatus location { country } } } } } }`;
  /** What of a job the tests look at. */
  type FoundJob = {
    id: string;
    title: string;
    description: string;
    ciphertext: string;
    totalApplicants: number;
    amount: { rawValue: string; displayValue: string };
    skills: { id: string; name: string }[];
    client: { totalHires: number; verificationStatus: string; location: { country: string } };
  };
  const find = async (f: object, s?: object) =>
    (await data(search, { f, s })).marketplaceJobPostingsSearch as {
      totalCount: number;
      pageInfo: { endCursor: string; hasNextPage: boolean };
      edges: { cursor: string; node: FoundJob }[];
    };

  test("gives ten of the newest open jobs unless asked otherwise", async () => {
    const { edges, totalCount } = await find({});
    const open = sandbox.world.jobs.rows.filter(({ status }) => status === "Open");
    expect(totalCount).toBe(open.length);
    expect(edges.map(({ node }) => node.ciphertext)).toEqual(
      open
        .slice(-10)
        .toReversed()
        .map(({ key }) => key),
    );
  });

  test("pages with cursors, each job once, until the end", async () => {
    const filter = { titleExpression_eq: "dashboard", jobType_eq: "FIXED", experienceLevel_eq: "EXPERT" };
    const seen: string[] = [];
    let after = "0";
    for (let hasNextPage = true; hasNextPage; ) {
      const { edges, pageInfo, totalCount } = await find({ ...filter, pagination_eq: { after, first: 50 } });
      seen.push(...edges.map(({ node }) => node.id));
      expect(seen.length <= totalCount).toBe(true);
      ({ endCursor: after, hasNextPage } = pageInfo);
      if (!hasNextPage) expect(seen).toHaveLength(totalCount);
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(50);
  });

  test("ends at 5,000 results although the total is true", async () => {
    const crowded = await startSandbox();
    for (const job of crowded.world.jobs.rows) job.status = "Open";
    const authorization = `Bearer ${(await connectOAuth2(crowded)).access_token}`;
    const f = { pagination_eq: { after: "4990", first: 50 } };
    const body = JSON.stringify({ query: search, variables: { f } });
    const answer = await fetch(`${crowded.url}/graphql`, { method: "POST", headers: { authorization }, body });
    const found = ((await answer.json()) as Reply).data?.marketplaceJobPostingsSearch;
    expect(found).toMatchObject({
      totalCount: crowded.world.jobs.rows.length,
      edges: { length: 10 },
      pageInfo: { hasNextPage: false },
    });
    await crowded.close();
  });

  test("honours what it filters by", async () => {
    const [job] = (await find({ jobType_eq: "HOURLY", workload_eq: "PART_TIME" })).edges;
    expect(job?.node).toMatchObject({
      engagement: "10-30 hrs/week",
      hourlyBudgetMin: { rawValue: expect.any(String) },
    });
    const skill = job?.node.skills[0];
    const cases: [object, (node: FoundJob) => boolean][] = [
      [{ skillExpression_eq: "react,node.js" }, (node) => /react|node\.js/.test(JSON.stringify(node.skills))],
      [{ ontologySkillIds_all: [skill?.id] }, ({ skills }) => skills.some(({ name }) => name === skill?.name)],
      [
        { searchExpression_eq: 'build "web shop"' },
        (node) => /web shop/i.test(text(node)) && /build/i.test(text(node)),
      ],
      [{ titleExpression_eq: "dashboard OR report" }, (node) => /dashboard|report/i.test(node.title)],
      [{ searchExpression_eq: "kotlin NOT repair" }, (node) => !/repair/i.test(text(node))],
      [
        { searchTerm_eq: { andTerms_all: ["rust"], excludeTerms_any: ["test"] } },
        (node) => !/\btest\b/i.test(text(node)),
      ],
      [
        { budgetRange_eq: { rangeStart: 1000, rangeEnd: 1100 } },
        (node) => /^1(000|050|100)$/.test(node.amount.rawValue),
      ],
      [{ clientHiresRange_eq: { rangeStart: 50 } }, (node) => node.client.totalHires >= 50],
      [{ verifiedPaymentOnly_eq: true }, (node) => node.client.verificationStatus === "VERIFIED"],
      [{ locations_any: ["Norway"] }, (node) => node.client.location.country === "Norway"],
      [{ proposalRange_eq: { rangeStart: 40, rangeEnd: 50 } }, (node) => node.totalApplicants >= 40],
    ];
    const text = (node: FoundJob) => `${node.title} ${node.description} ${JSON.stringify(node.skills)}`;
    const all = (await find({})).totalCount;
    for (const [filter, fits] of cases) {
      const { edges, totalCount } = await find({ ...filter, pagination_eq: { first: 100 } });
      expect([filter, totalCount > 0, totalCount < all]).toEqual([filter, true, true]);
      expect([filter, edges.filter(({ node }) => !fits(node))]).toEqual([filter, []]);
    }
    expect((await find({ categoryIds_any: ["Web, Mobile & Software Dev"] })).totalCount).toBe(0);
  });

  test("sorts by what the client is like", async () => {
    const ratings = async (field: string) => {
      const { edges } = await find({ pagination_eq: { first: 30 } }, [{ field }]);
      return edges.map(({ node }) => node.client.totalHires);
    };
    expect(await ratings("CLIENT_RATING")).not.toEqual(await ratings("RECENCY"));
  });

  test("has the oddities people tell of, by switch", async () => {
    Object.assign(sandbox.switches, {
      searchIgnoresPaging: true,
      ignoreMoneyFilters: true,
      workloadFindsNothing: true,
    });
    const all = await find({});
    const asked = await find({ pagination_eq: { after: "20", first: 50 }, budgetRange_eq: { rangeEnd: 1 } });
    expect(asked).toEqual(all);
    expect((await find({ workload_eq: "PART_TIME" })).totalCount).toBe(0);
  });

  test("finds what was posted over REST, and one job by its number, not its ciphertext", async () => {
    const form = Object.entries({
      buyer_team__reference: "2000001",
      title: "Zeppelin for hire",
      job_type: "fixed-price",
      budget: "700",
      description: "It flies",
      visibility: "public",
      category2: "Writing",
      subcategory2: "Copywriting",
    });
    const old = await accessToken(sandbox, { timestamp: startedAt / 1000 });
    const posted = await signed(sandbox, "/api/hr/v2/jobs", {
      method: "POST",
      form,
      token: old,
      timestamp: startedAt / 1000,
    });
    expect(posted.status).toBe(200);
    const { edges } = await find({ searchExpression_eq: "zeppelin" });
    expect(edges.map(({ node }) => node.amount.displayValue)).toEqual(["$700.00"]);
    const node = edges[0]?.node;
    const one = `query ($id: ID!) { marketplaceJobPosting(id: $id) { id content { title } ownership { company { name } }
      contractTerms { contractType fixedPriceContractTerms { amount { rawValue } } } } }`;
    expect(await data(one, { id: node?.id })).toMatchObject({
      marketplaceJobPosting: {
        content: { title: "Zeppelin for hire" },
        contractTerms: { contractType: "FIXED", fixedPriceContractTerms: { amount: { rawValue: "700" } } },
      },
    });
    expect(await ask(one, { id: node?.ciphertext })).toMatchObject({
      data: { marketplaceJobPosting: null },
      errors: [{ message: `Opening not found for uid='${node?.ciphertext}'`, path: ["marketplaceJobPosting"] }],
    });
  });
});

describe("contracts", () => {
  const own = () => sandbox.world.hiring.contracts.rows;
  const details = `query ($id: ID!) { contractDetails(id: $id) { id title status kind freelancer { rid } clientOrganization { name }
    terms { hourlyTerms { hourlyRate { rawValue } } fixedPriceTerms { milestones { state } } } } }`;

  test("are seen by either side's organisation, and by no other", async () => {
    const client = await companyTenant();
    const hired = own().find(({ companyReference }) => companyReference === "2000001");
    const working = own().find(({ freelancerReference }) => freelancerReference === "1000001");
    expect(await data(details, { id: hired?.uid }, client)).toMatchObject({
      contractDetails: { id: hired?.uid, title: hired?.title, freelancer: { rid: hired?.freelancerReference } },
    });
    expect(await data(details, { id: working?.uid })).toMatchObject({ contractDetails: { id: working?.uid } });
    expect(await messages(details, { id: working?.uid }, client)).toEqual(["Authorization failed"]);
    expect(await messages(details, { id: "1" })).toEqual(["Contract not found for id='1'"]);
  });

  test("come in a list of ten at most, without those of others", async () => {
    const list = "query ($ids: [ID!]!) { contractList(ids: $ids) { contracts { id } } }";
    const working = own().filter(({ freelancerReference }) => freelancerReference === "1000001");
    const ids = [...working.slice(0, 2).map(({ uid }) => uid), "1"];
    expect(await data(list, { ids })).toEqual({
      contractList: { contracts: working.slice(0, 2).map(({ uid: id }) => ({ id })) },
    });
    const others = own().filter(({ companyReference, freelancerReference }) =>
      [companyReference, freelancerReference].every((reference) => !["2000001", "1000001"].includes(reference)),
    );
    expect(await messages(list, { ids: others.slice(0, 1).map(({ uid }) => uid) })).toEqual(["Authorization failed"]);
    expect((await messages(list, { ids: Array(11).fill("1") }))?.[0]).toContain("incorrect value");
  });
});

describe("proposals", () => {
  const proposals = `query ($first: Int!, $status: VendorProposalStatusFilterInput!) { vendorProposals(
    filter: { status_eq: $status }, sortAttribute: { field: CREATEDDATETIME, sortOrder: DESC }, pagination: { first: $first }) {
    totalCount edges { node { id status { status } user { rid } terms { chargeRate { rawValue } } marketplaceJobPosting { content { title } }
    auditDetails { createdDateTime { rawValue displayValue } } } } } }`;

  test("are the freelancer's own; a client has none", async () => {
    const applied = sandbox.world.hiring.applications.rows.filter(
      ({ freelancerReference, status }) =>
        freelancerReference === "1000001" && ["active", "shortlisted", "hidden"].includes(status),
    );
    const { vendorProposals } = await data(proposals, { first: 40, status: "Pending" });
    expect(vendorProposals.totalCount).toBe(applied.length);
    expect(applied.length).toBeGreaterThan(0);
    expect(vendorProposals.edges[0].node).toMatchObject({ status: { status: "Pending" }, user: { rid: "1000001" } });
    const asClient = await data(proposals, { first: 40, status: "Pending" }, await companyTenant());
    expect(asClient.vendorProposals.totalCount).toBe(0);
  });

  test("come forty at a time at most, unless a switch allows more", async () => {
    expect(await messages(proposals, { first: 41, status: "Hired" })).toEqual([
      "VJCA-6 Input parameter provided has incorrect value",
    ]);
    sandbox.switches.smallProposalPages = false;
    expect(await data(proposals, { first: 50, status: "Hired" })).toHaveProperty("vendorProposals");
  });
});

describe("offers", () => {
  const search = `query ($filter: SearchOffersInput!) { offersByAttribute(filter: $filter) { offers {
    id title type state client { id name } clientCompany { name } freelancer { fullName userDetails { rid } }
    job { id } vendorProposal { id } milestones { state depositAmount { rawValue } }
    offerTerms { expectedStartDate fixedPriceTerm { budget { rawValue } } hourlyTerms { rate { rawValue } weeklyHoursLimit } } } } }`;
  type Found = { id: string; state: string; milestones: { state: string }[] | null };
  const find = async (filter: object, tenant?: string): Promise<Found[]> =>
    (await data(search, { filter }, tenant)).offersByAttribute.offers;
  const offers = () => sandbox.world.hiring.offers.rows;
  const made = () => offers().filter(({ companyReference }) => companyReference === "2000001");
  const idsOf = (rows: readonly { reference: string }[]) => rows.map(({ reference }) => reference);

  test("are found by the organisation on either side, the oldest first or the newest, in pages of ten", async () => {
    const id = await companyTenant();
    const byAge = made().toSorted((a, b) => a.createdAt - b.createdAt || Number(a.reference) - Number(b.reference));
    const filter = { id, searchAttribute: "ClientOrg" };
    expect((await find(filter, id)).map((offer) => offer.id)).toEqual(idsOf(byAge.slice(0, 10)));
    const newest = { ...filter, ascendingOrder: false, limit: 2 };
    const pages = await Promise.all([1, 2].map((page) => find({ ...newest, page }, id)));
    expect(pages.flat().map((offer) => offer.id)).toEqual(idsOf(byAge.toReversed().slice(0, 4)));
    expect(await find({ ...filter, limit: 0 }, id)).toHaveLength(byAge.length);
    expect(byAge.length).toBeGreaterThan(4);
    const { organization } = await data("{ organization { id } }");
    const got = offers().filter(({ freelancerReference }) => freelancerReference === "1000001");
    const own = await find({ id: organization.id, searchAttribute: "VendorOrg", limit: 0 });
    expect(own.map((offer) => offer.id).toSorted()).toEqual(idsOf(got).toSorted());
    expect(own[0]).toMatchObject({ freelancer: { fullName: "Ada Larsen", userDetails: { rid: "1000001" } } });
  });

  test("say what they offer, and in which state they are", async () => {
    const id = await companyTenant();
    const [offer] = made().filter(({ status, jobType }) => status === "accepted" && jobType === "fixed-price");
    if (offer === undefined) throw new Error("no offer to look at");
    const contract = sandbox.world.hiring.contracts.get(offer.contractReference)?.uid;
    const byContract = { id: contract, searchAttribute: "Contract", states: ["Accepted"] };
    expect(await find(byContract, id)).toMatchObject([
      {
        id: offer.reference,
        title: offer.title,
        type: "MARKET_PLACE_FIXED_PRICE",
        state: "ACCEPTED",
        client: { id },
        offerTerms: { fixedPriceTerm: { budget: { rawValue: String(offer.chargeRate) } }, hourlyTerms: null },
      },
    ]);
    expect((await find(byContract, id))[0]?.milestones?.map(({ state }) => state)).toContain("Paid");
    expect((await find({ ...byContract, includeMilestones: false }, id))[0]?.milestones).toBeNull();
    expect(await find({ ...byContract, states: ["New", "Declined"] }, id)).toEqual([]);
    const one = await data("query ($id: ID!) { offer(id: $id) { id title } }", { id: offer.reference }, id);
    expect(one).toEqual({ offer: { id: offer.reference, title: offer.title } });
  });

  test("propose milestones until they are accepted", async () => {
    const offer = offers().find(({ status, milestones }) => status === "new" && milestones.length > 0);
    if (offer === undefined) throw new Error("no offer to look at");
    const { uid } = sandbox.world.companies.get(offer.companyReference) ?? { uid: "" };
    const teams = { id: offer.teamReference, searchAttribute: "ClientTeam", states: ["New"], limit: 0 };
    const isOurs = offer.companyReference === "2000001";
    const found = (await find(teams, isOurs ? uid : undefined)).find(({ id }) => id === offer.reference);
    expect(found).toMatchObject({ state: "PENDING_VENDOR_ACCEPTANCE" });
    expect(found?.milestones?.map(({ state }) => state)).toEqual(offer.milestones.map(() => "InOffer"));
  });

  test("of others are refused, and what nobody has is an empty list", async () => {
    const id = await companyTenant();
    const filter = { id, searchAttribute: "ClientOrg" };
    const notMine = made().every(({ freelancerReference }) => freelancerReference !== "1000001");
    expect(notMine).toBe(true);
    expect(await messages(search, { filter })).toEqual(["Authorization failed"]);
    const query = "query ($id: ID!) { offer(id: $id) { id } }";
    expect(await messages(query, { id: made()[0]?.reference })).toEqual(["Authorization failed"]);
    expect(await messages(query, { id: "1" })).toEqual(["Offer not found for id='1'"]);
    expect(await find({ id: "1", searchAttribute: "JobPosting" })).toEqual([]);
    expect((await messages(search, { filter: { ...filter, page: 0 } }, id))?.[0]).toContain("incorrect value");
    const unknown = await messages(search, { filter: { ...filter, states: ["Sent"] } });
    expect(unknown?.[0]).toContain('Value "Sent" does not exist in "OfferLegacyState" enum');
  });
});

describe("messages", () => {
  const rooms = `query ($f: RoomFilter, $first: Int!) { roomList(filter: $f, pagination: { first: $first }, sortOrder: DESC) {
    totalCount edges { node { id roomName roomType numUsers roomUsers { user { nid } role } latestStory { message } } } } }`;
  const stories = `query ($f: RoomStoryFilter) { roomStories(filter: $f) { totalCount edges { node { id message user { nid } createdDateTime } } } }`;
  const write = `mutation ($r: ID!, $m: String) { createRoomStoryV2(input: { roomId: $r, message: $m }) { id message user { nid } room { id } } }`;

  test("are written into the room that REST has too, and read from it, the newest first", async () => {
    const { roomList } = await data(rooms, { first: 50 });
    const [{ node }] = roomList.edges;
    expect(node.roomUsers.map(({ user }: { user: { nid: string } }) => user.nid)).toContain("ada");
    const { createRoomStoryV2 } = await data(write, { r: node.id, m: "Grüße ~ & co" });
    expect(createRoomStoryV2).toMatchObject({ message: "Grüße ~ & co", user: { nid: "ada" }, room: { id: node?.id } });
    const { roomStories } = await data(stories, { f: { roomId_eq: node.id } });
    expect(roomStories.edges[0].node).toMatchObject({ id: createRoomStoryV2.id, message: "Grüße ~ & co" });
    expect(sandbox.world.messages.stories.get(createRoomStoryV2.id)).toMatchObject({ roomId: node.id });
    const later = {
      roomId_eq: node.id,
      storyFilter: { storyCreatedDateTime_bt: { rangeStart: "2026-03-18T11:59:00Z" } },
    };
    const since = Date.parse("2026-03-18T11:59:00Z");
    const { rows } = sandbox.world.messages.stories;
    expect((await data(stories, { f: later })).roomStories.totalCount).toBe(
      rows.filter(({ roomId, createdAt }) => roomId === node.id && createdAt >= since).length,
    );
    const one = await data("query ($id: ID!) { room(id: $id) { latestStory { message } stories { totalCount } } }", {
      id: node.id,
    });
    expect(one.room.latestStory).toEqual({ message: "Grüße ~ & co" });
  });

  test("are refused where there is no room, no message, or no place for the reader", async () => {
    const { roomList } = await data(rooms, { first: 50 });
    const id = roomList.edges[0].node.id;
    expect(await messages(write, { r: "room_0", m: "x" })).toEqual(["Room not found for id='room_0'"]);
    expect((await messages(write, { r: id, m: " " }))?.[0]).toContain("incorrect value");
    expect(await messages(write, { r: id, m: "x" }, await companyTenant())).toEqual(["Authorization failed"]);
    const room = sandbox.world.messages.rooms.get(id);
    if (room === undefined) throw new Error("no room");
    room.isReadOnly = true;
    expect(await messages(write, { r: id, m: "x" })).toEqual(["Authorization failed"]);
    room.isReadOnly = false;
  });

  test("of a company are not those of the person, and quiet rooms hide by switch", async () => {
    const client = await companyTenant();
    const [mine, company] = [await data(rooms, { first: 100 }), await data(rooms, { first: 100 }, client)];
    const ids = ({ roomList }: { roomList: { edges: { node: { id: string } }[] } }) =>
      roomList.edges.map(({ node }) => node.id);
    expect(ids(mine).filter((id) => ids(company).includes(id))).toEqual([]);
    sandbox.switches.roomListHidesQuiet = true;
    sandbox.clock.advance(40 * 86_400_000);
    token = (await connectOAuth2(sandbox)).access_token;
    expect((await data(rooms, { first: 100 })).roomList.totalCount).toBe(0);
    const asked = await data(rooms, { first: 100, f: { includeHidden_eq: true } });
    expect(asked.roomList.totalCount).toBe(mine.roomList.totalCount);
    sandbox.clock.advance(-40 * 86_400_000);
  });
});

test("lists of words are complete: categories, skills, regions, reasons", async () => {
  const lists = await data(`{ ontologyCategories { id preferredLabel slug subcategories { preferredLabel } }
    ontologySkills(limit: 3, offset: 1) { id preferredLabel } regions { id name }
    reasons(reasonType: JOB_POSTING_CLOSE) { id reason alias } }`);
  expect(lists.ontologyCategories[0]).toMatchObject({
    preferredLabel: "Web, Mobile & Software Dev",
    slug: "web-mobile-software-dev",
    subcategories: [{ preferredLabel: "Web Development" }, {}, {}, {}],
  });
  expect(lists.ontologySkills).toHaveLength(3);
  expect(lists.regions.length).toBeGreaterThan(10);
  expect(lists.reasons).toContainEqual({ id: "67", reason: expect.any(String), alias: expect.any(String) });
});

describe("the time report", () => {
  const report = `query ($o: ID!, $from: String, $to: String) { timeReport(filter: { organizationId_eq: $o,
    timeReportDate_bt: { rangeStart: $from, rangeEnd: $to } }) { dateWorkedOn weekWorkedOn totalHoursWorked totalCharges contract { id } } }`;

  test("has a row for each day that somebody worked, with hours and charges that fit", async () => {
    const o = await companyTenant();
    const { timeReport } = await data(report, { o, from: "2026-03-09", to: "2026-03-15" });
    expect(timeReport.length).toBeGreaterThan(0);
    for (const { dateWorkedOn, weekWorkedOn, totalHoursWorked, totalCharges, contract } of timeReport) {
      const { chargeRate } = sandbox.world.hiring.contracts.get(contract.id) ?? { chargeRate: 0 };
      expect([weekWorkedOn, dateWorkedOn >= "2026-03-09", dateWorkedOn <= "2026-03-13"]).toEqual([
        "2026-03-09",
        true,
        true,
      ]);
      expect(Math.abs(totalCharges - totalHoursWorked * chargeRate)).toBeLessThan(chargeRate / 100);
    }
  });

  test("is empty for dates that are none, and refused for another's organisation", async () => {
    const o = await companyTenant();
    expect(await data(report, { o, from: "yesterday", to: "today" })).toEqual({ timeReport: [] });
    expect(await messages(report, { o: "1", from: "2026-03-09", to: "2026-03-15" })).toEqual(["Authorization failed"]);
  });
});

test("ten questions by alias are one call", async () => {
  const aliases = Array.from({ length: 10 }, (_, index) => `q${index}: user { id }`).join(" ");
  const before = sandbox.received.get("POST /graphql") ?? 0;
  expect(Object.keys(await data(`{ ${aliases} }`))).toHaveLength(10);
  expect(sandbox.received.get("POST /graphql")).toBe(before + 1);
});
