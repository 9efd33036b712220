import { adminRoute, etagOf } from "../platform/admin-route.ts";
import { Problem } from "../platform/problem.ts";
import { preview, previewedSchema, previewProblems } from "./preview.ts";
import { runWatch } from "./run.ts";
import { nextRun } from "./schedule.ts";
import { callKey } from "./watch.ts";
import { runSchema, viewRun, viewWatch, watchParams, watchSchema } from "./watch-schemas.ts";
import { requireWatch, type WatchServices } from "./watch-services.ts";

const route = adminRoute<WatchServices>();

/** What an admin has a watch do: rest, go on, run, or show what it sees. */
export const watchRunRoutes = [
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
    answers: { 200: { description: "What it would send, and what it costs", schema: previewedSchema } },
    problems: previewProblems,
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
