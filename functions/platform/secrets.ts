import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";

/** Reads and writes secrets, remembering what it read for five minutes: a read costs money and a round trip. */
export type SecretStore = {
  /** The value of a secret, or `undefined` where there is none (which is never remembered). */
  read(name: string): Promise<string | undefined>;
  /** Creates the secret or stores a new version of it, and remembers that. */
  write(name: string, value: string): Promise<void>;
  /**
   * Stores a new version of an existing secret under a version id (32 to 64 characters) that can be used once: false,
   * and nothing stored, where another value has it. Of any number of writers that use the same id, one wins.
   */
  writeOnce(name: string, value: string, versionId: string): Promise<boolean>;
  /** Deletes the secret at once, so that its name is free again. Deleting what is not there is no error. */
  remove(name: string): Promise<void>;
  /** Forgets a remembered value, for example after the upstream answered 401 to it. */
  forget(name: string): void;
};

const rememberMs = 5 * 60_000;

export function createSecretStore(client: SecretsManagerClient, now: () => number = Date.now): SecretStore {
  const remembered = new Map<string, { value: string; until: number }>();
  const remember = (name: string, value: string) => remembered.set(name, { value, until: now() + rememberMs });
  return {
    async read(name) {
      const known = remembered.get(name);
      if (known && known.until > now()) return known.value;
      remembered.delete(name);
      try {
        const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
        if (SecretString === undefined) return undefined;
        remember(name, SecretString);
        return SecretString;
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
    async write(name, value) {
      try {
        await client.send(new CreateSecretCommand({ Name: name, SecretString: value }));
      } catch (error) {
        if (!(error instanceof ResourceExistsException)) throw error;
        await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: value }));
      }
      remember(name, value);
    },
    async writeOnce(name, value, versionId) {
      try {
        await client.send(
          new PutSecretValueCommand({ SecretId: name, SecretString: value, ClientRequestToken: versionId }),
        );
      } catch (error) {
        if (error instanceof ResourceExistsException) return false;
        throw error;
      }
      remember(name, value);
      return true;
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
