import { invalidField } from "../platform/invalid-field.ts";
import type { Limit } from "../platform/limit-schema.ts";
import { Problem } from "../platform/problem.ts";
import type { openWatches } from "./open-watches.ts";

/** What the admin API needs of watches. */
export type WatchServices = {
  watching: ReturnType<typeof openWatches>;
  /** A client's own connection; `undefined` where there is no such client. */
  connectionOfClient: (client: string) => Promise<string | undefined>;
  limits: readonly Limit[];
};

/**
 * A client's own connection.
 *
 * @throws Problem `request-invalid` where there is no such client
 */
export async function requireClientsConnection(
  { connectionOfClient }: Pick<WatchServices, "connectionOfClient">,
  client: string,
): Promise<string> {
  const connection = await connectionOfClient(client);
  if (connection !== undefined) return connection;
  const sentence = `There is no client "${client}". GET /admin/clients lists them.`;
  throw invalidField("/body/client", "no such client", sentence);
}

/** @throws Problem `not-found` */
export async function requireWatch({ watching }: WatchServices, id: string) {
  const found = await watching.watches.find(id);
  if (found === undefined) throw new Problem("not-found", `There is no watch "${id}". GET /admin/watches lists them.`);
  return found;
}
