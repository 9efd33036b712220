import { Command } from "commander";
import { wholeNumber } from "../admin.ts";
import { action, collect, type Run } from "../command.ts";
import { CliError, exitCodeOf } from "../errors.ts";
import { type Answer, readProblem, send } from "../gateway.ts";
import { shown, toJson } from "../output.ts";
import { headersOf, headerValue, pairsOf, valuesOf } from "../pairs.ts";
import { parseJson } from "../parse-json.ts";
import { readText } from "../read-text.ts";
import type { Surroundings } from "../surroundings.ts";

/** How any call is made, whatever it asks. */
type RoutingOptions = { connection?: string; tenant?: string; wait?: string; include?: boolean };

type CallOptions = RoutingOptions & { query: string[]; form: string[]; header: string[]; data?: string };

type GraphqlOptions = RoutingOptions & { variable: string[]; file?: string; operation?: string };

export function callCommand(around: Surroundings): Command {
  const command = new Command("call")
    .description("make one call to Upwork through the gateway")
    .argument("<method>", "GET, HEAD, POST, PUT or DELETE")
    .argument("<path>", "path as at Upwork, such as /api/auth/v1/info")
    .option("-q, --query <name=value>", "query parameter; may be repeated", collect, [])
    .option("-f, --form <name=value>", "form parameter; may be repeated", collect, [])
    .option("-d, --data <json>", "JSON body, @FILE to read it, or @- to read standard input")
    .option("-H, --header <name:value>", "further header; may be repeated", collect, []);
  return withRouting(command)
    .addHelpText(
      "after",
      `
Examples:
  $ upwork-gateway call GET /api/profiles/v2/search/jobs -q q="node.js ~ api" -q "paging=0;10"
  $ upwork-gateway call POST /api/hr/v2/jobs -f title="Build a bridge" -f buyer_team__reference=1001
  $ upwork-gateway call GET /api/hr/v2/companies --connection acme --json | jq .body

The answer's body goes to standard output, advice to standard error. Exit code 3: refused, 4: no budget left, 5: trouble.`,
    )
    .action(action<CallOptions>(around, call));
}

export function graphqlCommand(around: Surroundings): Command {
  const command = new Command("graphql")
    .description("send one GraphQL document to Upwork through the gateway")
    .argument("[document]", "the query or mutation")
    .option("--file <path>", "read the document from a file, - for standard input")
    .option(
      "-v, --variable <name=value>",
      "variable; JSON where it parses, else a string; may be repeated",
      collect,
      [],
    )
    .option("--operation <name>", "which operation of the document to run");
  return withRouting(command)
    .addHelpText(
      "after",
      `
Examples:
  $ upwork-gateway graphql '{ user { id nid } }'
  $ upwork-gateway graphql --file search.graphql -v first=10 -v q=node`,
    )
    .action(action<GraphqlOptions>(around, graphql));
}

function withRouting(command: Command): Command {
  return command
    .option("-c, --connection <name>", "another connection than the client's own")
    .option("--tenant <id>", "Upwork organisation (X-Upwork-API-TenantId)")
    .option("--wait <seconds>", "wait for budget instead of failing, at most 20")
    .option("-i, --include", "show status and headers as well");
}

/** What the gateway takes, and what of it carries a body. */
const methods = ["GET", "HEAD", "POST", "PUT", "DELETE"];
const bodiless = ["GET", "HEAD"];

async function call(run: Run<CallOptions>, given = "", path = ""): Promise<void> {
  const { around, settings, options } = run;
  const method = given.toUpperCase();
  if (!methods.includes(method))
    throw new CliError("usage", `A method is one of ${methods.join(", ")}, not "${given}".`);
  if (options.data !== undefined && options.form.length > 0) {
    throw new CliError("usage", "A call has either a form (-f) or a JSON body (-d), not both.");
  }
  const hasBody = options.data !== undefined || options.form.length > 0;
  if (hasBody && bodiless.includes(method)) {
    throw new CliError("usage", `${method} carries no body: give parameters with -q, not with -f or -d.`);
  }
  requirePath(path);
  const headers = { ...routing(options), ...ownHeaders(options.header) };
  const query = pairsOf("--query", options.query);
  const body = await bodyOf(around, options, headers);
  const answer = await send(around, settings, {
    as: "client",
    method,
    path,
    query,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  show(run, answer);
}

async function graphql(run: Run<GraphqlOptions>, document?: string): Promise<void> {
  const { around, settings, options } = run;
  if ((document === undefined) === (options.file === undefined)) {
    throw new CliError("usage", "Give a document, or a file that holds one with --file.");
  }
  const variables = valuesOf("--variable", options.variable);
  const query = options.file === undefined ? document : await readText(around, "--file", options.file);
  const answer = await send(around, settings, {
    as: "client",
    method: "POST",
    path: "/graphql",
    headers: routing(options),
    json: { query, variables, ...(options.operation === undefined ? {} : { operationName: options.operation }) },
  });
  show(run, answer);
}

/** A path is sent as it is written: what an address would drop or change without a word is refused. */
function requirePath(path: string): void {
  if (!path.startsWith("/")) {
    throw new CliError("usage", `A path starts with a slash, such as /api/auth/v1/info, not "${path}".`);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  const changed = /[\u0000-\u001f\\#]|(^|\/)(\.|%2e){1,2}([/?]|$)/i.exec(path.toWellFormed())?.[0];
  if (changed === undefined) return;
  throw new CliError("usage", `A path cannot hold ${JSON.stringify(changed)}: encode it (# is %23), or leave it out.`);
}

function routing(options: RoutingOptions): Record<string, string> {
  const { connection, tenant, wait } = options;
  return {
    ...(connection === undefined ? {} : { "connection-id": headerValue("--connection", connection) }),
    ...(tenant === undefined ? {} : { "x-upwork-api-tenantid": headerValue("--tenant", tenant) }),
    ...(wait === undefined ? {} : { prefer: `wait=${wholeNumber("--wait", wait)}` }),
  };
}

/** Headers that have options of their own, and those that belong to the connection itself (RFC 9110 section 7.6.1). */
const notOwn: Readonly<Record<string, string>> = {
  authorization: "it is made of the client key (--key)",
  ...Object.fromEntries(
    "connection content-length expect host keep-alive te trailer transfer-encoding upgrade"
      .split(" ")
      .map((name) => [name, "the connection sets it"]),
  ),
};

function ownHeaders(texts: readonly string[]): Record<string, string> {
  const headers = Object.entries(headersOf("--header", texts)).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  for (const [name] of headers) {
    if (Object.hasOwn(notOwn, name)) throw new CliError("usage", `--header: ${name} cannot be given: ${notOwn[name]}.`);
  }
  return Object.fromEntries(headers);
}

async function bodyOf(
  around: Surroundings,
  { form, data }: CallOptions,
  headers: Record<string, string>,
): Promise<string | undefined> {
  if (data !== undefined) {
    headers["content-type"] ??= "application/json";
    return data.startsWith("@") ? readText(around, "--data", data.slice(1)) : data;
  }
  if (form.length === 0) return undefined;
  headers["content-type"] = "application/x-www-form-urlencoded";
  return new URLSearchParams(
    pairsOf("--form", form).map(([name, value]): [string, string] => [name, value]),
  ).toString();
}

function show({ around, options }: Run<{ include?: boolean }>, { status, headers, bytes }: Answer): void {
  const value = parseJson(bytes);
  if (options.json) {
    const body = value ?? Buffer.from(bytes).toString("utf8");
    around.out(`${toJson({ status, headers: Object.fromEntries(headers), body }, 2)}\n`);
  } else {
    if (options.include) around.out(`${head(status, headers)}\n`);
    // A person reads indented JSON; a program gets the very bytes.
    if (around.isTerminal && value !== undefined) around.out(`${toJson(value, 2)}\n`);
    else around.out(bytes);
  }
  const advice = headers.get("gateway-advice");
  if (advice !== null && !options.json) around.err(`${shown(advice)}\n`);
  const code = exitCodeOf(status);
  if (code === "ok") return;
  // Only an answer that came from Upwork says how many attempts it took to get.
  if (headers.has("gateway-attempts") && !headers.has("gateway-error")) {
    throw new CliError(code, `Upwork answered ${status}.`);
  }
  const { reason, fields, problem } = readProblem(value);
  throw new CliError(
    code,
    `The gateway answered ${status}${reason === undefined ? "." : `: ${reason}`}${fields}`,
    problem,
  );
}

function head(status: number, headers: Headers): string {
  return [`HTTP ${status}`, ...[...headers].map(([name, value]) => `${name}: ${shown(value)}`), ""].join("\n");
}
