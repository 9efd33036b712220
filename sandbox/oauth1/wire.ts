import type { Context } from "../context.ts";
import type { Exchange } from "../http/exchange.ts";
import type { WireRequest } from "./signature.ts";

/** The form that a request carries as its body, or `undefined` where the body is something else. */
export function formOf({ headers, body }: Exchange): string | undefined {
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers["content-type"] ?? "");
  return isForm ? body.toString("utf8") : undefined;
}

/** An exchange as its signature covers it: with the address that the client used, not the one it arrived at. */
export function signedRequest({ publicUrl }: Context, exchange: Exchange): WireRequest {
  const { method, path, query, headers } = exchange;
  const origin = publicUrl?.origin ?? `http://${(headers.host ?? "").toLowerCase().replace(/:80$/, "")}`;
  const stage = publicUrl?.pathname.replace(/\/$/, "") ?? "";
  return { method, origin, path: stage + path, query, authorization: headers.authorization, form: formOf(exchange) };
}
