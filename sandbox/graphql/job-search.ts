import { jobIndex } from "../search/find-jobs.ts";
import { parseQuery, type Query, wordsOf } from "../search/query.ts";
import { idOf } from "../world/catalogue.ts";
import type { Job } from "../world/jobs.ts";
import type { Company } from "../world/people.ts";
import { engagementType, experienceLevel, hourlyRange } from "./job-views.ts";
import type { Pagination } from "./scalars.ts";
import type { Viewer } from "./viewer.ts";

type Range = { rangeStart?: number | null; rangeEnd?: number | null };
type Words = readonly string[] | null;

/** The filter as the schema lets it through. Members that the world knows nothing about are taken and change nothing. */
export type JobFilter = {
  searchExpression_eq?: string | null;
  skillExpression_eq?: string | null;
  titleExpression_eq?: string | null;
  searchTerm_eq?: {
    andTerms_all?: Words;
    orTerms_any?: Words;
    exactTerms_any?: Words;
    excludeTerms_any?: Words;
  } | null;
  categoryIds_any?: Words;
  subcategoryIds_any?: Words;
  occupationIds_any?: Words;
  ontologySkillIds_all?: Words;
  jobType_eq?: "HOURLY" | "FIXED" | null;
  workload_eq?: string | null;
  clientHiresRange_eq?: Range | null;
  budgetRange_eq?: Range | null;
  hourlyRate_eq?: Range | null;
  verifiedPaymentOnly_eq?: boolean | null;
  previousClients_eq?: boolean | null;
  experienceLevel_eq?: string | null;
  locations_any?: Words;
  proposalRange_eq?: Range | null;
  pagination_eq?: Pagination | null;
};

export type JobSort = { field: "RECENCY" | "RELEVANCE" | "CLIENT_RATING" | "CLIENT_TOTAL_CHARGE" };

/** Open public jobs that fit, the newest first unless asked otherwise. */
export function searchJobs(viewer: Viewer, filter: JobFilter, sort: readonly JobSort[]): Job[] {
  const { world } = viewer;
  const tests = testsOf(viewer, filter);
  const isFound = jobIndex(world.jobs).find(textQuery(filter));
  const found = world.jobs.rows.filter(
    (job, number) =>
      isFound[number] === 1 && job.status === "Open" && job.visibility === "public" && tests.every((fits) => fits(job)),
  );
  // The collection is in the order of creation.
  const newestFirst = found.toReversed();
  const orders = sort.flatMap(({ field }) => (field in rankings ? [rankings[field as keyof typeof rankings]] : []));
  if (orders.length === 0) return newestFirst;
  const client = (job: Job) => world.companies.get(job.companyReference);
  return newestFirst.toSorted(
    (a, b) => orders.map((rank) => rank(client(b)) - rank(client(a))).find((order) => order !== 0) ?? 0,
  );
}

/** Relevance is a secret of Upwork's; here it is recency, which is the order that everything has anyway. */
const rankings = {
  CLIENT_RATING: (company: Company | undefined) => company?.feedback ?? 0,
  CLIENT_TOTAL_CHARGE: (company: Company | undefined) => company?.totalCharge ?? 0,
} as const;

type Test = (job: Job) => boolean;

function testsOf({ world, user, switches }: Viewer, filter: JobFilter): Test[] {
  const company = (job: Job) => world.companies.get(job.companyReference);
  const tests: Test[] = [];
  const add = <Value>(value: Value | null | undefined, test: (job: Job, value: Value) => boolean) => {
    if (value !== null && value !== undefined) tests.push((job) => test(job, value));
  };
  const addMoney = (range: Range | null | undefined, jobType: Job["jobType"], amount: (job: Job) => number) => {
    if (!switches.ignoreMoneyFilters) add(range, (job, asked) => job.jobType === jobType && isIn(asked, amount(job)));
  };
  // A comma means "or".
  add(filter.skillExpression_eq, (job, list) => words(list.split(",")).some((skill) => job.skills.includes(skill)));
  // Ids, not names: a name finds nothing, and nobody says so.
  add(filter.categoryIds_any, (job, ids) => ids.includes(idOf(job.category)));
  add(filter.subcategoryIds_any, (job, ids) => ids.includes(idOf(job.subcategory)));
  add(filter.occupationIds_any, (job, ids) => ids.includes(idOf(job.subcategory)));
  add(filter.ontologySkillIds_all, (job, ids) => ids.every((id) => job.skills.some((skill) => idOf(skill) === id)));
  add(filter.jobType_eq, (job, type) => job.jobType.toUpperCase() === type);
  add(filter.workload_eq, (job, workload) => !switches.workloadFindsNothing && engagementType(job) === workload);
  add(filter.clientHiresRange_eq, (job, range) => isIn(range, company(job)?.hires ?? 0));
  addMoney(filter.budgetRange_eq, "Fixed", (job) => job.budget);
  addMoney(filter.hourlyRate_eq, "Hourly", (job) => hourlyRange(job)[1]);
  add(filter.verifiedPaymentOnly_eq || undefined, (job) => company(job)?.isVerified === true);
  add(filter.previousClients_eq || undefined, (job) =>
    world.hiring.contracts.rows.some(
      ({ companyReference, freelancerReference }) =>
        companyReference === job.companyReference && freelancerReference === user.reference,
    ),
  );
  add(filter.experienceLevel_eq, (job, level) => experienceLevel(job) === level);
  add(filter.locations_any, (job, countries) => countries.includes(company(job)?.country ?? ""));
  add(filter.proposalRange_eq, (job, range) => isIn(range, job.applicants));
  return tests;
}

const isIn = ({ rangeStart, rangeEnd }: Range, value: number) =>
  value >= (rangeStart ?? Number.NEGATIVE_INFINITY) && value <= (rangeEnd ?? Number.POSITIVE_INFINITY);

const words = (given: Words | undefined): string[] =>
  (given ?? []).map((word) => word.trim().toLowerCase()).filter((word) => word !== "");

/** What the filter says about words, in the language that REST's `q` has too. */
function textQuery({ searchExpression_eq, titleExpression_eq, searchTerm_eq }: JobFilter): Query {
  const phrases = (terms: Words | undefined): Query[] =>
    words(terms).map((term) => ({ kind: "phrase", field: "", words: wordsOf(term) }));
  const any = phrases([...(searchTerm_eq?.orTerms_any ?? []), ...(searchTerm_eq?.exactTerms_any ?? [])]);
  return {
    kind: "all",
    parts: [
      ...(searchExpression_eq ? [parseQuery(searchExpression_eq)] : []),
      ...(titleExpression_eq ? [inTitle(parseQuery(titleExpression_eq))] : []),
      ...phrases(searchTerm_eq?.andTerms_all),
      ...(any.length === 0 ? [] : [{ kind: "any", parts: any } as const]),
      ...phrases(searchTerm_eq?.excludeTerms_any).map((part): Query => ({ kind: "not", part })),
    ],
  };
}

function inTitle(query: Query): Query {
  if (query.kind === "phrase") return { ...query, field: "title" };
  if (query.kind === "not") return { kind: "not", part: inTitle(query.part) };
  return { ...query, parts: query.parts.map(inTitle) };
}
