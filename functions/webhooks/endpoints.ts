import * as z from "zod/mini";
import { type EventType, eventTypes } from "../platform/events.ts";
import { deleteItem, getItem, putItem, queryItems, type StateTable, updateItem } from "../platform/state-table.ts";

/** How a body is written: as Standard Webhooks has it, or as the incoming webhooks of a chat want it. */
export const bodyShapes = ["standard", "slack", "discord", "teams"] as const;
export type BodyShape = (typeof bodyShapes)[number];

/** Whoever wants to be told. The signing secret and the values of its own headers live in Secrets Manager. */
export type Endpoint = {
  id: string;
  name: string;
  url: string;
  /** The types it wants; `*` stands for all, those of later versions too. */
  events: readonly (EventType | "*")[];
  shape: BodyShape;
  /** At most this many deliveries begin in a second. */
  perSecond: number;
  /** At most this many deliveries are under way at once; with 1, each waits for the one before it. */
  inFlight: number;
  state: "enabled" | "disabled";
  /** Why the gateway itself disabled it. */
  disabledBecause?: string | undefined;
  /** Since when no delivery has succeeded, in ms since 1970; absent while the last one did. */
  failingSince?: number | undefined;
  createdAt: number;
  /** Grows with each change that an admin makes. */
  version: number;
};

const itemSchema = z.object({
  sk: z.string(),
  name: z.string(),
  url: z.string(),
  events: z.array(z.enum([...eventTypes, "*"])),
  shape: z.enum(bodyShapes),
  perSecond: z.number(),
  inFlight: z.number(),
  state: z.enum(["enabled", "disabled"]),
  disabledBecause: z.optional(z.string()),
  failingSince: z.optional(z.number()),
  createdAt: z.number(),
  version: z.number(),
});

const partition = "ENDPOINT";

export type EndpointStore = {
  /** All endpoints, in the order of their ids. */
  list(): Promise<Endpoint[]>;
  find(id: string): Promise<Endpoint | undefined>;
  /** Stores a new endpoint (version 1) or the successor of the stored version; false when somebody was faster. */
  save(endpoint: Endpoint): Promise<boolean>;
  remove(id: string): Promise<void>;
  /** Notes since when an endpoint fails, where that is not noted yet. */
  noteFailing(id: string, since: number): Promise<void>;
  noteHealthy(id: string): Promise<void>;
  /** Stops deliveries to an endpoint; false when it does not take any already. */
  disable(id: string, because: string): Promise<boolean>;
};

/** Keeps endpoints in the State table. */
export function createEndpointStore(table: StateTable): EndpointStore {
  const read = (item: Record<string, unknown>): Endpoint => {
    const { sk, ...rest } = itemSchema.parse(item);
    return { id: sk, ...rest };
  };
  return {
    async list() {
      return (await queryItems(table, partition)).map(read);
    },
    async find(id) {
      const item = await getItem(table, { pk: partition, sk: id });
      return item === undefined ? undefined : read(item);
    },
    save({ id, ...rest }) {
      return putItem(
        table,
        { pk: partition, sk: id, ...rest },
        rest.version === 1
          ? { expression: "attribute_not_exists(pk)" }
          : {
              expression: "#version = :before",
              names: { "#version": "version" },
              values: { ":before": rest.version - 1 },
            },
      );
    },
    async remove(id) {
      await deleteItem(table, { pk: partition, sk: id });
    },
    async noteFailing(id, since) {
      await updateItem(table, { pk: partition, sk: id }, "SET failingSince = :since", {
        expression: "attribute_exists(pk) AND attribute_not_exists(failingSince)",
        values: { ":since": since },
      });
    },
    async noteHealthy(id) {
      await updateItem(table, { pk: partition, sk: id }, "REMOVE failingSince", {
        expression: "attribute_exists(failingSince)",
      });
    },
    disable(id, because) {
      return updateItem(
        table,
        { pk: partition, sk: id },
        "SET #state = :disabled, disabledBecause = :because, #version = #version + :one",
        {
          expression: "#state = :enabled",
          names: { "#state": "state", "#version": "version" },
          values: { ":enabled": "enabled", ":disabled": "disabled", ":because": because, ":one": 1 },
        },
      );
    },
  };
}

/** Whether an endpoint is to be told of an event. `targets`, where given, names the only endpoints that are. */
export function wants(
  endpoint: Endpoint,
  event: { type: EventType; targets?: readonly string[] | undefined },
): boolean {
  if (endpoint.state !== "enabled") return false;
  if (event.targets !== undefined && !event.targets.includes(endpoint.id)) return false;
  return endpoint.events.includes("*") || endpoint.events.includes(event.type);
}
