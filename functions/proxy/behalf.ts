import { requireGraphqlAccess, requireRestAccess } from "../clients/access.ts";
import { type Client, findClient } from "../clients/clients.ts";
import type { HttpRequest, HttpResponse } from "../platform/http.ts";
import { Problem } from "../platform/problem.ts";
import type { StateTable } from "../platform/state-table.ts";
import { connectionOf, readCall } from "./call.ts";
import { graphqlCall } from "./graphql.ts";
import { readGraphqlDocument } from "./graphql-document.ts";
import type { OpenCalls } from "./open-calls.ts";
import { callAs } from "./proxy.ts";

/** Calls that the gateway makes for a client which is not there to show its key: those of watches and hooks. */
export type Behalf = {
  /**
   * Makes a request as a client, with its permissions and its share, but at `batch` priority: people come first.
   *
   * @throws Problem as for a call over HTTP, and `not-found` for a client that is gone
   */
  perform(client: string, request: HttpRequest): Promise<HttpResponse>;
  /** Throws what `perform` would throw before it spends anything. */
  check(client: string, request: HttpRequest): Promise<void>;
};

/** `graphqlUpstream` is the origin of Upwork's GraphQL API. */
export function createBehalf(dependencies: OpenCalls & { table: StateTable; graphqlUpstream: string }): Behalf {
  const { table, graphqlUpstream } = dependencies;
  async function clientOf(id: string): Promise<Client> {
    const client = await findClient(table, id);
    if (client === undefined) throw new Problem("not-found", `There is no client "${id}" any more.`);
    return { ...client, share: { ...client.share, priority: "batch" } };
  }
  return {
    async perform(id, request) {
      const client = await clientOf(id);
      if (request.path !== "/graphql") return callAs(dependencies, client, request);
      return graphqlCall({ ...dependencies, upstream: graphqlUpstream, authenticate: async () => client }, request);
    },
    async check(id, request) {
      const client = await clientOf(id);
      if (request.path !== "/graphql") return requireRestAccess(client, readCall(request, client));
      const isMutation = readGraphqlDocument(request).kind === "mutation";
      requireGraphqlAccess(client, { connection: connectionOf(request, client), isMutation });
    },
  };
}
