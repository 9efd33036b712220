import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  InvalidRequestException,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";

/** A value as it was read from the store: which version it is, and of which of all secrets that ever had the name. */
export type StoredSecret = { value: string; arn: string; versionId: string };

/** Reads and writes secrets, remembering what it read for five minutes: a read costs money and a round trip. */
export type SecretStore = {
  /** The value of a secret, or `undefined` where there is none, or none any more (which is never remembered). */
  read(name: string): Promise<string | undefined>;
  /** What the store holds now, whatever is remembered; `undefined` where there is nothing. */
  readStored(name: string): Promise<StoredSecret | undefined>;
  /** Creates the secret or stores a new version of it, and remembers that. */
  write(name: string, value: string): Promise<void>;
  /**
   * Stores a new version of an existing secret under a version id (32 to 64 characters) that can be used once: false,
   * and nothing stored, where another value has it. Of any number of writers that use the same id, one wins.
   */
  writeOnce(name: string, value: string, versionId: string): Promise<boolean>;
  /**
   * Stores a value as the only successor of the one that was read (as the first where nothing was): false, and nothing
   * stored, where it has another successor or its secret is gone. So nobody writes over what they have not seen.
   */
  writeNext(name: string, value: string, previous: StoredSecret | undefined): Promise<boolean>;
  /** Deletes the secret, so that its name is free in a moment. Deleting what is not there is no error. */
  remove(name: string): Promise<void>;
  /** Forgets a remembered value, for example after the upstream answered 401 to it. */
  forget(name: string): void;
};

const rememberMs = 5 * 60_000;

/** Secrets Manager deletes in the background and keeps the name so long; it asks that a creation be tried again. */
const nameIsTakenMs = [250, 500, 1_000, 2_000, 4_000];

/** @param sleep waits so many ms for the name of a secret that has just been deleted; in real time by default */
export function createSecretStore(
  client: SecretsManagerClient,
  now: () => number = Date.now,
  sleep: (ms: number) => Promise<unknown> = setTimeout,
): SecretStore {
  const remembered = new Map<string, { value: string; until: number }>();
  const remember = (name: string, value: string) => remembered.set(name, { value, until: now() + rememberMs });
  async function fetchStored(name: string): Promise<StoredSecret | undefined> {
    remembered.delete(name);
    try {
      const { SecretString, ARN, VersionId } = await client.send(new GetSecretValueCommand({ SecretId: name }));
      if (SecretString === undefined) return undefined;
      remember(name, SecretString);
      return { value: SecretString, arn: ARN ?? name, versionId: VersionId ?? "" };
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }
  async function isCreated(name: string, value: string): Promise<boolean> {
    for (const pauseMs of [...nameIsTakenMs, undefined]) {
      try {
        await client.send(new CreateSecretCommand({ Name: name, SecretString: value }));
        return true;
      } catch (error) {
        if (error instanceof ResourceExistsException) return false;
        if (pauseMs === undefined || !(error instanceof InvalidRequestException)) throw error;
        await sleep(pauseMs);
      }
    }
    return false;
  }
  async function isPut(id: string, value: string, versionId: string): Promise<boolean> {
    try {
      await client.send(
        new PutSecretValueCommand({ SecretId: id, SecretString: value, ClientRequestToken: versionId }),
      );
      return true;
    } catch (error) {
      if (error instanceof ResourceExistsException) return false;
      throw error;
    }
  }
  return {
    async read(name) {
      const known = remembered.get(name);
      if (known && known.until > now()) return known.value;
      return (await fetchStored(name))?.value;
    },
    readStored: fetchStored,
    async write(name, value) {
      if (!(await isCreated(name, value))) {
        await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: value }));
      }
      remember(name, value);
    },
    async writeOnce(name, value, versionId) {
      const isWritten = await isPut(name, value, versionId);
      if (isWritten) remember(name, value);
      return isWritten;
    },
    async writeNext(name, value, previous) {
      try {
        const isWritten = await (previous === undefined
          ? isCreated(name, value)
          : // By its ARN, which a secret that is made anew under the name does not have.
            isPut(previous.arn, value, successorOf(previous)));
        if (isWritten) remember(name, value);
        return isWritten;
      } catch (error) {
        if (previous !== undefined && isGone(error)) return false;
        throw error;
      }
    },
    async remove(name) {
      remembered.delete(name);
      try {
        await client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    },
    forget(name) {
      remembered.delete(name);
    },
  };
}

/** Whether there is no such secret any more: deleted, or marked for it, which is all that InvalidRequest says of a read. */
function isGone(error: unknown): boolean {
  return error instanceof ResourceNotFoundException || error instanceof InvalidRequestException;
}

/** One version id for all who would follow a version: Secrets Manager takes one value for an id, and the first wins. */
function successorOf({ versionId }: StoredSecret): string {
  return createHash("sha256").update(`successor of ${versionId}`).digest("hex");
}
