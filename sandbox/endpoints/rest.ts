import type { Context } from "../context.ts";
import { errorAnswer, isReportPath, jsonAnswer } from "../http/answers.ts";
import type { Answer, Exchange, Layer } from "../http/exchange.ts";
import { asXml } from "../http/xml.ts";
import { ownBaseString, refusal } from "../oauth1/refuse.ts";
import type { Pair } from "../oauth1/signature.ts";
import { verify } from "../oauth1/verify.ts";
import { signedRequest } from "../oauth1/wire.ts";
import { verifyBearer } from "../oauth2/bearer-call.ts";
import type { User } from "../world/people.ts";
import { parametersOf } from "./parameters.ts";
import { createRouter } from "./router.ts";
import { endpoints } from "./table.ts";

const route = createRouter(endpoints);

/** The REST API: everything below `/api` and `/gds` that a signed call with an access token can reach. */
export const rest =
  (context: Context): Layer =>
  (exchange) => {
    const answer = answerCall(context, exchange);
    return exchange.path.startsWith("/api/") && exchange.path.endsWith(".xml") ? asXml(answer) : answer;
  };

function answerCall(context: Context, exchange: Exchange): Answer {
  const { clock, switches, world } = context;
  const { note, path } = exchange;
  const wire = signedRequest(context, exchange);
  const refused = (status: number, message: string, reason?: string): Answer => {
    note.verdict = message;
    return errorAnswer(path, status, message, clock.now(), reason);
  };
  const verdict = verifyBearer(context, wire) ?? verify(context, wire, "access", ownBaseString(exchange));
  if (!verdict.ok) return refusal(context, exchange, verdict);
  note.consumerKey = verdict.application.consumerKey;
  if (verdict.userId !== undefined) note.userId = verdict.userId;
  const parameters = parametersOf([
    ...verdict.parameters.filter(([name]) => !name.startsWith("oauth_")),
    ...(wire.form === undefined ? jsonParameters(exchange.body) : []),
  ]);
  const matches = route(path.replace(/\.(json|xml)$/, ""));
  if (matches.length === 0) return refused(isReportPath(path) ? 500 : 404, "Wrong URL requested");
  const method = meantMethod(exchange.method, parameters.get("http_method"));
  const found = matches.find(({ endpoint }) => endpoint.method === method);
  if (found === undefined) return refused(405, "Method not allowed");
  note.endpoint = `${found.endpoint.method} ${found.endpoint.path}`;
  const { permissions } = verdict.application;
  const isPermitted = permissions?.includes(found.endpoint.permission) !== false && !exchange.hasNoPermission;
  if (switches.checkKeyPermissions && !isPermitted) {
    return refused(switches.missingPermissionStatus, "This APP has no access to requested resource");
  }
  const user = world.users.get(verdict.userId ?? "");
  if (user === undefined) return refused(403, "Forbidden");
  const { endpoint, segments } = found;
  const segment = (name: string) => segments[name] ?? "";
  const result = endpoint.answer({ world, user, parameters, segment, now: clock.now(), switches });
  if ("error" in result) return refused(result.error.status, result.error.message, result.error.reason);
  note.verdict = "ok";
  if ("table" in result) return jsonAnswer(200, { table: result.table });
  return jsonAnswer(200, { ...envelope(user, clock.now()), ...result.payload });
}

/** Most official clients send PUT and DELETE as a POST that says so in a parameter. */
function meantMethod(method: string, override: string): string {
  const meant = override.toUpperCase();
  return method === "POST" && (meant === "PUT" || meant === "DELETE") ? meant : method;
}

function envelope(user: User, now: number) {
  return {
    server_time: Math.floor(now / 1000),
    auth_user: {
      first_name: user.firstName,
      last_name: user.lastName,
      uid: user.id,
      mail: user.email,
      messenger_id: "",
      messenger_type: "",
      timezone: user.timezone,
      timezone_offset: user.timezoneOffset,
    },
  };
}

/** The members of a JSON object as parameters; deeper values stay JSON text. */
function jsonParameters(body: Buffer): Pair[] {
  if (body.byteLength === 0) return [];
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    return [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).map(([name, member]) => [
    name,
    typeof member === "string" ? member : JSON.stringify(member),
  ]);
}
