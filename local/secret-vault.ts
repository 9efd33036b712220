/**
 * The rules of Secrets Manager as functions from one state to the next, without a clock, a file or a server: which
 * version carries which stage, what a repeated request may do, and when a deleted secret is gone.
 *
 * Source: the service's API reference. Where it leaves a thing open, the comment says what was chosen.
 */
export type SecretValue = { string: string } | { binary: string };

export type Version = {
  id: string;
  value: SecretValue;
  /** Milliseconds since 1970, as all times here. */
  createdAt: number;
  stages: readonly string[];
};

export type Secret = {
  name: string;
  arn: string;
  description?: string | undefined;
  tags: Readonly<Record<string, string>>;
  createdAt: number;
  changedAt: number;
  /** Set while it waits for its deletion; from then on it is gone. */
  deletesAt?: number | undefined;
  /** Oldest first. Versions without a stage are deprecated, but can be read by id until there are too many. */
  versions: readonly Version[];
};

export type Vault = ReadonlyMap<string, Secret>;

/** What a request asked for, as one of the errors the service documents. */
export class SecretsManagerError extends Error {
  override name = "SecretsManagerError";
  readonly type: ErrorType;
  constructor(type: ErrorType, message: string) {
    super(message);
    this.type = type;
  }
}

export type ErrorType =
  | "InvalidNextTokenException"
  | "InvalidParameterException"
  | "InvalidRequestException"
  | "LimitExceededException"
  | "ResourceExistsException"
  | "ResourceNotFoundException";

const current = "AWSCURRENT";
const previous = "AWSPREVIOUS";
const maxVersions = 100;
const dayMs = 86_400_000;

/** Without the secrets whose recovery window has ended. */
export function withoutExpired(vault: Vault, now: number): Vault {
  return [...vault.values()].some((secret) => isExpired(secret, now))
    ? new Map([...vault].filter(([, secret]) => !isExpired(secret, now)))
    : vault;
}

const isExpired = ({ deletesAt }: Secret, now: number) => deletesAt !== undefined && deletesAt <= now;

/** A secret by name, by ARN, or by an ARN without its random end. */
export function lookUpSecret(vault: Vault, id: string): Secret | undefined {
  const byName = vault.get(id);
  if (byName || !id.startsWith("arn:")) return byName;
  return [...vault.values()].find(({ arn }) => arn === id || arn.slice(0, -"-000000".length) === id);
}

/**
 * A secret by name or ARN.
 *
 * @throws SecretsManagerError `ResourceNotFoundException`
 */
export function findSecret(vault: Vault, id: string): Secret {
  const found = lookUpSecret(vault, id);
  if (found) return found;
  throw new SecretsManagerError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
}

/**
 * A secret that is not waiting for its deletion.
 *
 * @throws SecretsManagerError `ResourceNotFoundException` or `InvalidRequestException`
 */
export function findLiveSecret(vault: Vault, id: string): Secret {
  const secret = findSecret(vault, id);
  if (secret.deletesAt === undefined) return secret;
  throw new SecretsManagerError(
    "InvalidRequestException",
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}

/** The state with this secret in it; the same state where it was there already. */
export function withSecret(vault: Vault, secret: Secret): Vault {
  if (vault.get(secret.name) === secret) return vault;
  return new Map(vault).set(secret.name, secret);
}

/**
 * Adds a version and moves stages to it. The same id with the same value changes nothing.
 *
 * @throws SecretsManagerError `ResourceExistsException` for the same id with another value
 */
export function addVersion(
  secret: Secret,
  added: { id: string; value: SecretValue; stages?: readonly string[] | undefined },
  now: number,
): Secret {
  const known = secret.versions.find(({ id }) => id === added.id);
  if (known) {
    if (isSameValue(known.value, added.value)) return secret;
    throw new SecretsManagerError(
      "ResourceExistsException",
      `You can't use ClientRequestToken ${added.id} because that value is already in use for a version of secret ${secret.name}.`,
    );
  }
  const asked = added.stages ?? [current];
  // A secret's first version is current whatever was asked for.
  const stages = secret.versions.length === 0 && !asked.includes(current) ? [...asked, current] : asked;
  const replaced = stages.includes(current)
    ? secret.versions.find((version) => version.stages.includes(current))
    : undefined;
  const version = { id: added.id, value: added.value, createdAt: now, stages: [...new Set(stages)] };
  let versions: readonly Version[] = [...moveStages(secret.versions, stages), version];
  if (replaced) {
    versions = moveStages(versions, [previous]).map((version) =>
      version.id === replaced.id ? { ...version, stages: [...version.stages, previous] } : version,
    );
  }
  return { ...secret, changedAt: now, versions: trim(versions) };
}

function moveStages(versions: readonly Version[], stages: readonly string[]): readonly Version[] {
  return versions.map((version) => ({ ...version, stages: version.stages.filter((stage) => !stages.includes(stage)) }));
}

/** The service removes the oldest deprecated versions above a hundred (it spares those of the last day; we do not). */
function trim(versions: readonly Version[]): readonly Version[] {
  let surplus = versions.length - maxVersions;
  return versions.filter(({ stages }) => stages.length > 0 || --surplus < 0);
}

/** Whether two values are the same; text is never the same as bytes. */
export function isSameValue(left: SecretValue, right: SecretValue): boolean {
  if ("string" in left) return "string" in right && left.string === right.string;
  return "binary" in right && left.binary === right.binary;
}

/**
 * The version with this id, this stage, or both.
 *
 * @throws SecretsManagerError `ResourceNotFoundException`
 */
export function findVersion(secret: Secret, id: string | undefined, stage: string | undefined): Version {
  const wantedStage = stage ?? (id === undefined ? current : undefined);
  const found = secret.versions.find(
    (version) =>
      (id === undefined || version.id === id) && (wantedStage === undefined || version.stages.includes(wantedStage)),
  );
  if (found) return found;
  const what = id === undefined ? `staging label: ${wantedStage}` : `VersionId: ${id}`;
  throw new SecretsManagerError(
    "ResourceNotFoundException",
    `Secrets Manager can't find the specified secret value for ${what}`,
  );
}

/** Marks a secret for deletion after its recovery window, given in days. */
export function markForDeletion(secret: Secret, days: number, now: number): Secret {
  return { ...secret, deletesAt: now + days * dayMs };
}

/** Which version carries which stages; deprecated versions are left out, as the service does. */
export function stagesByVersion(secret: Secret): Record<string, readonly string[]> {
  return Object.fromEntries(
    secret.versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, stages]),
  );
}
