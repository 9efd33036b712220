import type { Context } from "../context.ts";
import { collectParameters, type WireRequest } from "../oauth1/signature.ts";
import type { Verdict } from "../oauth1/verify.ts";
import { bearer } from "./steps.ts";

/** The verdict on a REST call with a bearer token, as the clients of 2018 sent them; `undefined` for one without. */
export function verifyBearer(context: Context, request: WireRequest): Verdict | undefined {
  const grant = bearer(context, request.authorization);
  if (grant === undefined) return undefined;
  const parameters = collectParameters(request);
  if (grant === "dead" || parameters === undefined) return { ok: false, message: "Authentication failed" };
  const { clientId, userId } = grant;
  return { ok: true, application: { consumerKey: clientId, consumerSecret: "", type: "web" }, parameters, userId };
}
