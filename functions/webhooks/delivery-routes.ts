import * as z from "zod/mini";
import { adminRoute, pageOf, pageQuery } from "../platform/admin-route.ts";
import { readCursor, writeCursor } from "../platform/cursor.ts";
import { described } from "../platform/described.ts";
import { Problem } from "../platform/problem.ts";
import { momentOf } from "./deliveries.ts";
import {
  deliveryParams,
  deliverySchema,
  filterFields,
  readFilter,
  targetParams,
  viewDelivery,
} from "./webhook-schemas.ts";
import { requireTarget, type WebhookServices } from "./webhook-services.ts";

const route = adminRoute<WebhookServices>();
/** One request replays so many at most, of so many that it looks at; whoever has more asks again. */
const maxReplayed = 500;
const maxLooked = 10_000;
const pageSize = 100;

/** What became of the deliveries of a webhook or of the bus, and how to have some made once more. */
export const deliveryRoutes = [
  route({
    method: "GET",
    path: "/admin/webhooks/{id}/deliveries",
    tag: "webhooks",
    summary: "List deliveries, the newest first",
    description: "A page may hold fewer than `limit`, or none, where a filter drops some; follow the cursor.",
    params: targetParams,
    query: z.strictObject({ ...pageQuery.shape, ...filterFields }),
    answers: { 200: { description: "A page of deliveries with every try", schema: pageOf(deliverySchema) } },
    problems: ["not-found"],
    handle: async (services, { params, query }) => {
      await requireTarget(services, params.id);
      const { limit, cursor, ...filter } = query;
      const after = cursor === undefined ? undefined : readCursor(cursor);
      const page = await services.deliveries.page(params.id, readFilter(filter), limit, after);
      const next = page.cursor === undefined ? {} : { cursor: writeCursor(page.cursor) };
      return { status: 200, value: { items: page.deliveries.map(viewDelivery), ...next } };
    },
  }),
  route({
    method: "POST",
    path: "/admin/webhooks/{id}/deliveries/{delivery}/replay",
    tag: "webhooks",
    summary: "Deliver once more",
    description: "Within a minute, with the same webhook-id. After a day without the item itself, which is gone then.",
    params: deliveryParams,
    answers: { 202: { description: "It is due again", schema: deliverySchema } },
    problems: ["not-found", "conflict"],
    handle: async ({ deliveries, ...services }, { params, now }) => {
      await requireTarget(services, params.id);
      const isDue = await deliveries.replay(params.id, params.delivery, now);
      const delivery = await deliveries.find(params.id, params.delivery);
      if (delivery === undefined) throw new Problem("not-found", `There is no delivery "${params.delivery}".`);
      if (!isDue) throw new Problem("conflict", "A try of this delivery is under way; wait for its end.");
      return { status: 202, value: viewDelivery(delivery) };
    },
  }),
  route({
    method: "POST",
    path: "/admin/webhooks/{id}/replay",
    tag: "webhooks",
    summary: "Deliver once more whatever a filter finds",
    description: `Up to ${maxReplayed} at a time, of the newest ${maxLooked}; \`more\` says whether to ask again, with an earlier \`until\`.`,
    params: targetParams,
    body: z.strictObject({ ...filterFields, status: z._default(z.enum(["delivered", "dead"]), "dead") }),
    answers: {
      202: {
        description: "How many are due again",
        schema: z.strictObject({
          replayed: z.int(),
          more: z.boolean(),
          until: described(z.optional(z.iso.datetime()), "Where to go on."),
        }),
      },
    },
    problems: ["not-found"],
    handle: async ({ deliveries, ...services }, { params, body, now }) => {
      await requireTarget(services, params.id);
      let replayed = 0;
      let looked = 0;
      let cursor: string | undefined;
      do {
        const page = await deliveries.page(params.id, readFilter(body), pageSize, cursor);
        for (const { id } of page.deliveries) {
          if (await deliveries.replay(params.id, id, now)) replayed += 1;
        }
        looked += pageSize;
        cursor = page.cursor;
      } while (cursor !== undefined && replayed < maxReplayed && looked < maxLooked);
      const until = cursor === undefined ? {} : { until: new Date(momentOf(cursor)).toISOString() };
      return { status: 202, value: { replayed, more: cursor !== undefined, ...until } };
    },
  }),
] as const;
