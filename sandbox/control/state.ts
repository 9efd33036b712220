import type { Context } from "../context.ts";
import { writeRule } from "../faults/rules.ts";

/** Everything a person or a test may want to know of a sandbox, as plain JSON. */
export function stateOf(context: Context) {
  const { applications, oauth2, tokens, clock, switches, limits, faults, log, world } = context;
  const now = clock.now();
  const disabled = limits.disabledKeys();
  return {
    clock: { now, iso: new Date(now).toISOString() },
    world: {
      seed: world.seed,
      people: world.accounts.map(({ id, firstName, lastName, city }) => ({ id, firstName, lastName, city })),
    },
    keys: [
      ...applications.map(({ consumerKey, consumerSecret, permissions }) => ({
        ...{
          kind: "OAuth 1.0a",
          key: consumerKey,
          secret: consumerSecret,
          permissions: permissions ?? ("all" as const),
        },
        redirectUris: [],
        disabled: disabled.includes(consumerKey),
      })),
      ...oauth2.applications.map(({ clientId, clientSecret, redirectUris, grants, scopes }) => ({
        kind: grants.includes("client_credentials") ? "OAuth 2.0, client credentials" : "OAuth 2.0",
        key: clientId,
        secret: clientSecret,
        permissions: scopes ?? ("all" as const),
        redirectUris,
        disabled: disabled.includes(clientId),
      })),
    ],
    tokens: [
      ...tokens.list().map(({ token, consumerKey, userId }) => ({
        kind: "OAuth 1.0a access",
        token,
        key: consumerKey,
        user: userId,
        expires: "never",
      })),
      ...oauth2.tokens.list(now).map(({ kind, token, clientId, userId, expiresAt }) => ({
        kind: `OAuth 2.0 ${kind}`,
        token,
        key: clientId,
        user: userId,
        expires: new Date(expiresAt).toISOString(),
      })),
    ],
    limits: { settings: limits.settings(), disabledKeys: disabled },
    counters: { total: log.total(), callers: limits.counters(now) },
    faults: faults.list().map((fault) => ({ ...fault, text: writeRule(fault.rule) })),
    switches: { ...switches },
    calls: log.records().toReversed(),
  };
}

export type State = ReturnType<typeof stateOf>;
