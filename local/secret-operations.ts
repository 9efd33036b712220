import { listSecrets } from "./secret-list.ts";
import type { OperationName, RequestOf } from "./secret-requests.ts";
import {
  addVersion,
  findLiveSecret,
  findSecret,
  findVersion,
  isSameValue,
  lookUpSecret,
  markForDeletion,
  type Secret,
  SecretsManagerError,
  type SecretValue,
  stagesByVersion,
  type Vault,
  withSecret,
} from "./secret-vault.ts";

/** What an operation may know of the world around it. */
export type Surroundings = {
  now: number;
  createId: () => string;
  /** Six characters for the end of an ARN, so that a name used again is another secret. */
  createSuffix: () => string;
};

/** The answer, and the state after it; the same state object where nothing changed. */
type Outcome = { vault: Vault; answer: Record<string, unknown> };

const maxTags = 50;
const defaultRecoveryDays = 30;

export const operations: {
  [Name in OperationName]: (vault: Vault, request: RequestOf<Name>, surroundings: Surroundings) => Outcome;
} = {
  CreateSecret(vault, request, { now, createId, createSuffix }) {
    const { Name } = request;
    const value = readValue(request);
    const existing = vault.get(Name);
    if (existing?.deletesAt !== undefined) {
      throw new SecretsManagerError(
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      );
    }
    if (existing) {
      const repeated = existing.versions.find(({ id }) => id === request.ClientRequestToken);
      if (repeated && value && isSameValue(repeated.value, value)) {
        return { vault, answer: { ...identity(existing), VersionId: repeated.id } };
      }
      throw new SecretsManagerError(
        "ResourceExistsException",
        `The operation failed because the secret ${Name} already exists.`,
      );
    }
    const empty: Secret = {
      name: Name,
      arn: `arn:aws:secretsmanager:local:000000000000:secret:${Name}-${createSuffix()}`,
      description: request.Description,
      tags: readTags(request.Tags ?? []),
      createdAt: now,
      changedAt: now,
      versions: [],
    };
    const id = request.ClientRequestToken ?? createId();
    const secret = value ? addVersion(empty, { id, value }, now) : empty;
    return { vault: withSecret(vault, secret), answer: { ...identity(secret), ...(value ? { VersionId: id } : {}) } };
  },

  UpdateSecret(vault, request, { now, createId }) {
    const secret = findLiveSecret(vault, request.SecretId);
    const value = readValue(request);
    const id = request.ClientRequestToken ?? createId();
    const described =
      request.Description === undefined ? secret : { ...secret, description: request.Description, changedAt: now };
    const updated = value ? addVersion(described, { id, value }, now) : described;
    return { vault: withSecret(vault, updated), answer: { ...identity(secret), ...(value ? { VersionId: id } : {}) } };
  },

  PutSecretValue(vault, request, { now, createId }) {
    const secret = findLiveSecret(vault, request.SecretId);
    const value = readValue(request);
    if (value === undefined) {
      throw new SecretsManagerError(
        "InvalidParameterException",
        "You must provide either SecretString or SecretBinary.",
      );
    }
    const id = request.ClientRequestToken ?? createId();
    const updated = addVersion(secret, { id, value, stages: request.VersionStages }, now);
    return {
      vault: withSecret(vault, updated),
      answer: { ...identity(updated), VersionId: id, VersionStages: findVersion(updated, id, undefined).stages },
    };
  },

  GetSecretValue(vault, { SecretId, VersionId, VersionStage }) {
    const secret = findLiveSecret(vault, SecretId);
    const { id, value, stages, createdAt } = findVersion(secret, VersionId, VersionStage);
    return {
      vault,
      answer: {
        ...identity(secret),
        VersionId: id,
        ...("string" in value ? { SecretString: value.string } : { SecretBinary: value.binary }),
        VersionStages: stages,
        CreatedDate: seconds(createdAt),
      },
    };
  },

  DescribeSecret(vault, { SecretId }) {
    const secret = findSecret(vault, SecretId);
    return { vault, answer: { ...describe(secret), VersionIdsToStages: stagesByVersion(secret) } };
  },

  TagResource(vault, { SecretId, Tags }, { now }) {
    const secret = findLiveSecret(vault, SecretId);
    const tags = { ...secret.tags, ...readTags(Tags) };
    if (Object.keys(tags).length > maxTags) {
      throw new SecretsManagerError("LimitExceededException", `A secret takes at most ${maxTags} tags.`);
    }
    return { vault: withSecret(vault, { ...secret, tags, changedAt: now }), answer: {} };
  },

  DeleteSecret(vault, { SecretId, RecoveryWindowInDays, ForceDeleteWithoutRecovery }, { now }) {
    if (!ForceDeleteWithoutRecovery) {
      const secret = markForDeletion(findLiveSecret(vault, SecretId), RecoveryWindowInDays ?? defaultRecoveryDays, now);
      return {
        vault: withSecret(vault, secret),
        answer: { ...identity(secret), DeletionDate: seconds(secret.deletesAt ?? now) },
      };
    }
    if (RecoveryWindowInDays !== undefined) {
      throw new SecretsManagerError(
        "InvalidParameterException",
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
      );
    }
    // Forced, it ends a secret that waits for its deletion as well, and one that never was is no error (documented).
    const doomed = lookUpSecret(vault, SecretId);
    if (doomed === undefined) return { vault, answer: { Name: SecretId, DeletionDate: seconds(now) } };
    const left = new Map(vault);
    left.delete(doomed.name);
    return { vault: left, answer: { ...identity(doomed), DeletionDate: seconds(now) } };
  },

  RestoreSecret(vault, { SecretId }) {
    const found = findSecret(vault, SecretId);
    const { deletesAt, ...secret } = found;
    return { vault: deletesAt === undefined ? vault : withSecret(vault, secret), answer: identity(found) };
  },

  ListSecrets(vault, request) {
    const { page, next } = listSecrets(vault, request);
    const SecretList = page.map((secret) => ({
      ...describe(secret),
      SecretVersionsToStages: stagesByVersion(secret),
    }));
    return { vault, answer: { SecretList, ...(next === undefined ? {} : { NextToken: next }) } };
  },
};

function identity({ arn, name }: Secret) {
  return { ARN: arn, Name: name };
}

function describe(secret: Secret) {
  const { description, createdAt, changedAt, deletesAt, tags } = secret;
  return {
    ...identity(secret),
    ...(description === undefined ? {} : { Description: description }),
    CreatedDate: seconds(createdAt),
    LastChangedDate: seconds(changedAt),
    ...(deletesAt === undefined ? {} : { DeletedDate: seconds(deletesAt) }),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

/** The protocol carries times as seconds since 1970, with a fraction. */
const seconds = (ms: number) => ms / 1000;

function readTags(tags: readonly { Key: string; Value?: string | undefined }[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value ?? ""]));
}

function readValue(request: {
  SecretString?: string | undefined;
  SecretBinary?: string | undefined;
}): SecretValue | undefined {
  if (request.SecretString !== undefined && request.SecretBinary !== undefined) {
    throw new SecretsManagerError("InvalidParameterException", "You can't provide both SecretString and SecretBinary.");
  }
  if (request.SecretString !== undefined) return { string: request.SecretString };
  return request.SecretBinary === undefined ? undefined : { binary: request.SecretBinary };
}
