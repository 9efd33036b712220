import { financeColumns, financeRows, type Kind } from "../reports/finance-rows.ts";
import { type Columns, type ReportRow, runQuery } from "../reports/run-query.ts";
import { timeColumns, timeRows } from "../reports/time-rows.ts";
import { QueryError } from "../reports/tq.ts";
import type { Contract } from "../world/hiring.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import type { Result } from "./results.ts";
import { may } from "./roles.ts";

const time = "/gds/timereports/v1";
const finance = "/gds/finreports/v2";

/** Reports: read with a query in `tq`, answered as Google Visualization's table, each about one party to contracts. */
export const reportEndpoints: readonly Endpoint[] = [
  timeReport(`${time}/companies/{entity}`, ofCompany, false),
  timeReport(`${time}/companies/{entity}/hours`, ofCompany, true),
  timeReport(`${time}/companies/{entity}/teams/{team}`, ofTeam, false),
  timeReport(`${time}/companies/{entity}/teams/{team}/hours`, ofTeam, true),
  timeReport(`${time}/companies/{entity}/agencies/{agency}`, ofAgency, false),
  timeReport(`${time}/companies/{entity}/agencies/{agency}/hours`, ofAgency, true),
  timeReport(`${time}/providers/{entity}`, ofFreelancer, false),
  timeReport(`${time}/providers/{entity}/hours`, ofFreelancer, true),
  ...both("providers", ofFreelancer),
  ...both("provider_teams", ofProvidingCompany),
  ...both("provider_companies", ofProvidingCompany),
  ...both("buyer_teams", ofBuyingTeam),
  ...both("buyer_companies", ofCompany),
  financeReport(`${finance}/financial_account_owner/{entity}`, "earnings", ofFreelancer, "paymentHistory"),
  {
    method: "GET",
    path: `${finance}/financial_accounts/{entity}`,
    permission: "paymentHistory",
    shape: "client",
    answer: (call) => {
      const isCompany = call.world.companies.get(call.segment("entity")) !== undefined;
      return report(call, isCompany ? ofCompany : ofFreelancer, financeColumns, (contracts) =>
        financeRows(contracts, isCompany ? "billings" : "earnings", call.world, call.now),
      );
    },
  },
];

/** The contracts that a report is about; `undefined` where the user may not read it. */
type Choose = (call: Call) => ((contract: Contract) => boolean) | undefined;

function timeReport(path: string, choose: Choose, hidesMoney: boolean): Endpoint {
  return {
    method: "GET",
    path,
    permission: "reports",
    shape: "client",
    answer: (call) =>
      report(call, choose, timeColumns, (contracts) => timeRows(contracts, call.world, call.now, hidesMoney)),
  };
}

function both(entity: string, choose: Choose): Endpoint[] {
  return (["billings", "earnings"] as const).map((kind) =>
    financeReport(`${finance}/${entity}/{entity}/${kind}`, kind, choose, "reports"),
  );
}

function financeReport(path: string, kind: Kind, choose: Choose, permission: Endpoint["permission"]): Endpoint {
  return {
    method: "GET",
    path,
    permission,
    shape: "client",
    answer: (call) =>
      report(call, choose, financeColumns, (contracts) => financeRows(contracts, kind, call.world, call.now)),
  };
}

function report(
  call: Call,
  choose: Choose,
  columns: Columns,
  rowsOf: (contracts: readonly Contract[]) => readonly ReportRow[],
): Result {
  const isWanted = choose(call);
  if (isWanted === undefined) {
    return { error: { status: 403, message: "Access denied", reason: "access_denied" } };
  }
  try {
    const rows = rowsOf(call.world.hiring.contracts.rows.filter(isWanted));
    return { table: runQuery(call.parameters.get("tq"), columns, rows) };
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { error: { status: 400, message: error.message, reason: "invalid_query" } };
  }
}

function ofCompany(call: Call) {
  const company = call.world.companies.get(call.segment("entity"));
  if (company === undefined || !may(call, "view_reports", company.reference)) return undefined;
  return ({ companyReference }: Contract) => companyReference === company.reference;
}

function ofTeam(call: Call) {
  const [company, team] = [
    call.world.companies.get(call.segment("entity")),
    call.world.teams.get(call.segment("team")),
  ];
  if (company === undefined || team?.companyReference !== company.reference) return undefined;
  if (!may(call, "view_reports", team.reference)) return undefined;
  return ({ teamReference }: Contract) => teamReference === team.reference;
}

function ofAgency(call: Call) {
  const isInCompany = ofCompany(call);
  const agency = call.world.companies.get(call.segment("agency"));
  if (isInCompany === undefined || agency === undefined) return undefined;
  return (contract: Contract) => isInCompany(contract) && contract.agencyReference === agency.reference;
}

/** Only the freelancer himself may read what he did (docs of Upwork's Python client). */
function ofFreelancer(call: Call) {
  const user = call.world.users.get(call.segment("entity"));
  if (user === undefined || (call.switches.checkUserPermissions && user !== call.user)) return undefined;
  return ({ freelancerReference }: Contract) => freelancerReference === user.reference;
}

function ofProvidingCompany(call: Call) {
  const company = call.world.companies.get(call.segment("entity"));
  if (company === undefined || !may(call, "manage_finance", company.reference)) return undefined;
  return ({ agencyReference }: Contract) => agencyReference === company.reference;
}

function ofBuyingTeam(call: Call) {
  const team = call.world.teams.get(call.segment("entity"));
  if (team === undefined || !may(call, "view_reports", team.reference)) return undefined;
  return ({ teamReference }: Contract) => teamReference === team.reference;
}
