import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { adminRoute, etagOf } from "../platform/admin-route.ts";
import type { Limit } from "../platform/limit-schema.ts";
import { Problem } from "../platform/problem.ts";
import { AnswerError } from "./calls.ts";
import { costOf } from "./cost.ts";
import { fetchItems } from "./fetch-items.ts";
import { NoItemsError } from "./new-items.ts";
import { defineWatch, type NewWatch, newWatchSchema } from "./new-watch.ts";
import type { openWatches } from "./open-watches.ts";
import { runWatch } from "./run.ts";
import { nextRun } from "./schedule.ts";
import { callKey, type Definition, type Watch } from "./watch.ts";
import {
  costSchema,
  previewSchema,
  runSchema,
  viewPreview,
  viewRun,
  viewWatch,
  watchParams,
  watchSchema,
} from "./watch-schemas.ts";

export type WatchServices = {
  watching: ReturnType<typeof openWatches>;
  /** A client's own connection; `undefined` where there is no such client. */
  connectionOfClient: (client: string) => Promise<string | undefined>;
  limits: readonly Limit[];
};

const route = adminRoute<WatchServices>();
const previewed = z.strictObject({ preview: previewSchema, cost: costSchema });
const whole = z.strictObject({ watch: watchSchema, preview: z.optional(previewSchema), cost: costSchema });
const failures = [
  "not-found",
  "request-invalid",
  "client-not-allowed",
  "watch-call-failed",
  "quota-exceeded",
  "upstream-cooldown",
] as const;

/** Watches: what is asked for on a schedule, and told of once. */
export const watchRoutes = [
  route({
    method: "GET",
    path: "/admin/watches",
    tag: "watches",
    summary: "List watches",
    answers: {
      200: { description: "All watches", schema: z.strictObject({ items: z.array(watchSchema) }) },
    },
    handle: async ({ watching }) => {
      const all = await watching.watches.list();
      return { status: 200, value: { items: all.map(({ watch, state }) => viewWatch(watch, state)) } };
    },
  }),
  route({
    method: "POST",
    path: "/admin/watches",
    tag: "watches",
    summary: "Create a watch",
    description:
      "Makes the call once, which spends a unit, and answers with the items it would send and with what the watch costs. Nothing is created when the call fails.",
    body: newWatchSchema,
    answers: { 201: { description: "The watch, what it sees now, and what it costs", schema: whole, hasEtag: true } },
    problems: failures,
    handle: async (services, { body, now }) => {
      const definition = await define(services, body);
      const seen = await preview(services, definition, now);
      const watch = { ...definition, id: `wat_${randomBytes(10).toString("hex")}`, createdAt: now, version: 1 };
      await services.watching.watches.create(watch, nextRun(watch.schedule, callKey(watch), now));
      const found = await requireWatch(services, watch.id);
      return {
        status: 201,
        value: { watch: viewWatch(found.watch, found.state), ...seen },
        etag: etagOf(1),
        location: `/admin/watches/${watch.id}`,
      };
    },
  }),
  route({
    method: "POST",
    path: "/admin/watches/test",
    tag: "watches",
    summary: "Try a watch out without creating it",
    description: "Makes the call once, which spends a unit.",
    body: newWatchSchema,
    answers: { 200: { description: "What it would send, and what it would cost", schema: previewed } },
    problems: failures,
    handle: async (services, { body, now }) => ({
      status: 200,
      value: await preview(services, await define(services, body), now),
    }),
  }),
  route({
    method: "GET",
    path: "/admin/watches/{id}",
    tag: "watches",
    summary: "Show a watch",
    params: watchParams,
    answers: {
      200: {
        description: "The watch and what it costs",
        schema: z.strictObject({ watch: watchSchema, cost: costSchema }),
        hasEtag: true,
      },
    },
    problems: ["not-found"],
    handle: async (services, { params, now }) => {
      const { watch, state } = await requireWatch(services, params.id);
      return {
        status: 200,
        value: { watch: viewWatch(watch, state), cost: costOf(watch, services.limits, now) },
        etag: etagOf(watch.version),
      };
    },
  }),
  route({
    method: "PUT",
    path: "/admin/watches/{id}",
    tag: "watches",
    summary: "Replace a watch's definition",
    description:
      "Makes the call once, as creating does. Where it looks at other things than before, its next run learns anew what is there and sends nothing.",
    params: watchParams,
    body: newWatchSchema,
    isConditional: true,
    answers: { 200: { description: "The watch as it is now", schema: whole, hasEtag: true } },
    problems: failures,
    handle: async (services, { params, body, requireMatch, now }) => {
      const { watch: before } = await requireWatch(services, params.id);
      requireMatch(etagOf(before.version));
      const definition = await define(services, body);
      const seen = await preview(services, definition, now);
      const watch: Watch = { ...definition, id: before.id, createdAt: before.createdAt, version: before.version + 1 };
      const dueAt = nextRun(watch.schedule, callKey(watch), now);
      if (!(await services.watching.watches.replace(watch, dueAt, looksElsewhere(before, watch)))) {
        throw new Problem("precondition-failed", `Watch "${watch.id}" was changed at this very moment. Read it again.`);
      }
      const { state } = await requireWatch(services, watch.id);
      return { status: 200, value: { watch: viewWatch(watch, state), ...seen }, etag: etagOf(watch.version) };
    },
  }),
  route({
    method: "DELETE",
    path: "/admin/watches/{id}",
    tag: "watches",
    summary: "Remove a watch",
    description: "Deliveries of what it has found go on.",
    params: watchParams,
    answers: { 204: { description: "It is gone" } },
    problems: ["not-found"],
    handle: async (services, { params }) => {
      await requireWatch(services, params.id);
      await services.watching.watches.remove(params.id);
      return { status: 204 };
    },
  }),
  route({
    method: "POST",
    path: "/admin/watches/{id}/pause",
    tag: "watches",
    summary: "Pause a watch",
    params: watchParams,
    answers: { 200: { description: "The watch", schema: watchSchema } },
    problems: ["not-found"],
    handle: async (services, { params }) => {
      await requireWatch(services, params.id);
      await services.watching.watches.pause(params.id);
      return shown(services, params.id);
    },
  }),
  route({
    method: "POST",
    path: "/admin/watches/{id}/resume",
    tag: "watches",
    summary: "Let a paused watch go on",
    description: "Its next run tells of everything that came meanwhile, as far as the source still shows it.",
    params: watchParams,
    answers: { 200: { description: "The watch", schema: watchSchema } },
    problems: ["not-found"],
    handle: async (services, { params, now }) => {
      const { watch } = await requireWatch(services, params.id);
      await services.watching.watches.resume(params.id, nextRun(watch.schedule, callKey(watch), now));
      return shown(services, params.id);
    },
  }),
  route({
    method: "POST",
    path: "/admin/watches/{id}/run",
    tag: "watches",
    summary: "Run a watch now",
    description: "Whether it is due or not; its schedule stays. Deliveries begin at once.",
    params: watchParams,
    answers: { 200: { description: "How the run went", schema: runSchema } },
    problems: ["not-found", "conflict"],
    handle: async (services, { params }) => {
      const { watch } = await requireWatch(services, params.id);
      const { watching } = services;
      const run = await runWatch({ ...watching, call: watching.calls.call }, watch).finally(watching.deliverer.settled);
      if (run === undefined) throw new Problem("conflict", `Watch "${watch.id}" is being run at this very moment.`);
      return { status: 200, value: viewRun(run) };
    },
  }),
  route({
    method: "POST",
    path: "/admin/watches/{id}/test",
    tag: "watches",
    summary: "Show what a watch sees now, without telling anybody",
    description: "Makes the call once, which spends a unit.",
    params: watchParams,
    answers: { 200: { description: "What it would send, and what it costs", schema: previewed } },
    problems: failures,
    handle: async (services, { params, now }) => {
      const { watch } = await requireWatch(services, params.id);
      return { status: 200, value: await preview(services, watch, now) };
    },
  }),
] as const;

async function shown(services: WatchServices, id: string) {
  const { watch, state } = await requireWatch(services, id);
  return { status: 200, value: viewWatch(watch, state), etag: etagOf(watch.version) };
}

async function requireWatch({ watching }: WatchServices, id: string) {
  const found = await watching.watches.find(id);
  if (found === undefined) throw new Problem("not-found", `There is no watch "${id}". GET /admin/watches lists them.`);
  return found;
}

async function define({ connectionOfClient, watching }: WatchServices, body: NewWatch): Promise<Definition> {
  const connection = await connectionOfClient(body.client);
  if (connection === undefined) {
    throw new Problem("request-invalid", `There is no client "${body.client}". GET /admin/clients lists them.`, {
      members: { errors: [{ pointer: "/body/client", detail: "no such client" }] },
    });
  }
  const definition = defineWatch(body, connection);
  const known = new Set((await watching.deliverer.targets()).map(({ id }) => id));
  const unknown = definition.targets?.find((id) => !known.has(id));
  if (unknown === undefined) return definition;
  throw new Problem("request-invalid", `There is no webhook "${unknown}". GET /admin/webhooks lists them.`, {
    members: { errors: [{ pointer: "/body/targets", detail: `no webhook "${unknown}"` }] },
  });
}

/** Makes the call once and shows what it finds. */
async function preview({ watching, limits }: WatchServices, definition: Definition, now: number) {
  await watching.calls.check(definition, definition.call);
  try {
    // Everything counts as known, so one page is all that is read.
    const { items, withoutId } = await fetchItems(definition, watching.calls.call, async () => true);
    return viewPreview(items, withoutId, costOf(definition, limits, now));
  } catch (error) {
    if (error instanceof AnswerError || error instanceof NoItemsError) {
      throw new Problem("watch-call-failed", error.message, { cause: error });
    }
    throw error;
  }
}

/** Whether a changed definition would take old things for new, or all for changed. */
function looksElsewhere(before: Definition, after: Definition): boolean {
  const seen = ({ connection, call, items, itemId, on, changeOf, projection }: Definition) =>
    JSON.stringify([connection, call, items, itemId, on, ...(on === "changed" ? [changeOf, projection] : [])]);
  return seen(before) !== seen(after);
}
