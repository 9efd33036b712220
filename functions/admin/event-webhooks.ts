import * as z from "zod/mini";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { eventTypes } from "../platform/events.ts";
import { eventSchemaOf } from "../webhooks/event-schemas.ts";

const headers = z.object({
  "webhook-id": z.string().register(z.globalRegistry, {
    description: "The event's id: the same for every try, so a receiver knows a repeated delivery by it.",
  }),
  "webhook-timestamp": z.string().register(z.globalRegistry, { description: "Seconds since 1970, of this try." }),
  "webhook-signature": z.string().register(z.globalRegistry, {
    description:
      "`v1,` and HMAC-SHA256 in base64 over `id.timestamp.body`; several, apart by spaces, during a rotation.",
  }),
});

/** What the gateway sends to webhooks, as the OpenAPI document's `webhooks`: one entry for each type of event. */
export function eventWebhooks(): ZodOpenApiPathsObject {
  return Object.fromEntries(
    eventTypes.map((type) => [
      type,
      {
        post: {
          operationId: `on_${type.replaceAll(/\W/g, "_")}`,
          summary: `Event ${type}`,
          tags: ["webhooks"],
          requestParams: { header: headers },
          requestBody: { required: true, content: { "application/json": { schema: eventSchemaOf(type) } } },
          responses: {
            "2XX": { description: "Received, within 15 s" },
            "410": { description: "Never again: the webhook is disabled" },
          },
        },
      },
    ]),
  );
}
