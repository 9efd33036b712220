import * as z from "zod/mini";
import { secretNames } from "../platform/names.ts";
import { Problem } from "../platform/problem.ts";
import type { SecretStore } from "../platform/secrets.ts";
import type { KeyPair } from "./signing.ts";

const applicationSchema = z.object({
  consumerKey: z.string().check(z.minLength(1)),
  consumerSecret: z.string().check(z.minLength(1)),
});

/**
 * The OAuth 1.0a application all connections belong to.
 *
 * @throws Problem `application-not-configured` naming the secret and what to put into it
 */
export async function readApplication(secrets: SecretStore, prefix: string): Promise<KeyPair> {
  const name = secretNames.oauth1Application(prefix);
  const parsed = applicationSchema.safeParse(parseJson(await secrets.read(name)));
  if (!parsed.success) {
    secrets.forget(name);
    throw new Problem(
      "application-not-configured",
      `Secret "${name}" does not hold the application's key. Store JSON {"consumerKey": "...", "consumerSecret": "..."} in it, as Upwork's API Center shows them.`,
    );
  }
  return { key: parsed.data.consumerKey, secret: parsed.data.consumerSecret };
}

/** Parses JSON text that a schema will check; `undefined` where there is none or it is not JSON. */
export function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
