import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import * as z from "zod/mini";

/**
 * An embedded Secrets Manager that speaks the service's JSON protocol (`X-Amz-Target: secretsmanager.<Operation>`), as
 * far as the gateway and its tools use it. With a file it keeps its secrets over a restart, also after a kill.
 */
export type LocalSecretsManager = { url: string; close(): Promise<void> };

type Version = { id: string; value: string; createdAt: number };
type Secret = {
  name: string;
  arn: string;
  createdAt: number;
  current: Version;
  previous?: Version;
  deletedAt?: number;
};

class ServiceError extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

const maxValueBytes = 65_536;
const name = z.string().check(z.regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/));
const inputs = {
  CreateSecret: z.object({ Name: name, SecretString: z.string(), ClientRequestToken: z.optional(z.string()) }),
  PutSecretValue: z.object({
    SecretId: z.string(),
    SecretString: z.string(),
    ClientRequestToken: z.optional(z.string()),
  }),
  GetSecretValue: z.object({
    SecretId: z.string(),
    VersionStage: z.optional(z.string()),
    VersionId: z.optional(z.string()),
  }),
  DescribeSecret: z.object({ SecretId: z.string() }),
  DeleteSecret: z.object({ SecretId: z.string(), ForceDeleteWithoutRecovery: z.optional(z.boolean()) }),
  RestoreSecret: z.object({ SecretId: z.string() }),
  ListSecrets: z.object({
    Filters: z.optional(z.array(z.object({ Key: z.string(), Values: z.array(z.string()) }))),
    MaxResults: z.optional(z.number()),
    NextToken: z.optional(z.string()),
  }),
};
type Operation = keyof typeof inputs;

export async function startSecretsManager(
  options: { dataFile?: string; port?: number; now?: () => number } = {},
): Promise<LocalSecretsManager> {
  const now = options.now ?? Date.now;
  const secrets = new Map<string, Secret>(options.dataFile === undefined ? [] : load(options.dataFile));

  const find = (id: string): Secret => {
    const secret = secrets.get(id) ?? [...secrets.values()].find(({ arn }) => arn === id);
    if (secret === undefined) {
      throw new ServiceError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    }
    return secret;
  };
  const findLive = (id: string): Secret => {
    const secret = find(id);
    if (secret.deletedAt !== undefined) {
      throw new ServiceError(
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was marked for deletion.",
      );
    }
    return secret;
  };
  const version = (value: string, token: string | undefined): Version => {
    if (Buffer.byteLength(value) > maxValueBytes) {
      throw new ServiceError("InvalidParameterException", "SecretString is larger than 65536 bytes.");
    }
    return { id: token ?? randomUUID(), value, createdAt: now() };
  };
  const save = () => {
    if (options.dataFile !== undefined) writeAtomically(options.dataFile, JSON.stringify([...secrets]));
  };

  const operations: { [Name in Operation]: (input: z.infer<(typeof inputs)[Name]>) => Record<string, unknown> } = {
    CreateSecret({ Name, SecretString, ClientRequestToken }) {
      const existing = secrets.get(Name);
      if (existing !== undefined) {
        if (existing.current.id === ClientRequestToken && existing.current.value === SecretString) {
          return { ARN: existing.arn, Name, VersionId: existing.current.id };
        }
        throw new ServiceError("ResourceExistsException", "A resource with the ID you requested already exists.");
      }
      const arn = `arn:aws:secretsmanager:local:000000000000:secret:${Name}-${randomUUID().slice(0, 6)}`;
      const secret = { name: Name, arn, createdAt: now(), current: version(SecretString, ClientRequestToken) };
      secrets.set(Name, secret);
      save();
      return { ARN: arn, Name, VersionId: secret.current.id };
    },
    PutSecretValue({ SecretId, SecretString, ClientRequestToken }) {
      const secret = findLive(SecretId);
      const { current } = secret;
      if (current.id === ClientRequestToken) {
        if (current.value !== SecretString) {
          throw new ServiceError("ResourceExistsException", "This ClientRequestToken has been used for another value.");
        }
      } else {
        secrets.set(secret.name, { ...secret, previous: current, current: version(SecretString, ClientRequestToken) });
        save();
      }
      const { arn, name: Name, current: written } = findLive(secret.name);
      return { ARN: arn, Name, VersionId: written.id, VersionStages: ["AWSCURRENT"] };
    },
    GetSecretValue({ SecretId, VersionStage, VersionId }) {
      const secret = findLive(SecretId);
      const stage = VersionId === undefined ? (VersionStage ?? "AWSCURRENT") : undefined;
      const found = [
        { version: secret.current, stage: "AWSCURRENT" },
        { version: secret.previous, stage: "AWSPREVIOUS" },
      ].find((candidate) => candidate.stage === stage || candidate.version?.id === VersionId);
      if (found?.version === undefined) {
        throw new ServiceError("ResourceNotFoundException", "Secrets Manager can't find the specified secret value.");
      }
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: found.version.id,
        SecretString: found.version.value,
        VersionStages: [found.stage],
        CreatedDate: found.version.createdAt / 1000,
      };
    },
    DescribeSecret({ SecretId }) {
      return describe(find(SecretId));
    },
    DeleteSecret({ SecretId, ForceDeleteWithoutRecovery }) {
      const secret = findLive(SecretId);
      if (ForceDeleteWithoutRecovery) secrets.delete(secret.name);
      else secrets.set(secret.name, { ...secret, deletedAt: now() });
      save();
      return { ARN: secret.arn, Name: secret.name, DeletionDate: now() / 1000 };
    },
    RestoreSecret({ SecretId }) {
      const { deletedAt: _deletedAt, ...secret } = find(SecretId);
      secrets.set(secret.name, secret);
      save();
      return { ARN: secret.arn, Name: secret.name };
    },
    ListSecrets({ Filters, MaxResults, NextToken }) {
      const prefixes = (Filters ?? []).filter(({ Key }) => Key === "name").flatMap(({ Values }) => Values);
      const found = [...secrets.values()]
        .filter(({ deletedAt }) => deletedAt === undefined)
        .filter((secret) => prefixes.length === 0 || prefixes.some((prefix) => secret.name.startsWith(prefix)))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const from = Number(NextToken ?? 0);
      const to = from + (MaxResults ?? 100);
      return {
        SecretList: found.slice(from, to).map(describe),
        ...(to < found.length ? { NextToken: String(to) } : {}),
      };
    },
  };

  function answer(target: string, body: string): Record<string, unknown> {
    const operation = target.replace(/^secretsmanager\./, "");
    if (!Object.hasOwn(inputs, operation)) {
      throw new ServiceError("UnknownOperationException", `This embedded Secrets Manager has no ${operation}.`);
    }
    const parsed = inputs[operation as Operation].safeParse(JSON.parse(body || "{}"));
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new ServiceError("InvalidParameterException", `${issue?.path.join(".")}: ${issue?.message}`);
    }
    return (operations[operation as Operation] as (input: unknown) => Record<string, unknown>)(parsed.data);
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const headers = { "content-type": "application/x-amz-json-1.1" };
      try {
        const result = answer(String(request.headers["x-amz-target"]), Buffer.concat(chunks).toString("utf8"));
        response.writeHead(200, headers).end(JSON.stringify(result));
      } catch (error) {
        const type = error instanceof ServiceError ? error.type : "InternalServiceError";
        const message = error instanceof ServiceError ? error.message : "The embedded Secrets Manager failed.";
        const status = error instanceof ServiceError ? 400 : 500;
        response
          .writeHead(status, { ...headers, "x-amzn-errortype": type })
          .end(JSON.stringify({ __type: type, message }));
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function describe({ arn, name: Name, createdAt, deletedAt, current, previous }: Secret) {
  return {
    ARN: arn,
    Name,
    CreatedDate: createdAt / 1000,
    ...(deletedAt === undefined ? {} : { DeletedDate: deletedAt / 1000 }),
    VersionIdsToStages: { [current.id]: ["AWSCURRENT"], ...(previous ? { [previous.id]: ["AWSPREVIOUS"] } : {}) },
  };
}

function load(file: string): [string, Secret][] {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new Error(`Cannot read the local secrets in "${file}". Restore the file, or delete it and connect again.`, {
      cause: error,
    });
  }
}

/** All or nothing, also when the power goes: write beside it, flush, rename. Only the owner may read it. */
function writeAtomically(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.new`;
  const descriptor = openSync(temporary, "w", 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
}
