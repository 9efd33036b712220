import type { StateTable } from "../platform/state-table.ts";
import { listClients, type StoredClient } from "./clients.ts";

/** Every client, in the order of their ids. */
export async function listAllClients(table: StateTable): Promise<StoredClient[]> {
  const all: StoredClient[] = [];
  let after: string | undefined;
  do {
    const page = await listClients(table, { limit: 100, after });
    all.push(...page.clients);
    after = page.last;
  } while (after !== undefined);
  return all;
}

/** The units that each client has of its own, by its id; the budget is told them whenever a client changes. */
export function guaranteesOf(clients: readonly StoredClient[]): Record<string, number> {
  return Object.fromEntries(clients.map(({ id, share }) => [id, share.guaranteed]));
}
