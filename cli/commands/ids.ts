import { Command } from "commander";
import { action, type Run } from "../command.ts";
import { CliError } from "../errors.ts";
import { ask, notPromised } from "../gateway.ts";
import { print } from "../output.ts";
import { headerValue } from "../pairs.ts";
import type { Settings } from "../settings.ts";
import type { Surroundings } from "../surroundings.ts";
import { table } from "../table.ts";
import { isThing } from "../thing.ts";

type IdsOptions = { connection?: string; graphql?: boolean };

/** One organisation of a connection: an ID is a string, a reference an integer (Upwork FAQ). */
export type Organisation = {
  kind: "company" | "team" | "organization";
  name: string;
  id: string;
  reference: string;
  /** The parent team is the company itself (Upwork FAQ). */
  isParentTeam: boolean;
};

export function idsCommand(around: Surroundings): Command {
  return new Command("ids")
    .description("show the IDs and references of a connection's companies and teams")
    .option("-c, --connection <name>", "another connection than the client's own")
    .option("--graphql", "ask today's API: organisations and the ids that X-Upwork-API-TenantId takes")
    .addHelpText(
      "after",
      `
An ID is a string, a reference an integer; paths of Upwork's REST API want the reference. The parent team is the company.
Costs two calls, or one with --graphql.

Examples:
  $ upwork-gateway ids
  $ upwork-gateway ids --connection acme --graphql --json`,
    )
    .action(action<IdsOptions>(around, ids));
}

async function ids(run: Run<IdsOptions>): Promise<void> {
  const rows = run.options.graphql ? await organisations(run) : await companiesAndTeams(run);
  print(run.around, run.options, rows, () =>
    table(
      run.around,
      rows,
      [
        { title: "KIND", value: ({ kind }) => kind },
        { title: "NAME", value: ({ name }) => name, least: 12 },
        { title: "ID", value: ({ id }) => id },
        { title: "REFERENCE", value: ({ reference }) => reference },
        { title: "", value: ({ isParentTeam }) => (isParentTeam ? "parent team" : "") },
      ],
      "This account belongs to no company or team.",
    ),
  );
}

async function companiesAndTeams({ around, settings, options }: Run<IdsOptions>): Promise<Organisation[]> {
  const headers = routing(options);
  const get = async (path: string, plural: string, singular: string) => {
    const { value } = await ask(around, settings, { as: "client", path, headers });
    return listOf(value, plural, singular) ?? otherwise(settings, path);
  };
  const companies = await get("/api/hr/v2/companies", "companies", "company");
  const teams = await get("/api/hr/v2/teams", "teams", "team");
  const isCompany = new Set(companies.map((company) => textOf(company, "reference")));
  return [
    ...companies.map((company) => organisation("company", company, false)),
    ...teams.map((team) => organisation("team", team, isCompany.has(textOf(team, "reference")))),
  ];
}

async function organisations({ around, settings, options }: Run<IdsOptions>): Promise<Organisation[]> {
  const { value, headers } = await ask(around, settings, {
    as: "client",
    method: "POST",
    path: "/graphql",
    headers: routing(options),
    json: { query: "{ companySelector { items { title organizationId organizationRid } } }" },
  });
  const { data, errors } = (value ?? {}) as { data?: { companySelector?: unknown }; errors?: unknown };
  if (errors !== undefined) {
    const advice = headers.get("gateway-advice") ?? "The answer's errors say why (--json).";
    const detail = `Upwork did not list the organisations. ${advice}`;
    throw new CliError("refused", detail, { detail, errors });
  }
  const items = listOf(data?.companySelector, "items", "item") ?? otherwise(settings, "/graphql");
  return items.map((item) => ({
    kind: "organization",
    name: textOf(item, "title"),
    id: textOf(item, "organizationId"),
    reference: textOf(item, "organizationRid"),
    isParentTeam: false,
  }));
}

/** It waits for its turn: two calls in a row may meet a second that is used up. */
function routing({ connection }: IdsOptions): Record<string, string> {
  return {
    prefer: "wait=10",
    ...(connection === undefined ? {} : { "connection-id": headerValue("--connection", connection) }),
  };
}

function organisation(kind: Organisation["kind"], value: unknown, isParentTeam: boolean): Organisation {
  return {
    kind,
    name: textOf(value, "name"),
    // A company calls it `company_id`, a team `id`.
    id: textOf(value, "company_id") || textOf(value, "id"),
    reference: textOf(value, "reference"),
    isParentTeam,
  };
}

/** Something else than what Upwork lists must not be taken for "none". */
function otherwise(settings: Settings, path: string): never {
  throw notPromised(settings, path);
}

/** Upwork lists as `teams: [..]`, `teams: {team: [..]}`, `teams: {team: {..}}`, or `""` for nothing. */
function listOf(value: unknown, plural: string, singular: string): unknown[] | undefined {
  const list = member(value, plural);
  const inner = isThing(list) ? (list[singular] ?? []) : list;
  if (inner === "" || inner === null) return [];
  const items = Array.isArray(inner) ? inner : [inner];
  return items.every(isThing) ? items : undefined;
}

function member(value: unknown, name: string): unknown {
  return isThing(value) ? value[name] : undefined;
}

function textOf(value: unknown, name: string): string {
  const found = member(value, name);
  return typeof found === "string" || typeof found === "number" ? String(found) : "";
}
