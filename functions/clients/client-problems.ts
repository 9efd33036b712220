import { Problem } from "../platform/problem.ts";
import type { StateTable } from "../platform/state-table.ts";
import { ClientExistsError, ClientGoneError, TooManyKeysError } from "./client-keys.ts";
import { findClient, type StoredClient } from "./clients.ts";

/** The client that a path names. Throws the problem `not-found` where there is none. */
export async function requireClient(table: StateTable, id: string): Promise<StoredClient> {
  const client = await findClient(table, id);
  if (client === undefined)
    throw new Problem("not-found", `There is no client "${id}". GET /admin/clients lists them.`);
  return client;
}

/** Ends what was asked for with the problem `conflict` where the client or its keys stand in the way, else with the error itself. */
export function throwAsProblem(error: unknown): never {
  const isConflict =
    error instanceof ClientExistsError || error instanceof TooManyKeysError || error instanceof ClientGoneError;
  if (isConflict) throw new Problem("conflict", error.message, { cause: error });
  throw error;
}
