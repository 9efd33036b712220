import type { Context } from "../context.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { Answer, Exchange, Layer } from "../http/exchange.ts";
import { bearer } from "../oauth2/steps.ts";
import type { GraphQLReply, GraphQLRequest } from "./engine.ts";
import { tenantsOf } from "./tenants.ts";

/** `POST /graphql`: what api.upwork.com serves today. Everything but a dead token and broken JSON is a 200. */
export const graphql =
  (context: Context): Layer =>
  (exchange, next) =>
    exchange.path === "/graphql" ? answerCall(context, exchange) : next();

async function answerCall(context: Context, exchange: Exchange): Promise<Answer> {
  const { world, switches, clock, oauth2 } = context;
  const { note, headers, method } = exchange;
  const refused = (status: number, message: string): Answer => {
    note.verdict = message;
    return jsonAnswer(status, { message });
  };
  if (method !== "POST") return refused(405, "Method not allowed");
  const grant = bearer(context, headers.authorization);
  if (grant === undefined || grant === "dead") return refused(401, "Authentication failed");
  Object.assign(note, { consumerKey: grant.clientId, userId: grant.userId });
  const user = world.users.get(grant.userId);
  if (user === undefined) return refused(401, "Authentication failed");
  const request = readRequest(exchange.body);
  if (request === undefined) return refused(400, "The body is no JSON object with a query");
  const tenants = tenantsOf(world, user);
  const asked = headers["x-upwork-api-tenantid"] || undefined;
  const tenant = tenants.find(({ id }) => asked === undefined || id === asked);
  if (tenant === undefined) return told(exchange, authorizationFailed);
  const scopes = exchange.hasNoPermission
    ? []
    : oauth2.applications.find(({ clientId }) => clientId === grant.clientId)?.scopes;
  // Loaded by the first call: whoever uses REST alone starts without it.
  const { answer } = await import("./engine.ts");
  const viewer = { world, user, tenant, now: clock.now(), switches };
  return told(exchange, await answer(request, viewer, switches.checkKeyPermissions ? scopes : undefined, switches));
}

const authorizationFailed: GraphQLReply = {
  errors: [{ message: "Authorization failed", extensions: { classification: "ExecutionAborted" } }],
};

function told({ note }: Exchange, reply: GraphQLReply): Answer {
  note.verdict = reply.errors?.[0]?.message ?? "ok";
  return jsonAnswer(200, reply);
}

function readRequest(body: Buffer): GraphQLRequest | undefined {
  let sent: unknown;
  try {
    sent = JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
  if (!isObject(sent) || typeof sent.query !== "string") return undefined;
  return {
    query: sent.query,
    variables: isObject(sent.variables) ? sent.variables : undefined,
    operationName: typeof sent.operationName === "string" ? sent.operationName : undefined,
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
