import { answerAdmin } from "../../functions/admin/router.ts";
import { type AdminServices, adminRoutes } from "../../functions/admin/table.ts";
import type { AdminRoute } from "../../functions/platform/admin-route.ts";
import type { HttpRequest } from "../../functions/platform/http.ts";
import { Problem } from "../../functions/platform/problem.ts";

export type AdminReply = {
  status: number;
  headers: Record<string, string>;
  /** The answer's JSON, or the problem document. */
  body: Record<string, unknown> & { items?: Record<string, unknown>[]; errors?: { pointer: string; detail: string }[] };
};

export type AdminCall = {
  query?: string;
  /** Sent as JSON; a string or bytes as they are. */
  body?: unknown;
  headers?: Record<string, string>;
  now?: number;
};

/** The admin API without its door: calls the rows as the admin function does. */
export function adminApi(services: Partial<AdminServices>, routes: readonly AdminRoute<never>[] = adminRoutes) {
  return async (method: string, path: string, call: AdminCall = {}): Promise<AdminReply> => {
    const { body } = call;
    const isRaw = typeof body === "string" || body instanceof Uint8Array;
    const text = body === undefined ? "" : isRaw ? body : JSON.stringify(body);
    const request: HttpRequest = {
      id: "request-1",
      method,
      path,
      rawQuery: call.query ?? "",
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...call.headers },
      cookies: {},
      body: Buffer.from(text),
      sourceIp: "192.0.2.1",
    };
    try {
      const answer = await answerAdmin(
        routes as readonly AdminRoute<Partial<AdminServices>>[],
        services,
        request,
        call.now ?? Date.now(),
      );
      const answered = String(answer.body ?? "");
      return {
        status: answer.status,
        headers: answer.headers ?? {},
        body: answered === "" ? {} : JSON.parse(answered),
      };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { status: error.status, headers: error.headers, body: error.toJSON() };
    }
  };
}
