import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startOauth2 } from "../../../functions/oauth/connect-oauth2.ts";
import type { Credentials, TokenPair } from "../../../functions/oauth/credentials.ts";
import { refreshDue } from "../../../functions/oauth/refresh.ts";
import { renew } from "../../../functions/oauth/renewal.ts";
import { createTokenKeeper } from "../../../functions/oauth/token-keeper.ts";
import { Problem } from "../../../functions/platform/problem.ts";
import { getItem } from "../../../functions/platform/state-table.ts";
import { asDocumented } from "../../support/events.ts";
import {
  connectingIn,
  connectOauth2,
  leaseMs,
  type Oauth2World,
  openOauth2World,
  tokenPath,
} from "../../support/oauth2-world.ts";

const day = 86_400_000;
const hour = 3_600_000;
let world: Oauth2World;

beforeAll(async () => {
  world = await openOauth2World();
});
afterAll(() => world.close());
beforeEach(() => world.reset());

const connect = () => connectOauth2(world, "acme");

async function stored(connections = world.another().connections): Promise<TokenPair> {
  const credentials = await connections.credentials("acme");
  if (credentials.auth !== "oauth2") throw new Error(credentials.auth);
  return credentials;
}
const tokenCalls = () => world.sandbox.received.get(tokenPath) ?? 0;
const isAlive = (token: string) => world.sandbox.oauth2Tokens.find(token, world.clock) !== undefined;

/** Counts the token calls of what is done. */
async function callsOf(act: () => Promise<unknown>): Promise<number> {
  const before = tokenCalls();
  await act();
  return tokenCalls() - before;
}

describe("the schedule", () => {
  test("refreshes two hours before the end, and only then", async () => {
    await connect();
    world.clock += 22 * hour - 60_000;
    expect(await callsOf(() => refreshDue(world.another(), 2 * hour))).toBe(0);
    world.clock += 60_001;
    const old = await stored();
    expect(await refreshDue(world.another(), 2 * hour)).toEqual({ refreshed: ["acme"], needsReauth: [], notNow: [] });
    const next = await stored();
    expect(next.version).toBe(old.version + 1);
    expect(isAlive(next.accessToken)).toBe(true);
    expect(await world.connections.find("acme")).toMatchObject({
      tokenExpiresAt: new Date(next.expiresAt).toISOString(),
      account: { name: "ada" },
      tenant: "1001",
    });
    expect(await callsOf(() => refreshDue(world.another(), 2 * hour))).toBe(0);
  });

  test("keeps a connection alive that nobody uses for 60 days", async () => {
    await connect();
    for (let elapsed = 0; elapsed < 60 * day; elapsed += 6 * hour) {
      world.clock += 6 * hour;
      await refreshDue(world.another(), 2 * hour);
    }
    const keeper = createTokenKeeper(world.another());
    const credentials = await keeper.credentials("acme");
    expect(credentials.auth === "oauth2" && isAlive(credentials.accessToken)).toBe(true);
  });

  test("leaves OAuth 1.0a connections and unfinished ones alone", async () => {
    const account = { reference: "1", name: "Ada", profileUrl: "" };
    await world.connections.save("old", { auth: "oauth1", token: { key: "k", secret: "s" } }, account, 0);
    await world.connections.noteStarted("begun", "oauth2");
    expect(await refreshDue(world.another(), 2 * hour)).toEqual({ refreshed: [], needsReauth: [], notNow: [] });
  });

  test("goes on with the others where one connection has trouble", async () => {
    await connect();
    const pair = { issuedAt: 0, expiresAt: 1, version: 1 };
    const account = { reference: "", name: "", profileUrl: "" };
    const dead = { auth: "oauth2", accessToken: "a", refreshToken: "dead", ...pair } as const;
    await world.connections.save("aaa", dead, account, 0);
    world.clock += 23 * hour;
    expect(await refreshDue(world.another(), 2 * hour)).toEqual({
      refreshed: ["acme"],
      needsReauth: ["aaa"],
      notNow: [],
    });
  });
});

test("the schedule goes on with the others where one connection's secret cannot be read", async () => {
  await connectOauth2(world, "broken");
  await connectOauth2(world, "whole");
  world.clock += 23 * hour;
  const lambda = world.another();
  const stored: typeof lambda.connections.stored = async (name) => {
    if (name === "broken")
      throw new Error("You can't perform this operation on the secret: it is marked for deletion.");
    return lambda.connections.stored(name);
  };
  expect(await refreshDue({ ...lambda, connections: { ...lambda.connections, stored } }, 2 * hour)).toEqual({
    refreshed: ["whole"],
    needsReauth: [],
    notNow: ["broken"],
  });
});

describe("a call", () => {
  test("with a token at its end gets the next one first", async () => {
    await connect();
    world.clock += day - 30_000;
    const credentials = await createTokenKeeper(world.another()).credentials("acme");
    expect(credentials).toMatchObject({ version: 2 });
  });

  test("costs nothing more while the token lives", async () => {
    await connect();
    world.clock += 23 * hour;
    expect(await callsOf(() => createTokenKeeper(world.another()).credentials("acme"))).toBe(0);
  });

  test("that was refused takes what another process has stored meanwhile, without a token call", async () => {
    await connect();
    const mine = world.another();
    const old = await mine.connections.credentials("acme");
    world.clock += 23 * hour;
    await refreshDue(world.another(), 2 * hour);
    const calls = await callsOf(async () => {
      expect(await createTokenKeeper(mine).afterRefusal("acme", old)).toMatchObject({ version: 2 });
    });
    expect(calls).toBe(0);
  });

  test("that was refused refreshes once, and not again for a token that is new", async () => {
    await connect();
    const keeper = createTokenKeeper(world.another());
    world.clock += hour;
    world.sandbox.oauth2Tokens.revoke((await stored()).accessToken, "key");
    const next = await keeper.afterRefusal("acme", await keeper.credentials("acme"));
    if (next?.auth !== "oauth2") throw new Error("not renewed");
    expect(isAlive(next.accessToken)).toBe(true);
    expect(await callsOf(() => keeper.afterRefusal("acme", next))).toBe(0);
    expect(await keeper.afterRefusal("acme", next)).toBeUndefined();
  });

  test("that was refused waits for another's refresh no longer than its caller has time, and for its own not at all", async () => {
    await connect();
    world.clock += hour;
    const refused = await createTokenKeeper(world.another()).credentials("acme");
    const { leases, ...rest } = world.another();
    await leases.take("acme", "another process", 1);
    const keeper = createTokenKeeper({ ...rest, leases });
    const askedAt = world.clock;
    expect(await keeper.afterRefusal("acme", refused, askedAt + 12_000)).toBeUndefined();
    expect(world.clock - askedAt).toBeGreaterThan(1_000);
    expect(world.clock - askedAt).toBeLessThan(4_000);
    await leases.finish("acme", "another process", 1);
    expect(await callsOf(() => keeper.afterRefusal("acme", refused, world.clock + 8_000))).toBe(0);
    expect(await callsOf(() => keeper.afterRefusal("acme", refused, world.clock + 12_000))).toBe(1);
  });

  test("that was refused keeps its answer where the budget or a store is in the way", async () => {
    await connect();
    world.clock += hour;
    const provider = async () => ({
      ...world.provider,
      spend: () => Promise.reject(new Problem("quota-exceeded", "used up")),
    });
    const keeper = createTokenKeeper({ ...world.another(), provider });
    expect(await keeper.afterRefusal("acme", await keeper.credentials("acme"))).toBeUndefined();
    // The refusal was of this caller's; the next one need not wait.
    expect(
      await createTokenKeeper(world.another()).afterRefusal("acme", { auth: "oauth2", ...(await stored()) }),
    ).toMatchObject({ version: 2 });
  });

  test("that was refused over OAuth 1.0a is made anew with the token that somebody connected meanwhile", async () => {
    const account = { reference: "1", name: "Ada", profileUrl: "" };
    const { connections, ...rest } = world.another();
    await connections.save("old", { auth: "oauth1", token: { key: "k1", secret: "s" } }, account, 0);
    await world.connections.save("old", { auth: "oauth1", token: { key: "k2", secret: "s" } }, account, 0);
    const keeper = createTokenKeeper({ ...rest, connections });
    const believed = await keeper.credentials("old");
    expect(believed).toMatchObject({ token: { key: "k1" } });
    const connected = { auth: "oauth1", token: { key: "k2", secret: "s" } } as const;
    expect(await keeper.afterRefusal("old", believed)).toEqual(connected);
    expect(await keeper.credentials("old")).toEqual(connected);
    expect(await keeper.afterRefusal("old", connected)).toBeUndefined();
  });
});

describe("many at once", () => {
  test("32 Lambdas that meet the expiry at the same time send one refresh, and all of them get its token", async () => {
    await connect();
    world.clock += day + hour;
    // Thirty-one who wait must not wait a lease's life away.
    world.waitingTakesTime = false;
    const lambdas = Array.from({ length: 32 }, () => createTokenKeeper(world.another()));
    let tokens: unknown[] = [];
    const calls = await callsOf(async () => {
      tokens = await Promise.all(lambdas.map((keeper) => keeper.credentials("acme")));
    });
    expect(calls).toBe(1);
    expect(new Set(tokens.map((token) => JSON.stringify(token))).size).toBe(1);
    expect(isAlive((await stored()).accessToken)).toBe(true);
  });

  /** Lets a Lambda refresh until it gets to one of its steps, at which it dies. */
  async function dieAt(die: (lambda: Oauth2World["renewal"], dead: () => Promise<never>) => Oauth2World["renewal"]) {
    const seen = await stored();
    await new Promise<void>((resolve) => {
      const dead = () => {
        resolve();
        return new Promise<never>(() => {});
      };
      void renew(die(world.another(), dead), "acme", seen, 0);
    });
  }

  test("one that dies after Upwork answered and before it stored costs a second refresh, and nothing else", async () => {
    await connect();
    world.clock += day + hour;
    const calls = await callsOf(async () => {
      await dieAt((lambda, dead) => ({ ...lambda, connections: { ...lambda.connections, saveNext: dead } }));
      expect(await createTokenKeeper(world.another()).credentials("acme")).toMatchObject({ version: 2 });
    });
    expect(calls).toBe(2);
    expect(isAlive((await stored()).accessToken)).toBe(true);
  });

  test("one that dies before it asked costs nothing, and the others wait for less long", async () => {
    await connect();
    world.clock += day + hour;
    const before = world.clock;
    const calls = await callsOf(async () => {
      await dieAt((lambda, dead) => ({ ...lambda, leases: { ...lambda.leases, keep: dead } }));
      expect(await createTokenKeeper(world.another()).credentials("acme")).toMatchObject({ version: 2 });
    });
    expect(calls).toBe(1);
    expect(world.clock - before).toBeLessThan(leaseMs / 2);
  });

  test("one that dies after it stored and before it said so costs nothing", async () => {
    await connect();
    world.clock += day + hour;
    const calls = await callsOf(async () => {
      await dieAt((lambda, dead) => ({ ...lambda, leases: { ...lambda.leases, finish: dead } }));
      expect(await createTokenKeeper(world.another()).credentials("acme")).toMatchObject({ version: 2 });
    });
    expect(calls).toBe(1);
  });

  test("one that stored and cannot say so has its tokens all the same", async () => {
    await connect();
    world.clock += day + hour;
    const lambda = world.another();
    const leases = { ...lambda.leases, finish: () => Promise.reject(new Error("table down")) };
    expect(await renew({ ...lambda, leases }, "acme", await stored(), 0)).toMatchObject({ pair: { version: 2 } });
  });

  test("one whose store fails gives the lease back, so that the next one need not wait for its end", async () => {
    await connect();
    world.clock += day + hour;
    const lambda = world.another();
    const connections = { ...lambda.connections, saveNext: () => Promise.reject(new Error("store down")) };
    await expect(renew({ ...lambda, connections }, "acme", await stored(), 0)).rejects.toThrow("store down");
    const before = world.clock;
    expect(await createTokenKeeper(world.another()).credentials("acme")).toMatchObject({ version: 2 });
    expect(world.clock - before).toBeLessThan(leaseMs / 2);
  });

  test("one that was frozen before it asked for longer than its lease asks no more", async () => {
    await connect();
    world.clock += day + hour;
    const frozen = world.another();
    const provider = async () => {
      world.clock += leaseMs + 1;
      await createTokenKeeper(world.another()).credentials("acme");
      return world.provider;
    };
    const calls = await callsOf(async () => {
      expect(await renew({ ...frozen, provider }, "acme", await stored(), 60_000)).toMatchObject({
        kind: "renewed",
        pair: { version: 2 },
      });
    });
    expect(calls).toBe(1);
  });

  test("one that was frozen after Upwork answered cannot put its tokens over those of the next", async () => {
    await connect();
    world.clock += day + hour;
    const old = await stored();
    const frozen = world.another();
    const saveNext: typeof frozen.connections.saveNext = async (name, next, previous) => {
      // While it is frozen its lease runs out, and another process does its work.
      world.clock += leaseMs + 1;
      others = await createTokenKeeper(world.another()).credentials("acme");
      return frozen.connections.saveNext(name, next, previous);
    };
    let others: Credentials | undefined;
    const renewal = await renew({ ...frozen, connections: { ...frozen.connections, saveNext } }, "acme", old, 60_000);
    expect(renewal).toEqual({ kind: "renewed", pair: others });
    expect(await stored()).toEqual(others);
  });
});

describe("a dead refresh token", () => {
  const killAll = async () => {
    await connect();
    world.clock += 15 * day;
  };

  test("marks the connection once, tells once, and is never asked about again", async () => {
    await killAll();
    world.waitingTakesTime = false;
    const lambdas = Array.from({ length: 8 }, () => createTokenKeeper(world.another()));
    const calls = await callsOf(async () => {
      for (let round = 0; round < 3; round += 1) {
        const results = await Promise.allSettled(lambdas.map((keeper) => keeper.credentials("acme")));
        for (const result of results) {
          expect(result).toMatchObject({
            status: "rejected",
            reason: { kind: "connection-needs-reauth", status: 409 },
          });
        }
      }
      await refreshDue(world.another(), 2 * hour);
    });
    expect(calls).toBe(1);
    expect(await world.connections.find("acme")).toMatchObject({ status: "needs_reauth", account: { name: "ada" } });
    expect(world.events.map(({ type, data }) => [type, data.connection])).toEqual([
      ["connection.needs_reauth", "acme"],
    ]);
    expect(JSON.stringify(world.events)).not.toContain((await stored()).refreshToken);
  });

  test("heals with a new consent, which is told once too", async () => {
    await killAll();
    await createTokenKeeper(world.another())
      .credentials("acme")
      .catch(() => undefined);
    await connect();
    expect(await world.connections.find("acme")).toMatchObject({ status: "connected" });
    expect(asDocumented(world.events).map(({ type }) => type)).toEqual([
      "connection.needs_reauth",
      "connection.healthy",
    ]);
    await connect();
    expect(world.events).toHaveLength(2);
    expect(await createTokenKeeper(world.another()).credentials("acme")).toMatchObject({ version: 3 });
  });

  test("tells again where the first telling failed, before anything is marked", async () => {
    await killAll();
    const failing = { ...world.another(), raise: () => Promise.reject(new Error("outbox down")) };
    await expect(createTokenKeeper(failing).credentials("acme")).rejects.toThrow("outbox down");
    expect(await world.connections.find("acme")).toMatchObject({ status: "connected" });
    await expect(createTokenKeeper(world.another()).credentials("acme")).rejects.toMatchObject({
      kind: "connection-needs-reauth",
    });
    expect(world.events).toHaveLength(1);
  });

  test("whose access token still lives leaves that in use", async () => {
    await connect();
    const pair = await stored();
    world.clock += 23 * hour;
    world.sandbox.oauth2Tokens.revoke(pair.refreshToken ?? "", "key");
    expect(await refreshDue(world.another(), 2 * hour)).toMatchObject({ needsReauth: ["acme"] });
    const keeper = createTokenKeeper(world.another());
    expect(await keeper.credentials("acme")).toMatchObject({ accessToken: pair.accessToken });
    expect(await keeper.afterRefusal("acme", { auth: "oauth2", ...pair })).toBeUndefined();
  });
});

describe("Upwork's token endpoint in trouble", () => {
  const withProvider = (changed: Partial<Oauth2World["provider"]>) => ({
    ...world.another(),
    provider: async () => ({ ...world.provider, ...changed }),
  });

  test("for a moment fails no call: it waits and asks once more", async () => {
    await connect();
    world.clock += day + 1;
    const origins = ["http://127.0.0.1:9", world.provider.origin];
    const provider = async () => ({ ...world.provider, origin: origins.shift() ?? "" });
    const keeper = createTokenKeeper({ ...world.another(), provider });
    expect(await keeper.credentials("acme")).toMatchObject({ version: 2 });
    expect(origins).toEqual([]);
  });

  test("for a moment fails no call of another's either: it waits for the pause to end", async () => {
    await connect();
    world.clock += day + 1;
    await refreshDue(withProvider({ origin: "http://127.0.0.1:9" }), 2 * hour);
    expect(await createTokenKeeper(world.another()).credentials("acme")).toMatchObject({ version: 2 });
  });

  test("is not asked by everybody at once: it is left alone for a moment that doubles", async () => {
    await connect();
    world.clock += day + 1;
    const keeper = createTokenKeeper(withProvider({ origin: "http://127.0.0.1:9" }));
    const spentBefore = world.spent;
    const refusals: unknown[] = [];
    for (let count = 0; count < 4; count += 1) {
      refusals.push(
        await keeper.credentials("acme").catch((error: Problem) => [error.kind, error.headers["retry-after"]]),
      );
    }
    expect(refusals).toEqual(Array(4).fill(["upstream-unreachable", "4"]));
    expect(world.spent - spentBefore).toBe(2);
    world.clock += 4_001;
    expect(await createTokenKeeper(world.another()).credentials("acme")).toMatchObject({ version: 2 });
  });

  test("lets the old token be used as long as it lives", async () => {
    await connect();
    world.clock += day - 10_000;
    const keeper = createTokenKeeper(withProvider({ origin: "http://127.0.0.1:9" }));
    expect(await keeper.credentials("acme")).toMatchObject({ version: 1 });
    // Nor does a refusal of the budget for the refresh fail a call that could be made.
    world.clock += 4_001;
    const spend = () => Promise.reject(new Problem("quota-exceeded", "used up"));
    expect(await createTokenKeeper(withProvider({ spend })).credentials("acme")).toMatchObject({ version: 1 });
  });

  test("is not waited for by who has a token that lives, while another refreshes", async () => {
    await connect();
    world.clock += day - 10_000;
    await world.renewal.leases.take("acme", "somebody", 1);
    const before = world.clock;
    expect(await createTokenKeeper(world.another()).credentials("acme")).toMatchObject({ version: 1 });
    expect(world.clock).toBe(before);
  });

  test("because the application's secret was rotated a moment ago fails no call: it is read anew", async () => {
    await connect();
    world.clock += day + 1;
    const applications = [{ ...world.provider.application, clientSecret: "old" }];
    const provider = async () => ({
      ...world.provider,
      application: applications.shift() ?? world.provider.application,
    });
    const keeper = createTokenKeeper({ ...world.another(), provider });
    expect(await keeper.credentials("acme")).toMatchObject({ version: 2 });
  });

  test("because the application's secret is not the key's is said so, and no consent is asked for", async () => {
    await connect();
    world.clock += day + 1;
    const application = { ...world.provider.application, clientSecret: "old" };
    const keeper = createTokenKeeper(withProvider({ application }));
    await expect(keeper.credentials("acme")).rejects.toMatchObject({ kind: "application-refused", status: 502 });
    expect(await world.connections.find("acme")).toMatchObject({ status: "connected" });
    expect(world.events).toEqual([]);
  });
});

test("a key of the client-credentials kind asks again instead of refreshing", async () => {
  world.provider = {
    ...world.provider,
    application: { clientId: "service", clientSecret: "secret", grant: "client_credentials" },
  };
  const request = { connection: "acme", replace: false, browserSecret: undefined };
  await startOauth2(connectingIn(world), request);
  world.clock += day;
  expect(await createTokenKeeper(world.another()).credentials("acme")).toMatchObject({ version: 2 });
  world.clock += 30 * day;
  expect(await createTokenKeeper(world.another()).credentials("acme")).toMatchObject({ version: 3 });
});

describe("a connection that is deleted", () => {
  const leaseItem = () => getItem(world.table, { pk: "TOKEN-LEASE", sk: "acme" });

  test("leaves no lease behind, whoever holds it, and can be made anew", async () => {
    await connect();
    const { leases, connections } = world.renewal;
    await leases.take("acme", "slow", 1);
    expect(await leaseItem()).toBeDefined();
    await connections.remove("acme");
    expect(await connections.find("acme")).toBeUndefined();
    expect(await leases.keep("acme", "slow")).toBe(false);
    await leases.finish("acme", "slow", 7);
    await leases.pause("acme", "slow", 1_000);
    expect(await leaseItem()).toBeUndefined();
    await connect();
    world.clock += day + 1;
    expect(await createTokenKeeper(world.another()).credentials("acme")).toMatchObject({ version: 2 });
  });
});
