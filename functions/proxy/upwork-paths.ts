/**
 * Every path of Upwork's REST API that its official clients know, as data: which methods it takes, and which permission
 * of the application's key each of them needs. Sources: the routers of `upwork-api` 1.3.8, the docstrings of
 * `python-upwork` 1.3.7, and the list of permissions shown when a key is made.
 *
 * A segment with braces stands for a value. What kind of value it wants is in its name: `..._reference` is a number,
 * `company_id` and `team_id` are names such as `acme` and `acme:design`, `..._key` starts with a tilde.
 */

/** Permissions of a key as Upwork's API Center words them. */
export const permissions = {
  basicInfo: "Access your basic info",
  publicData: "Read and search profiles of contractors and jobs and public metadata",
  structure: "View the structure of your companies/teams",
  viewJobs: "View your job posts",
  changeJobs: "Create/modify/remove job posts",
  viewOffers: "View your job offers",
  makeOffers: "Make a job offer",
  viewContracts: "View your contracts",
  closeContracts: "Close your contracts",
  pay: "Make one-time payments to your contractors",
  paymentHistory: "Access your payment history",
  readMessages: "Access your messages",
  sendMessages: "Send and organise your messages",
  viewDiary: "View your workdiary",
  changeDiary: "Modify your workdiary",
  viewTasks: "View task codes",
  changeTasks: "Modify task codes",
  reports: "Generate time and financial reports for your companies and teams",
} as const;

export type Permission = keyof typeof permissions;
type UpworkMethod = "GET" | "POST" | "PUT" | "DELETE";
export type UpworkPath = { path: string; methods: Partial<Record<UpworkMethod, Permission>> };

const read = (permission: Permission, ...paths: string[]): UpworkPath[] =>
  paths.map((path) => ({ path, methods: { GET: permission } }));

const tasks = "/api/otask/v1/tasks/companies/{company_id}/teams/{team_id}";
const rooms = "/api/messages/v3/{company_id}/rooms";
const timeReports = "/gds/timereports/v1";
const financeReports = "/gds/finreports/v2";

export const upworkPaths: readonly UpworkPath[] = [
  ...read("basicInfo", "/api/auth/v1/info"),
  ...read(
    "publicData",
    "/api/profiles/v2/metadata/categories",
    "/api/profiles/v1/metadata/categories",
    "/api/profiles/v1/metadata/skills",
    "/api/profiles/v2/metadata/skills",
    "/api/profiles/v1/metadata/specialties",
    "/api/profiles/v1/metadata/regions",
    "/api/profiles/v1/metadata/tests",
    "/api/profiles/v1/metadata/reasons",
    "/api/profiles/v2/search/jobs",
    "/api/profiles/v1/jobs/{job_key}",
    "/api/profiles/v2/search/providers",
    "/api/profiles/v1/providers/{profile_key}",
    "/api/profiles/v1/providers/{profile_key}/brief",
  ),

  ...read(
    "structure",
    "/api/hr/v2/users/me",
    "/api/hr/v2/users/{user_reference}",
    "/api/hr/v2/companies",
    "/api/hr/v2/companies/{company_reference}",
    "/api/hr/v2/companies/{company_reference}/teams",
    "/api/hr/v2/companies/{company_reference}/users",
    "/api/hr/v2/teams",
    "/api/hr/v2/teams/{team_reference}",
    "/api/hr/v2/teams/{team_reference}/users",
    "/api/hr/v2/userroles",
    "/api/hr/v2/userroles/{user_reference}",
  ),

  { path: "/api/hr/v2/jobs", methods: { GET: "viewJobs", POST: "changeJobs" } },
  { path: "/api/hr/v2/jobs/{job_key}", methods: { GET: "viewJobs", PUT: "changeJobs", DELETE: "changeJobs" } },
  { path: "/api/hr/v1/jobs/{job_key}/candidates", methods: { POST: "changeJobs" } },
  ...read("viewContracts", "/api/hr/v2/engagements", "/api/hr/v2/engagements/{engagement_reference}"),
  { path: "/api/hr/v2/contracts/{contract_reference}/suspend", methods: { PUT: "closeContracts" } },
  { path: "/api/hr/v2/contracts/{contract_reference}/restart", methods: { PUT: "closeContracts" } },
  { path: "/api/hr/v2/contracts/{contract_reference}", methods: { DELETE: "closeContracts" } },
  { path: "/api/hr/v3/fp/milestones", methods: { POST: "makeOffers" } },
  { path: "/api/hr/v3/fp/milestones/{milestone_id}", methods: { PUT: "makeOffers", DELETE: "makeOffers" } },
  { path: "/api/hr/v3/fp/milestones/{milestone_id}/activate", methods: { PUT: "makeOffers" } },
  { path: "/api/hr/v3/fp/milestones/{milestone_id}/approve", methods: { PUT: "pay" } },
  ...read(
    "viewContracts",
    "/api/hr/v3/fp/milestones/statuses/active/contracts/{contract_id}",
    "/api/hr/v3/fp/milestones/{milestone_id}/submissions",
  ),
  { path: "/api/hr/v3/fp/submissions", methods: { POST: "makeOffers" } },
  { path: "/api/hr/v3/fp/submissions/{submission_id}/approve", methods: { PUT: "pay" } },
  { path: "/api/hr/v3/fp/submissions/{submission_id}/reject", methods: { PUT: "makeOffers" } },
  ...read(
    "viewJobs",
    "/api/hr/v4/clients/applications",
    "/api/hr/v4/clients/applications/{application_reference}",
    "/api/hr/v4/contractors/applications",
    "/api/hr/v4/contractors/applications/{application_reference}",
  ),
  { path: "/api/offers/v1/clients/offers", methods: { GET: "viewOffers", POST: "makeOffers" } },
  ...read(
    "viewOffers",
    "/api/offers/v1/clients/offers/{offer_reference}",
    "/api/offers/v1/contractors/offers",
    "/api/offers/v1/contractors/offers/{offer_reference}",
  ),
  { path: "/api/offers/v1/contractors/actions/{offer_reference}", methods: { POST: "makeOffers" } },
  { path: "/api/hr/v2/offers", methods: { GET: "viewOffers", POST: "makeOffers" } },
  { path: "/api/hr/v2/offers/{offer_reference}", methods: { GET: "viewOffers", POST: "makeOffers" } },
  { path: "/api/hr/v2/teams/{team_reference}/adjustments", methods: { POST: "pay" } },

  { path: rooms, methods: { GET: "readMessages", POST: "sendMessages" } },
  { path: `${rooms}/{room_id}`, methods: { GET: "readMessages", PUT: "sendMessages" } },
  { path: `${rooms}/{room_id}/stories`, methods: { GET: "readMessages", POST: "sendMessages" } },
  { path: `${rooms}/{room_id}/users/{user_id}`, methods: { PUT: "sendMessages" } },
  { path: "/api/messages/v3/{company_id}/stories/batch", methods: { POST: "sendMessages" } },
  ...read(
    "readMessages",
    `${rooms}/offers/{offer_id}`,
    `${rooms}/applications/{application_id}`,
    `${rooms}/contracts/{contract_id}`,
  ),

  ...read(
    "viewDiary",
    "/api/team/v3/workdiaries/companies/{company_id}/{date}",
    "/api/team/v3/workdiaries/contracts/{contract_id}/{date}",
    "/api/team/v3/workdays/companies/{company_id}/{from},{till}",
    "/api/team/v3/workdays/contracts/{contract_id}/{from},{till}",
  ),
  {
    path: "/api/team/v3/snapshots/contracts/{contract_id}/{timestamp}",
    methods: { GET: "viewDiary", PUT: "changeDiary", DELETE: "changeDiary" },
  },
  { path: `${tasks}/tasks`, methods: { GET: "viewTasks", POST: "changeTasks" } },
  { path: `${tasks}/tasks/{code}`, methods: { GET: "viewTasks", PUT: "changeTasks" } },
  { path: `${tasks}/archive/{code}`, methods: { PUT: "changeTasks" } },
  { path: `${tasks}/unarchive/{code}`, methods: { PUT: "changeTasks" } },
  { path: `${tasks}/engagements/{engagement_reference}/tasks`, methods: { PUT: "changeTasks" } },
  { path: "/api/otask/v1/tasks/companies/{company_id}/tasks/batch", methods: { PUT: "changeTasks" } },
  { path: "/api/tasks/v2/tasks/contracts/{engagement_reference}", methods: { GET: "viewTasks", PUT: "changeTasks" } },

  ...read(
    "reports",
    `${timeReports}/companies/{company_id}`,
    `${timeReports}/companies/{company_id}/teams/{team_id}`,
    `${timeReports}/companies/{company_id}/teams/{team_id}/hours`,
    `${timeReports}/companies/{company_id}/agencies/{agency_id}`,
    `${timeReports}/providers/{provider_id}`,
    `${timeReports}/providers/{provider_id}/hours`,
  ),
  ...read(
    "paymentHistory",
    ...["providers", "provider_teams", "provider_companies", "buyer_teams", "buyer_companies"].flatMap((kind) =>
      ["billings", "earnings"].map((report) => `${financeReports}/${kind}/{entity_reference}/${report}`),
    ),
    `${financeReports}/financial_account_owner/{provider_reference}`,
    `${financeReports}/financial_accounts/{entity_reference}`,
  ),
];

/** What Upwork once had below these and has retired; a call to them is not called one that never existed. */
export const retiredPaths = ["/api/mc/v1/", "/api/team/v1/", "/api/team/v2/"] as const;

/** Paths that Upwork's own clients get wrong: `upwork-api` leaves a slash out before an application's reference. */
export const knownSlips: readonly { pattern: RegExp; meant: string }[] = ["clients", "contractors"].map((side) => ({
  pattern: new RegExp(`^/api/hr/v4/${side}/applications[^/]+$`),
  meant: `/api/hr/v4/${side}/applications/{application_reference}`,
}));
