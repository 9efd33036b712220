import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { adminRoute, etagOf } from "../platform/admin-route.ts";
import { invalidField } from "../platform/invalid-field.ts";
import { Problem } from "../platform/problem.ts";
import { costOf } from "./cost.ts";
import { defineWatch, type NewWatch, newWatchSchema } from "./new-watch.ts";
import { preview, previewedSchema, previewProblems } from "./preview.ts";
import { nextRun } from "./schedule.ts";
import { callKey, type Definition, type Watch } from "./watch.ts";
import { costSchema, previewSchema, viewWatch, watchParams, watchSchema } from "./watch-schemas.ts";
import { requireClientsConnection, requireWatch, type WatchServices } from "./watch-services.ts";

const route = adminRoute<WatchServices>();
const whole = z.strictObject({ watch: watchSchema, preview: z.optional(previewSchema), cost: costSchema });

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
    problems: previewProblems,
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
    answers: { 200: { description: "What it would send, and what it would cost", schema: previewedSchema } },
    problems: previewProblems,
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
    problems: previewProblems,
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
] as const;

async function define(services: WatchServices, body: NewWatch): Promise<Definition> {
  const definition = defineWatch(body, await requireClientsConnection(services, body.client));
  const known = new Set((await services.watching.deliverer.targets()).map(({ id }) => id));
  const unknown = definition.targets?.find((id) => !known.has(id));
  if (unknown === undefined) return definition;
  const sentence = `There is no webhook "${unknown}". GET /admin/webhooks lists them.`;
  throw invalidField("/body/targets", `no webhook "${unknown}"`, sentence);
}

/** Whether a changed definition would take old things for new, or all for changed. */
function looksElsewhere(before: Definition, after: Definition): boolean {
  const seen = ({ connection, call, items, itemId, on, changeOf, projection }: Definition) =>
    JSON.stringify([connection, call, items, itemId, on, ...(on === "changed" ? [changeOf, projection] : [])]);
  return seen(before) !== seen(after);
}
