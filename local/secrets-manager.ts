import { randomInt, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { closeServer, isLoopbackHost, listenOnLoopback } from "./loopback.ts";
import { loadVault, saveVault } from "./secret-file.ts";
import { operations, type Surroundings } from "./secret-operations.ts";
import { type OperationName, requests } from "./secret-requests.ts";
import { SecretsManagerError, type Vault, withoutExpired } from "./secret-vault.ts";

/**
 * An embedded Secrets Manager that speaks the service's protocol (AWS JSON 1.1, `X-Amz-Target: secretsmanager.<name>`).
 * With a file it keeps its secrets over a restart, also after a kill: an answer is given only once the file has it.
 */
export type LocalSecretsManager = { url: string; close(): Promise<void> };

type Answer = { status: number; body: Record<string, unknown>; errorType?: string };

/** A value of 64 KB, every character of it escaped, and what stands around it. */
const maxRequestBytes = 512_000;

/** Starts it on loopback; without `dataFile` its secrets are gone when it ends. */
export async function startSecretsManager(
  options: { dataFile?: string; port?: number; now?: () => number } = {},
): Promise<LocalSecretsManager> {
  const { dataFile, now = Date.now } = options;
  let vault: Vault = dataFile === undefined ? new Map() : loadVault(dataFile);

  function perform(target: string, body: string): Answer {
    const name = target.replace(/^secretsmanager\./, "");
    if (!isOperation(name)) return failure(400, "UnknownOperationException", `There is no operation "${name}" here.`);
    let json: unknown;
    try {
      json = JSON.parse(body === "" ? "{}" : body);
    } catch {
      return failure(400, "SerializationException", "The request is not JSON.");
    }
    const parsed = requests[name].safeParse(json);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return failure(400, "InvalidParameterException", `${issue?.path.join(".")}: ${issue?.message}`);
    }
    const at = now();
    const surroundings: Surroundings = { now: at, createId: randomUUID, createSuffix };
    // Schema and operation come from tables with the same keys, which the compiler cannot see through a variable.
    const operate = operations[name] as (vault: Vault, request: unknown, around: Surroundings) => Outcome;
    const before = vault;
    const { vault: after, answer } = operate(withoutExpired(before, at), parsed.data, surroundings);
    if (after !== before && dataFile !== undefined) saveVault(dataFile, after);
    vault = after;
    return { status: 200, body: answer };
  }

  const server = createServer((request, response) => {
    answer(request, perform).then(({ status, body, errorType }) => {
      response
        .writeHead(status, {
          "content-type": "application/x-amz-json-1.1",
          "x-amzn-requestid": randomUUID(),
          ...(errorType === undefined ? {} : { "x-amzn-errortype": errorType }),
        })
        .end(JSON.stringify(body));
    });
  });
  const port = await listenOnLoopback(server, options.port ?? 0);
  return { url: `http://127.0.0.1:${port}`, close: () => closeServer(server) };
}

type Outcome = ReturnType<(typeof operations)[OperationName]>;

async function answer(request: IncomingMessage, perform: (target: string, body: string) => Answer): Promise<Answer> {
  if (!isLoopbackHost(request.headers.host)) {
    return failure(403, "AccessDeniedException", "This Secrets Manager answers its own machine only.");
  }
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request) {
      size += chunk.byteLength;
      // Read on to the end, so that the caller gets the answer and not a reset connection.
      if (size <= maxRequestBytes) chunks.push(chunk);
    }
    if (size > maxRequestBytes) return failure(413, "InvalidParameterException", "The request is too large.");
    return perform(String(request.headers["x-amz-target"] ?? ""), Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    if (error instanceof SecretsManagerError) return failure(400, error.type, error.message);
    // Most likely the disk is full or the folder may not be written. Only the code is told: it holds no value.
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    return failure(500, "InternalServiceError", `The embedded Secrets Manager failed (${code}).`);
  }
}

function failure(status: number, errorType: string, message: string): Answer {
  return { status, body: { __type: errorType, message }, errorType };
}

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}

const suffixCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

function createSuffix(): string {
  return Array.from({ length: 6 }, () => suffixCharacters[randomInt(suffixCharacters.length)]).join("");
}
