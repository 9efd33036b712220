import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createConnectionStore } from "../../../functions/oauth/connections.ts";
import type { Credentials, TokenPair } from "../../../functions/oauth/credentials.ts";
import { refreshDue } from "../../../functions/oauth/refresh.ts";
import { type Renewal, renew } from "../../../functions/oauth/renewal.ts";
import { saveConsent } from "../../../functions/oauth/save-consent.ts";
import { createTokenKeeper } from "../../../functions/oauth/token-keeper.ts";
import type { SecretStore } from "../../../functions/platform/secrets.ts";
import { connectOauth2, leaseMs, type Oauth2World, openOauth2World, tokenPath } from "../../support/oauth2-world.ts";

// A person connects an account anew while its old tokens are being refreshed, at each point at which that may happen.
const day = 86_400_000;
const hour = 3_600_000;
const oauth1 = { auth: "oauth1", token: { key: "token", secret: "secret" } } as const;
const bruno = { reference: "2", name: "Bruno", profileUrl: "" };
let world: Oauth2World;

beforeAll(async () => {
  world = await openOauth2World();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.reset();
  await connectOauth2(world, "acme");
  world.clock += day + hour;
});

const stored = async (): Promise<Credentials> => (await world.another().connections.stored("acme")).credentials;

async function storedPair(): Promise<TokenPair> {
  const credentials = await stored();
  if (credentials.auth !== "oauth2") throw new Error(credentials.auth);
  return credentials;
}

type Connections = Oauth2World["connections"];

/** A refresh of the tokens that are stored now, in which something happens right before one of its steps. */
async function refreshWith(step: "saveNext" | "noteNeedsReauth", happen: () => Promise<unknown>): Promise<Renewal> {
  const slow = world.another();
  const before = slow.connections[step] as (...given: unknown[]) => Promise<boolean>;
  let isDone = false;
  const late = async (...given: unknown[]) => {
    if (!isDone) await happen();
    isDone = true;
    return before(...given);
  };
  const connections: Connections = { ...slow.connections, [step]: late };
  return renew({ ...slow, connections }, "acme", await storedPair(), 60_000);
}

/** What another account's consent brings. */
const consentOfBruno = () =>
  saveConsent(world.renewal, "acme", {
    credentials: {
      auth: "oauth2",
      accessToken: "bruno",
      refreshToken: "next",
      issuedAt: world.clock,
      expiresAt: world.clock + day,
    },
    account: bruno,
    tenants: [{ id: "9", name: "Bruno's" }],
  });
const consentOverOauth1 = () =>
  saveConsent(world.renewal, "acme", { credentials: oauth1, account: bruno, tenants: [] });

describe("a consent that comes right before a refresh stores its tokens", () => {
  test("wins, also as another account", async () => {
    const renewal = await refreshWith("saveNext", consentOfBruno);
    expect(renewal).toMatchObject({ kind: "renewed", pair: { accessToken: "bruno" } });
    expect(await stored()).toMatchObject({ accessToken: "bruno", version: 2 });
    expect(await world.connections.find("acme")).toMatchObject({
      account: bruno,
      tenant: "9",
      tokenExpiresAt: new Date(world.clock + day).toISOString(),
    });
  });

  test("wins over OAuth 1.0a, whose token has no end", async () => {
    await expect(refreshWith("saveNext", consentOverOauth1)).rejects.toMatchObject({
      kind: "connection-not-connected",
    });
    expect(await stored()).toEqual(oauth1);
    const shown = await world.connections.find("acme");
    expect(shown).toMatchObject({ auth: "oauth1", account: bruno });
    expect(shown).not.toHaveProperty("tokenExpiresAt");
  });

  test("wins however often the tokens it follows were refreshed before", async () => {
    for (let count = 0; count < 3; count += 1) {
      await createTokenKeeper(world.another()).credentials("acme");
      world.clock += day + hour;
    }
    await refreshWith("saveNext", consentOfBruno);
    expect(await stored()).toMatchObject({ accessToken: "bruno", version: 5 });
  });

  test("wins for whoever waits as well, without another refresh", async () => {
    const waiting = createTokenKeeper(world.another());
    const before = world.sandbox.received.get(tokenPath) ?? 0;
    await refreshWith("saveNext", async () => {
      await consentOfBruno();
      expect(await waiting.credentials("acme")).toMatchObject({ accessToken: "bruno" });
    });
    expect(world.sandbox.received.get(tokenPath)).toBe(before + 1);
  });
});

test("a refresh that stored right before a consent is followed by it", async () => {
  const { connections, ...rest } = world.another();
  let isRefreshed = false;
  const find: Connections["find"] = async (name) => {
    if (!isRefreshed) await createTokenKeeper(world.another()).credentials("acme");
    isRefreshed = true;
    return connections.find(name);
  };
  await saveConsent({ ...rest, connections: { ...connections, find } }, "acme", {
    credentials: oauth1,
    account: bruno,
    tenants: [],
  });
  expect(await stored()).toEqual(oauth1);
});

test("a connection that was deleted and made anew is not written over by a refresh of the one before", async () => {
  const renewal = await refreshWith("saveNext", async () => {
    await world.connections.remove("acme");
    await consentOfBruno();
  });
  expect(renewal).toMatchObject({ kind: "renewed", pair: { accessToken: "bruno", version: 1 } });
  expect(await stored()).toMatchObject({ accessToken: "bruno", version: 1 });
});

test("a connection that was deleted during a refresh stays deleted", async () => {
  await expect(refreshWith("saveNext", () => world.connections.remove("acme"))).rejects.toMatchObject({
    kind: "connection-unknown",
  });
  expect(await world.connections.list()).toEqual([]);
  await expect(stored()).rejects.toMatchObject({ kind: "connection-unknown" });
});

test("a consent that comes right before the old tokens are found dead is not marked for their sake", async () => {
  world.sandbox.oauth2Tokens.revokeAll();
  const renewal = await refreshWith("noteNeedsReauth", consentOfBruno);
  expect(renewal).toMatchObject({ kind: "renewed", pair: { accessToken: "bruno" } });
  expect(await world.connections.find("acme")).toMatchObject({ status: "connected", account: bruno });
});

/** A store of connections in which something happens right after a secret is written, before what is shown of it is. */
function storeWith(happen: () => Promise<unknown>): Connections {
  let isDone = false;
  const writeNext: SecretStore["writeNext"] = async (...written) => {
    const isWritten = await world.secrets.writeNext(...written);
    if (!isDone) {
      isDone = true;
      await happen();
    }
    return isWritten;
  };
  return createConnectionStore(world.table, { ...world.secrets, writeNext }, `test/${world.table.name}`);
}

test("of two consents at the same moment the account that is shown is the one whose credentials are stored", async () => {
  const connections = storeWith(consentOfBruno);
  const ada = { reference: "1", name: "Ada", profileUrl: "" };
  await saveConsent({ ...world.renewal, connections }, "acme", { credentials: oauth1, account: ada, tenants: [] });
  expect(await stored()).toMatchObject({ accessToken: "bruno", version: 3 });
  expect(await world.connections.find("acme")).toMatchObject({ auth: "oauth2", account: bruno });
  expect(await world.renewal.leases.read("acme")).toMatchObject({ version: 3 });
});

test("a consent that was cut short after its credentials were stored is shown when the account is connected again", async () => {
  const before = await world.connections.find("acme");
  const connections = storeWith(() => Promise.reject(new Error("killed")));
  const consent = { credentials: oauth1, account: bruno, tenants: [] };
  await expect(saveConsent({ ...world.renewal, connections }, "acme", consent)).rejects.toThrow("killed");
  expect(await stored()).toEqual(oauth1);
  expect(await world.connections.find("acme")).toEqual(before);
  await saveConsent(world.renewal, "acme", consent);
  expect(await world.connections.find("acme")).toMatchObject({ status: "connected", auth: "oauth1", account: bruno });
});

test("a refresh that was stored shows no expiry for a consent that followed it at once", async () => {
  const connections = storeWith(consentOverOauth1);
  expect(await renew({ ...world.another(), connections }, "acme", await storedPair(), 0)).toMatchObject({
    kind: "renewed",
  });
  expect(await stored()).toEqual(oauth1);
  expect(await world.connections.find("acme")).not.toHaveProperty("tokenExpiresAt");
});

test("of many consents at the same moment one is stored, and it is the one that is shown", async () => {
  const accounts = ["1", "2", "3", "4"].map((reference) => ({ reference, name: `user ${reference}`, profileUrl: "" }));
  await Promise.all(
    accounts.map((account) => {
      const credentials = { auth: "oauth1", token: { key: account.reference, secret: "s" } } as const;
      return saveConsent(world.another(), "acme", { credentials, account, tenants: [] });
    }),
  );
  const credentials = await stored();
  if (credentials.auth !== "oauth1") throw new Error(credentials.auth);
  expect((await world.connections.find("acme"))?.account?.reference).toBe(credentials.token.key);
});

test("a consent ends the pause after failures, so that its own tokens are refreshed in time", async () => {
  const unreachable = {
    ...world.another(),
    provider: async () => ({ ...world.provider, origin: "http://127.0.0.1:9" }),
  };
  for (let count = 0; count < 10; count += 1) {
    await refreshDue(unreachable, 2 * hour);
    world.clock += 300_001;
  }
  await refreshDue(unreachable, 2 * hour);
  await connectOauth2(world, "acme");
  expect(await world.renewal.leases.read("acme")).toEqual({ version: 2, heldUntil: 0, failures: 0 });
});

test("a consent wins also where an operator has put an older version of the secret back", async () => {
  const first = await world.renewal.connections.stored("acme");
  await createTokenKeeper(world.another()).credentials("acme");
  // The very first version is current again; its successor is there already, and not current.
  const readStored = async () => first.secret;
  const connections = createConnectionStore(world.table, { ...world.secrets, readStored }, `test/${world.table.name}`);
  await saveConsent({ ...world.renewal, connections }, "acme", { credentials: oauth1, account: bruno, tenants: [] });
  expect(await stored()).toEqual(oauth1);
});

test("a refresh token that Upwork does not replace goes on being refreshed", async () => {
  const { refreshToken } = await storedPair();
  for (const version of [2, 3, 4]) {
    const provider = async () => ({ ...world.provider, spend: withoutRotation });
    const keeper = createTokenKeeper({ ...world.another(), provider });
    expect(await keeper.credentials("acme")).toMatchObject({ version, refreshToken });
    world.clock += day + leaseMs;
  }
});

/** Sends, and takes the new refresh token out of the answer; the old one is good for 24 h more at the sandbox. */
const withoutRotation: Oauth2World["provider"]["spend"] = async () => ({
  status: 200,
  headers: {},
  body: Buffer.from(JSON.stringify({ access_token: `token-${world.clock}`, token_type: "Bearer", expires_in: 86_400 })),
});

test("tokens that are still the same after a refresh are asked for once, not again and again", async () => {
  const { accessToken } = await storedPair();
  let asked = 0;
  const spend: Oauth2World["provider"]["spend"] = async () => {
    asked += 1;
    const body = { access_token: accessToken, token_type: "Bearer", expires_in: 86_400, refresh_token: "r" };
    return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(body)) };
  };
  const keeper = createTokenKeeper({ ...world.another(), provider: async () => ({ ...world.provider, spend }) });
  expect(await keeper.credentials("acme")).toMatchObject({ accessToken, version: 2 });
  expect(asked).toBe(1);
});

test("a connection that OAuth 1.0a heals says so too", async () => {
  world.sandbox.oauth2Tokens.revokeAll();
  await refreshDue(world.another(), 2 * hour);
  await consentOverOauth1();
  expect(world.events.map(({ type }) => type)).toEqual(["connection.needs_reauth", "connection.healthy"]);
});
