import * as z from "zod/mini";
import { secretNames } from "../platform/names.ts";
import type { SecretStore } from "../platform/secrets.ts";
import { createSigningSecret } from "./standard-webhooks.ts";

/** What signs deliveries to one endpoint, and the headers it asked for, whose values may be secrets too. */
export type EndpointSecret = {
  current: string;
  /** Signs too until `previousUntil` (ms since 1970), so that the receiver can change over in its own time. */
  previous?: string | undefined;
  previousUntil?: number | undefined;
  headers: Readonly<Record<string, string>>;
};

const secretSchema = z.object({
  current: z.string(),
  previous: z.optional(z.string()),
  previousUntil: z.optional(z.number()),
  headers: z.record(z.string(), z.string()),
});

/** How long the old secret of a rotation goes on signing. */
export const overlapMs = 24 * 3_600_000;

export type EndpointSecrets = {
  read(endpointId: string): Promise<EndpointSecret | undefined>;
  write(endpointId: string, secret: EndpointSecret): Promise<void>;
  remove(endpointId: string): Promise<void>;
};

/** Keeps them in Secrets Manager below `prefix`, those of hooks too. */
export function createEndpointSecrets(
  secrets: Pick<SecretStore, "read" | "write" | "remove">,
  prefix: string,
): EndpointSecrets {
  return {
    async read(endpointId) {
      const text = await secrets.read(secretNames.webhook(prefix, endpointId));
      return text === undefined || text === "" ? undefined : secretSchema.parse(JSON.parse(text));
    },
    write: (endpointId, secret) => secrets.write(secretNames.webhook(prefix, endpointId), JSON.stringify(secret)),
    remove: (endpointId) => secrets.remove(secretNames.webhook(prefix, endpointId)),
  };
}

/** The successor of a secret: a new one, beside which the old one signs for a day. */
export function rotate(secret: EndpointSecret, now: number, next: string = createSigningSecret()): EndpointSecret {
  return { current: next, previous: secret.current, previousUntil: now + overlapMs, headers: secret.headers };
}

/** The secrets that sign at a moment, the current one first. */
export function signingSecrets({ current, previous, previousUntil = 0 }: EndpointSecret, now: number): string[] {
  return previous !== undefined && now < previousUntil ? [current, previous] : [current];
}
