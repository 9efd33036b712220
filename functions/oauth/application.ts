import * as z from "zod/mini";
import { secretNames } from "../platform/names.ts";
import { Problem } from "../platform/problem.ts";
import type { SecretStore } from "../platform/secrets.ts";
import type { Auth } from "./credentials.ts";
import type { KeyPair } from "./signing.ts";
import { parseJson } from "./unknown-json.ts";

const oauth1Schema = z.object({
  consumerKey: z.string().check(z.minLength(1)),
  consumerSecret: z.string().check(z.minLength(1)),
});
const oauth2Schema = z.object({
  clientId: z.string().check(z.minLength(1)),
  clientSecret: z.string().check(z.minLength(1)),
  grant: z._default(z.enum(["authorization_code", "client_credentials"]), "authorization_code"),
});

/**
 * An OAuth 2.0 key of Upwork's API Center. A key of the client-credentials kind acts for its owner without a consent
 * page, and gets no refresh token.
 */
export type Oauth2Application = z.infer<typeof oauth2Schema>;

/**
 * The OAuth 1.0a application that all connections of that kind belong to.
 *
 * @throws Problem `application-not-configured` naming the secret and what to put into it
 */
export async function readOauth1Application(secrets: SecretStore, prefix: string): Promise<KeyPair> {
  const name = secretNames.oauth1Application(prefix);
  const parsed = oauth1Schema.safeParse(parseJson(await secrets.read(name)));
  if (!parsed.success) throw notConfigured(secrets, name, '{"consumerKey": "...", "consumerSecret": "..."}');
  return { key: parsed.data.consumerKey, secret: parsed.data.consumerSecret };
}

/**
 * The OAuth 2.0 application that all connections of that kind belong to.
 *
 * @throws Problem `application-not-configured` naming the secret and what to put into it
 */
export async function readOauth2Application(secrets: SecretStore, prefix: string): Promise<Oauth2Application> {
  const name = secretNames.oauth2Application(prefix);
  const parsed = oauth2Schema.safeParse(parseJson(await secrets.read(name)));
  if (!parsed.success) throw notConfigured(secrets, name, '{"clientId": "...", "clientSecret": "..."}');
  return parsed.data;
}

/** The kinds of connection that this gateway has an application for. */
export async function configuredAuths(secrets: SecretStore, prefix: string): Promise<Auth[]> {
  const [oauth1, oauth2] = await Promise.all([
    secrets.read(secretNames.oauth1Application(prefix)),
    secrets.read(secretNames.oauth2Application(prefix)),
  ]);
  return [
    ...(oauth1Schema.safeParse(parseJson(oauth1)).success ? (["oauth1"] as const) : []),
    ...(oauth2Schema.safeParse(parseJson(oauth2)).success ? (["oauth2"] as const) : []),
  ];
}

function notConfigured(secrets: SecretStore, name: string, form: string): Problem {
  secrets.forget(name);
  return new Problem(
    "application-not-configured",
    `Secret "${name}" does not hold the application's key. Store JSON ${form} in it, as Upwork's API Center shows them.`,
  );
}
