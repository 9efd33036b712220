import { randomUUID } from "node:crypto";
import { createAuthorisationStore } from "../../functions/oauth/authorisations.ts";
import { type ConnectOauth2Dependencies, finishOauth2, startOauth2 } from "../../functions/oauth/connect-oauth2.ts";
import { type ConnectionStore, createConnectionStore } from "../../functions/oauth/connections.ts";
import type { RenewalDependencies } from "../../functions/oauth/renewal.ts";
import { saveConsent } from "../../functions/oauth/save-consent.ts";
import { createTokenLeases } from "../../functions/oauth/token-lease.ts";
import type { Oauth2Provider } from "../../functions/oauth/upstream-oauth2.ts";
import type { GatewayEvent } from "../../functions/platform/events.ts";
import { createSecretStore, type SecretStore } from "../../functions/platform/secrets.ts";
import type { StateTable } from "../../functions/platform/state-table.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { type GraphqlUpstream, startGraphqlUpstream } from "./graphql-upstream.ts";
import { decideOAuth2 } from "./sandbox-oauth2.ts";
import { createStateTable, openDynamo, openSecretsManager } from "./stores.ts";

export const callbackUrl = "https://gateway.example/oauth/callback";
export const tokenPath = "POST /api/v3/oauth2/token";

/** The sandbox's OAuth 2.0, a GraphQL upstream and real store protocols under one clock; `reset` makes all data new. */
export type Oauth2World = {
  sandbox: Sandbox;
  graphql: GraphqlUpstream;
  /** In ms since 1970; the sandbox follows it. */
  clock: number;
  table: StateTable;
  secrets: SecretStore;
  connections: ConnectionStore;
  provider: Oauth2Provider;
  /** Whether waiting moves the clock on by as much, instead of taking a moment of real time. */
  waitingTakesTime: boolean;
  /** As one Lambda has it. */
  renewal: RenewalDependencies & { connections: ConnectionStore };
  events: GatewayEvent[];
  /** Units of budget spent on token calls and look-ups. */
  spent: number;
  /** Another Lambda's view of the same stores. */
  another(): Oauth2World["renewal"];
  reset(): Promise<void>;
  close(): Promise<void>;
};

/** How long whoever asks for tokens has the lease. */
export const leaseMs = 12_000;

export async function openOauth2World(): Promise<Oauth2World> {
  const dynamo = await openDynamo();
  const secretsServer = await openSecretsManager();
  const graphql = await startGraphqlUpstream();
  const application = { clientId: "key", clientSecret: "secret", grants: ["authorization_code"] as const };
  const service = { clientId: "service", clientSecret: "secret", grants: ["client_credentials"] as const };
  const world = { clock: Date.now(), events: [], spent: 0, graphql } as unknown as Oauth2World;
  world.sandbox = await startSandbox({
    now: () => world.clock,
    oauth2Applications: [
      { ...application, ownerId: "ada", redirectUris: [callbackUrl] },
      { ...service, ownerId: "ada", redirectUris: [] },
    ],
  });
  world.another = () => {
    const secrets = createSecretStore(secretsServer.client, () => world.clock);
    return {
      connections: createConnectionStore(world.table, secrets, `test/${world.table.name}`),
      leases: createTokenLeases(world.table, { lookMs: leaseMs / 3, askMs: leaseMs }, () => world.clock),
      provider: async () => world.provider,
      raise: async (event) => {
        if (!world.events.some(({ id }) => id === event.id)) world.events.push(event);
      },
      now: () => world.clock,
      sleep: async (ms) => {
        if (world.waitingTakesTime) world.clock += ms;
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
      createId: randomUUID,
    };
  };
  world.reset = async () => {
    world.clock = Date.now();
    world.waitingTakesTime = true;
    world.events = [];
    world.spent = 0;
    graphql.received = [];
    world.table = await createStateTable(dynamo.client);
    world.secrets = createSecretStore(secretsServer.client, () => world.clock);
    world.provider = {
      origin: world.sandbox.url,
      graphqlOrigin: graphql.url,
      application: { clientId: "key", clientSecret: "secret", grant: "authorization_code" },
      timeoutMs: 5_000,
      now: () => world.clock,
      spend: (send) => {
        world.spent += 1;
        return send();
      },
    };
    world.renewal = world.another();
    world.connections = world.renewal.connections;
  };
  world.close = async () => {
    graphql.close();
    await world.sandbox.close();
    await secretsServer.close();
    await dynamo.close();
  };
  await world.reset();
  return world;
}

/** What connecting an account stands on, in this world as it is now. */
export function connectingIn(world: Oauth2World): ConnectOauth2Dependencies {
  return {
    provider: world.provider,
    authorisations: createAuthorisationStore(world.table),
    connections: world.connections,
    save: (name, consent) => saveConsent(world.renewal, name, consent),
    callbackUrl,
    now: () => world.clock,
  };
}

/** Connects an account as a person would, over the sandbox's consent page. */
export async function connectOauth2(world: Oauth2World, connection: string): Promise<void> {
  const dependencies = connectingIn(world);
  const started = await startOauth2(dependencies, { connection, replace: false, browserSecret: undefined });
  if (started.kind !== "redirect") throw new Error(started.kind);
  const back = (await decideOAuth2(new URL(started.location), "allow")).searchParams;
  const [state, code] = [back.get("state") ?? undefined, back.get("code") ?? undefined];
  const callback = { state, code, error: undefined, iss: undefined, browserSecret: started.browserSecret };
  const finished = await finishOauth2(dependencies, callback);
  if (finished.kind !== "connected") throw new Error(finished.kind);
}
