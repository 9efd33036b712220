import { createHmac, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import * as z from "zod/mini";
import type { Config } from "../platform/config.ts";
import { secretNames } from "../platform/names.ts";
import { Problem } from "../platform/problem.ts";
import type { SecretStore } from "../platform/secrets.ts";
import type { StateTable } from "../platform/state-table.ts";
import { type Attempts, createAttempts } from "./attempts.ts";

/**
 * Who may act as admin. On AWS everybody shows the admin key once and gets a session cookie; a gateway on one
 * machine, reachable from that machine alone, leaves the door open.
 */
export type AdminDoor = {
  isOpen: boolean;
  /**
   * True when the request carries the admin key or a session that was opened with it.
   *
   * @throws Problem `too-many-attempts` after too many wrong keys from one address
   */
  admits(request: AdminRequest): Promise<boolean>;
  /**
   * A session cookie's value for the right key; `undefined` for a wrong one.
   *
   * @throws Problem `too-many-attempts`
   */
  logIn(key: string, address: string): Promise<string | undefined>;
  cookieName: string;
};

export type AdminRequest = { headers: Record<string, string>; cookies: Record<string, string>; sourceIp: string };

const keysSchema = z.object({ current: z.string().check(z.minLength(32)), previous: z.optional(z.string()) });
const sessionLifeMs = 12 * 3_600_000;
/** Wrong admin keys that one address may send in five minutes, to all functions together. */
const wrongKeys = 10;
const wrongKeysMs = 5 * 60_000;
/** A key that is not known may be a new one: the secret is read again, but not more often than this. */
const lookAgainMs = 60_000;

function createAdminDoor(options: {
  secrets: SecretStore;
  secretPrefix: string;
  isOpen: boolean;
  isSecure: boolean;
  attempts: Attempts;
  now: () => number;
}): AdminDoor {
  const { secrets, secretPrefix, isOpen, isSecure, attempts, now } = options;
  const cookieName = isSecure ? "__Host-gateway-admin" : "gateway-admin";

  async function keys(): Promise<string[]> {
    const { current, previous } = await readAdminKeys(secrets, secretPrefix);
    return previous === undefined || previous === "" ? [current] : [current, previous];
  }
  let lookedAgainAt = Number.NEGATIVE_INFINITY;

  async function isKey(key: string): Promise<boolean> {
    if ((await keys()).some((known) => isSame(known, key))) return true;
    if (now() - lookedAgainAt < lookAgainMs) return false;
    lookedAgainAt = now();
    secrets.forget(secretNames.adminKey(secretPrefix));
    return (await keys()).some((known) => isSame(known, key));
  }
  async function isRight(key: string, address: string): Promise<boolean> {
    attempts.require(address);
    if (await isKey(key)) return true;
    await attempts.noteWrong(address);
    return false;
  }
  const sign = (key: string, expiresAt: number) =>
    createHmac("sha256", key).update(`gateway-session.${expiresAt}`).digest("base64url");

  return {
    isOpen,
    cookieName,
    async admits({ headers, cookies, sourceIp }) {
      // Whoever shows a key is judged by it, before an open door as well: a client's key is no admin's anywhere.
      const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
      if (bearer !== undefined) return isRight(bearer, sourceIp);
      if (isOpen) return true;
      const [expires = "", signature = ""] = (cookies[cookieName] ?? "").split(".");
      if (!/^\d{13}$/.test(expires) || Number(expires) < now()) return false;
      return (await keys()).some((key) => isSame(sign(key, Number(expires)), signature));
    },
    async logIn(key, address) {
      if (!(await isRight(key, address))) return undefined;
      const expiresAt = now() + sessionLifeMs;
      return `${expiresAt}.${sign(key, expiresAt)}`;
    },
  };
}

/** The admin's door of a deployment; all its functions count wrong keys together in the State table. */
export function openAdminDoor(config: Config, secrets: SecretStore, table: StateTable): AdminDoor {
  const shared = { table, name: "admin" };
  return createAdminDoor({
    attempts: createAttempts({ wrongKeys, windowMs: wrongKeysMs, shared }, Date.now),
    secrets,
    secretPrefix: config.secretPrefix,
    isOpen: config.adminDoor === "open",
    isSecure: config.publicUrl.startsWith("https:"),
    now: Date.now,
  });
}

async function readAdminKeys(secrets: SecretStore, secretPrefix: string): Promise<z.infer<typeof keysSchema>> {
  const name = secretNames.adminKey(secretPrefix);
  const text = await secrets.read(name);
  const parsed = keysSchema.safeParse(text === undefined ? undefined : parse(text));
  if (parsed.success) return parsed.data;
  throw new Problem("internal", `Secret "${name}" does not hold an admin key. Store JSON {"current": "..."} in it.`);
}

/**
 * Puts a new admin key in the place of the current one, which goes on being good as the previous one, so that scripts
 * can change over; without `keepsPrevious` it ends. Other functions follow within five minutes.
 */
export async function rotateAdminKey(
  secrets: SecretStore,
  secretPrefix: string,
  keepsPrevious: boolean,
): Promise<{ key: string }> {
  const name = secretNames.adminKey(secretPrefix);
  secrets.forget(name);
  const { current } = await readAdminKeys(secrets, secretPrefix);
  const key = createAdminKey();
  const value = JSON.stringify({ current: key, ...(keepsPrevious ? { previous: current } : {}) });
  // The secret is there already; creating secrets is not among the rights of whoever rotates.
  await secrets.writeOnce(name, value, randomUUID());
  return { key };
}

/** A new admin key: some 250 random bits behind a prefix that secret scanners can match. */
export function createAdminKey(): string {
  return `ugw_admin_${randomBytes(32).toString("base64url").replace(/[-_]/g, "0")}`;
}

function isSame(a: string, b: string): boolean {
  // Comparing digests takes the same time whatever the lengths are.
  const digest = (text: string) => createHmac("sha256", "compare").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
