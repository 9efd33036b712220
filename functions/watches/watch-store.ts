import * as z from "zod/mini";
import {
  changeItem,
  deleteItem,
  getItem,
  type Key,
  putItem,
  queryDue,
  queryItems,
  type StateTable,
  updateItem,
} from "../platform/state-table.ts";
import { definitionSchema, type Watch } from "./watch.ts";
import { type RunSummary, readState, type WatchState } from "./watch-state.ts";

export type Lease = { watchId: string; leaseId: string };

/** What a run leaves behind. */
export type RunEnd = Pick<WatchState, "primedAt" | "checkedAt" | "recent" | "failures" | "failingSince"> & {
  lastRun: RunSummary;
  /** Absent where there is no further run. */
  dueAt?: number | undefined;
  /** Pauses the watch, and says why. */
  pausedBecause?: string | undefined;
};

export type WatchStore = {
  list(): Promise<{ watch: Watch; state: WatchState }[]>;
  find(id: string): Promise<{ watch: Watch; state: WatchState } | undefined>;
  create(watch: Watch, dueAt: number | undefined): Promise<void>;
  /** Replaces what an admin decides; false when the stored version is not the one before. `isFresh` lets it learn anew. */
  replace(watch: Watch, dueAt: number | undefined, isFresh: boolean): Promise<boolean>;
  remove(id: string): Promise<void>;
  pause(id: string): Promise<void>;
  resume(id: string, dueAt: number | undefined): Promise<void>;
  /** Ids of watches that are due, the longest waiting first. */
  due(now: number, limit: number): Promise<{ id: string; dueAt: number }[]>;
  /**
   * Takes the one right to run a watch for `leaseMs`: of those who come for the same due time only one gets it, and
   * nobody while a run is under way. Without `dueAt`, it is a run that somebody asked for.
   */
  claim(id: string, leaseId: string, now: number, leaseMs: number, dueAt?: number): Promise<WatchState | undefined>;
  /** Ends a run; false when it took so long that another has begun. */
  finish(lease: Lease, end: RunEnd): Promise<boolean>;
};

const watchSchema = z.object({
  sk: z.string(),
  /** As a text of JSON, for the variables of its call may hold what DynamoDB's values cannot; older items are no text. */
  definition: z.unknown(),
  createdAt: z.number(),
  version: z.number(),
});

const partition = "WATCH";
const statePartition = "WATCH-STATE";
const dueKey = "WATCH";
const keyOf = (id: string): Key => ({ pk: partition, sk: id });
const stateKeyOf = (id: string): Key => ({ pk: statePartition, sk: id });

function readWatch(item: Record<string, unknown>): Watch {
  const { sk, definition, ...rest } = watchSchema.parse(item);
  return {
    id: sk,
    ...definitionSchema.parse(typeof definition === "string" ? JSON.parse(definition) : definition),
    ...rest,
  };
}

/** Keeps a watch and its state as two items of the State table: who changes one disturbs no run of the other. */
export function createWatchStore(table: StateTable): WatchStore {
  const itemOf = ({ id, createdAt, version, ...definition }: Watch) => ({
    ...keyOf(id),
    definition: JSON.stringify(definition),
    createdAt,
    version,
  });
  const due = (dueAt: number | undefined) => (dueAt === undefined ? {} : { dueKey, dueAt });
  return {
    async list() {
      const [watches, states] = await Promise.all([queryItems(table, partition), queryItems(table, statePartition)]);
      const byId = new Map(states.map((item) => [String(item.sk), readState(item)]));
      return watches.map(readWatch).flatMap((watch) => {
        const state = byId.get(watch.id);
        return state === undefined ? [] : [{ watch, state }];
      });
    },
    async find(id) {
      const [watch, state] = await Promise.all([getItem(table, keyOf(id)), getItem(table, stateKeyOf(id))]);
      return watch === undefined || state === undefined
        ? undefined
        : { watch: readWatch(watch), state: readState(state) };
    },
    async create(watch, dueAt) {
      await putItem(table, {
        ...stateKeyOf(watch.id),
        status: "active",
        checkedAt: 0,
        recent: [],
        failures: 0,
        ...due(dueAt),
      });
      await putItem(table, itemOf(watch));
    },
    async replace(watch, dueAt, isFresh) {
      const isReplaced = await putItem(table, itemOf(watch), {
        expression: "#version = :before",
        names: { "#version": "version" },
        values: { ":before": watch.version - 1 },
      });
      if (!isReplaced) return false;
      const values = { ":active": "active", ":at": dueAt, ":key": dueKey, ":none": [] };
      // What the last run saw was seen with the old eyes: all of it is looked up again, or learnt anew.
      await updateItem(table, stateKeyOf(watch.id), `SET recent = :none${isFresh ? " REMOVE primedAt" : ""}`, {
        expression: "attribute_exists(pk)",
        values: { ":none": values[":none"] },
      });
      if (dueAt !== undefined) {
        await updateItem(table, stateKeyOf(watch.id), "SET dueAt = :at, dueKey = :key", {
          expression: "#status = :active AND attribute_not_exists(leaseId)",
          names: { "#status": "status" },
          values: { ":active": values[":active"], ":at": values[":at"], ":key": values[":key"] },
        });
      }
      return true;
    },
    async remove(id) {
      await deleteItem(table, keyOf(id));
      await deleteItem(table, stateKeyOf(id));
    },
    async pause(id) {
      await updateItem(table, stateKeyOf(id), "SET #status = :paused, pausedBecause = :why REMOVE dueKey, dueAt", {
        expression: "attribute_exists(pk)",
        names: { "#status": "status" },
        values: { ":paused": "paused", ":why": "An admin paused it." },
      });
    },
    async resume(id, dueAt) {
      await updateItem(
        table,
        stateKeyOf(id),
        `SET #status = :active, failures = :none${dueAt === undefined ? "" : ", dueKey = :key, dueAt = :at"} REMOVE pausedBecause, failingSince, leaseId, leaseUntil`,
        {
          expression: "attribute_exists(pk)",
          names: { "#status": "status" },
          values: {
            ":active": "active",
            ":none": 0,
            ...(dueAt === undefined ? {} : { ":key": dueKey, ":at": dueAt }),
          },
        },
      );
    },
    async due(now, limit) {
      return (await queryDue(table, dueKey, now, limit)).map(({ key, dueAt }) => ({ id: key.sk, dueAt }));
    },
    async claim(id, leaseId, now, leaseMs, dueAt) {
      const isFree = "(attribute_not_exists(leaseUntil) OR leaseUntil <= :now)";
      const item = await changeItem(
        table,
        stateKeyOf(id),
        `SET leaseId = :lease, leaseUntil = :until${dueAt === undefined ? "" : ", dueAt = :until"}`,
        {
          expression: `attribute_exists(pk) AND ${isFree}${dueAt === undefined ? "" : " AND #status = :active AND dueAt = :due"}`,
          ...(dueAt === undefined ? {} : { names: { "#status": "status" } }),
          values: {
            ":lease": leaseId,
            ":now": now,
            ":until": now + leaseMs,
            ...(dueAt === undefined ? {} : { ":active": "active", ":due": dueAt }),
          },
        },
      );
      return item === undefined ? undefined : readState(item);
    },
    async finish({ watchId, leaseId }, { recent, pausedBecause, dueAt, ...rest }) {
      const end = async (more: Record<string, unknown>, gone: readonly string[], status?: "active") => {
        const compact = [...recent].map(([key, version]) => `${key}:${version}`);
        const given = Object.entries({ ...rest, recent: compact, ...more }).filter(([, value]) => value !== undefined);
        return updateItem(
          table,
          stateKeyOf(watchId),
          `SET ${given.map(([name]) => `#${name} = :${name}`).join(", ")} REMOVE ${gone.join(", ")}`,
          {
            expression: `leaseId = :lease${status === undefined ? "" : " AND #status = :now"}`,
            names: {
              ...Object.fromEntries(given.map(([name]) => [`#${name}`, name])),
              ...(status === undefined ? {} : { "#status": "status" }),
            },
            values: {
              ":lease": leaseId,
              ...Object.fromEntries(given.map(([name, value]) => [`:${name}`, value])),
              ...(status === undefined ? {} : { ":now": status }),
            },
          },
        );
      };
      const gone = ["leaseId", "leaseUntil", ...(rest.failingSince === undefined ? ["failingSince"] : [])];
      if (pausedBecause !== undefined) {
        return end({ status: "paused", pausedBecause }, [...gone, "dueKey", "dueAt"]);
      }
      // Where somebody paused it meanwhile, it stays so: there is no next run then.
      const goesOn = dueAt !== undefined && (await end({ dueKey, dueAt }, gone, "active"));
      return goesOn || end({}, [...gone, "dueKey", "dueAt"]);
    },
  };
}
