import { existsSync } from "node:fs";
import { styleText } from "node:util";
import { Command } from "commander";
import { openAdmin } from "../admin.ts";
import { action, type Run } from "../command.ts";
import { CliError, exitCodes } from "../errors.ts";
import { ask, notPromised, send } from "../gateway.ts";
import { print, shown } from "../output.ts";
import { headerValue } from "../pairs.ts";
import { parseJson } from "../parse-json.ts";
import { configPath } from "../settings.ts";
import type { Surroundings } from "../surroundings.ts";
import { isThing, type Thing, textAt } from "../thing.ts";
import { readBudget } from "./budget.ts";

type DoctorOptions = { call?: boolean; graphql?: boolean; connection?: string };

/** One thing looked at: how it is, and what to do where it is not well. */
export type Finding = { check: string; state: "ok" | "warning" | "failed" | "skipped"; detail: string; todo?: string };

/** Upwork refuses a signature whose timestamp is more than 300 s off; a gateway near that will fail soon. */
const maxSkewSeconds = 120;

export function doctorCommand(around: Surroundings): Command {
  return new Command("doctor")
    .description("look for what is wrong: config, secrets, connections, clocks, budget; and say what to do")
    .option("--call", "make one real call as well (costs one unit)")
    .option("--graphql", "make it over GraphQL; without a key for REST it is made so anyway")
    .option("-c, --connection <name>", "the connection for --call")
    .addHelpText("after", "\nExit code 0: all is well, or only warnings; 3: something failed.")
    .action(action<DoctorOptions>(around, doctor));
}

async function doctor(run: Run<DoctorOptions>): Promise<void> {
  const findings: Finding[] = [];
  const tell = (found: Finding | Finding[]) => {
    for (const finding of [found].flat()) {
      findings.push(finding);
      if (!run.options.json) run.around.out(line(finding));
    }
  };
  tell(lookAtConfig(run));
  const health = await lookAtGateway(run);
  tell(health);
  if (health.at(-1)?.state !== "failed") {
    tell(await lookAtKeyAndBudget(run));
    const { found, isGraphqlOnly } = await lookAtDeployment(run);
    tell(found);
    if (run.options.call) tell(await lookAtCall(run, run.options.graphql === true || isGraphqlOnly));
  }
  const failed = findings.filter(({ state }) => state === "failed").length;
  if (run.options.json) print(run.around, run.options, { findings, failed }, () => "");
  if (failed > 0) throw new CliError("refused", `${failed} of ${findings.length} checks failed.`, { findings, failed });
}

const marks = { ok: "green", warning: "yellow", failed: "red", skipped: "gray" } as const;

function line({ check, state, detail, todo }: Finding): string {
  const mark = styleText(marks[state], state.padEnd(8), { stream: process.stdout });
  const advice = todo === undefined ? "" : `\n${" ".repeat(9)}-> ${shown(todo)}`;
  return `${mark} ${check}: ${shown(detail)}${advice}\n`;
}

function lookAtConfig({ around, options, settings }: Run<DoctorOptions>): Finding {
  const path = configPath(around, options);
  // A file that cannot be used has already ended the command with its reason.
  const detail = existsSync(path) ? `${path} is readable by you alone` : "no config file; flags and environment count";
  return { check: "config", state: "ok", detail: `${detail}; gateway at ${settings.url}` };
}

async function lookAtGateway({ around, settings }: Run<DoctorOptions>): Promise<Finding[]> {
  const before = around.now();
  try {
    const { value, headers } = await ask(around, settings, { as: "nobody", path: "/health" });
    if (textAt(value, "stage") === "") throw notPromised(settings, "/health");
    const took = around.now() - before;
    const found: Finding = {
      check: "gateway",
      state: "ok",
      detail: `stage "${textAt(value, "stage")}" answers in ${took} ms`,
    };
    const served = Date.parse(headers.get("date") ?? "");
    return Number.isNaN(served) ? [found] : [clock(served - (before + took / 2)), found];
  } catch (error) {
    return [failure("gateway", error, "Check --url, or start it with: npm start")];
  }
}

function clock(skewMs: number): Finding {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const detail = `this machine and the gateway differ by ${seconds} s`;
  if (seconds <= maxSkewSeconds) return { check: "clock", state: "ok", detail };
  const todo = "Set this machine's clock by a time server. Signatures more than 300 s off are refused.";
  return { check: "clock", state: "warning", detail, todo };
}

async function lookAtKeyAndBudget(run: Run<DoctorOptions>): Promise<Finding[]> {
  const read = await readBudget(run).catch((error: unknown) =>
    failure("client key", error, "Ask an admin for a key, or make one: upwork-gateway clients create NAME"),
  );
  if ("check" in read) return [read];
  const { limits, client } = read.view;
  const scarce = limits.filter(({ quota, left }) => left < quota * 0.05).map(({ name }) => name);
  const left = limits.map((limit) => `${limit.left} of ${limit.quota} a ${limit.name}`).join(", ");
  return [
    {
      check: "client key",
      state: "ok",
      detail: `belongs to client "${client}"`,
    },
    scarce.length === 0
      ? { check: "budget", state: "ok", detail: `left: ${left}` }
      : {
          check: "budget",
          state: "warning",
          detail: `almost used up: ${scarce.join(", ")} (left: ${left})`,
          todo: "See who uses it: upwork-gateway calls, upwork-gateway clients list",
        },
  ];
}

async function lookAtDeployment({
  around,
  settings,
}: Run<DoctorOptions>): Promise<{ found: Finding[]; isGraphqlOnly: boolean }> {
  const admin = openAdmin(around, settings);
  let gateway: Thing;
  let connections: Thing[];
  try {
    gateway = await admin.get("/admin", ["stage", "gate", "applications"]);
    connections = await admin.list("/admin/connections", ["name", "status"]);
  } catch (error) {
    const found = failure("deployment", error, "Give the admin key, or read it from AWS with --aws --stage STAGE");
    // Whoever is no operator has seen all that is theirs.
    const isRefused = error instanceof CliError && error.exitCode === exitCodes.refused;
    return { found: [isRefused ? { ...found, state: "skipped" } : found], isGraphqlOnly: false };
  }
  const of = connections.length > 0 ? connections.map(connection) : [noConnection(gateway)];
  const isGraphqlOnly =
    textAt(gateway, "applications.oauth2") === "true" && textAt(gateway, "applications.oauth1") !== "true";
  return { found: [applications(gateway), gate(gateway), ...of], isGraphqlOnly };
}

function applications(gateway: Thing): Finding {
  const configured = ["oauth1", "oauth2"].filter((auth) => textAt(gateway, `applications.${auth}`) === "true");
  return configured.length > 0
    ? { check: "application", state: "ok", detail: `key configured for ${configured.join(" and ")}` }
    : {
        check: "application",
        state: "failed",
        detail: "no Upwork key is configured",
        todo: `Run: upwork-gateway configure --stage ${textAt(gateway, "stage")}, and register ${textAt(gateway, "callbackUrl")} at Upwork`,
      };
}

function gate(gateway: Thing): Finding {
  const state = textAt(gateway, "gate");
  if (state === "open") return { check: "gate", state: "ok", detail: "open" };
  return state === "disabled"
    ? {
        check: "gate",
        state: "failed",
        detail: "closed: Upwork said that the key is disabled",
        todo: "Settle it with Upwork, then run: upwork-gateway reopen",
      }
    : {
        check: "gate",
        state: "warning",
        detail: "closed for a while: Upwork answered 429",
        todo: "Wait; it opens by itself.",
      };
}

function connection(thing: Thing): Finding {
  const name = textAt(thing, "name");
  const status = textAt(thing, "status");
  const check = `connection ${name}`;
  if (status === "connected") {
    return { check, state: "ok", detail: `connected as ${textAt(thing, "account.name") || "an account"}` };
  }
  const todo = `Run: upwork-gateway connect ${name}`;
  return status === "needs_reauth"
    ? { check, state: "failed", detail: "Upwork no longer accepts its tokens", todo }
    : { check, state: "warning", detail: "begun but not finished", todo };
}

function noConnection(gateway: Thing): Finding {
  const todo = "Run: upwork-gateway connect NAME";
  return { check: "connections", state: "warning", detail: `stage "${textAt(gateway, "stage")}" has none yet`, todo };
}

async function lookAtCall({ around, settings, options }: Run<DoctorOptions>, isGraphql: boolean): Promise<Finding> {
  const { connection } = options;
  const named = connection === undefined ? {} : { "connection-id": headerValue("--connection", connection) };
  const headers = { prefer: "wait=10", ...named };
  const call = isGraphql
    ? ({ method: "POST", path: "/graphql", json: { query: "{ user { id } }" } } as const)
    : ({ method: "GET", path: "/api/auth/v1/info" } as const);
  const what = `${call.method} ${call.path}`;
  try {
    const { status, headers: answered, bytes } = await send(around, settings, { as: "client", headers, ...call });
    const value = parseJson(bytes);
    const isWrong = status >= 300 || !isThing(value) || (isGraphql && value.errors !== undefined);
    if (!isWrong) return { check: "call", state: "ok", detail: `${what} answered ${status}` };
    const advice = answered.get("gateway-advice") ?? "See what it says: upwork-gateway call GET /api/auth/v1/info -i";
    return { check: "call", state: "failed", detail: `${what} answered ${status}`, todo: advice };
  } catch (error) {
    return failure("call", error, "Try again: upwork-gateway doctor --call");
  }
}

function failure(check: string, error: unknown, todo: string): Finding {
  if (!(error instanceof CliError)) throw error;
  return { check, state: "failed", detail: error.message, todo };
}
