import { CliError, exitCodeOf } from "./errors.ts";
import { parseJson } from "./parse-json.ts";
import type { Settings } from "./settings.ts";
import type { Surroundings } from "./surroundings.ts";
import { isThing, type Thing, thingsOf } from "./thing.ts";

/** One request to the gateway, as a client or as an admin. */
export type GatewayRequest = {
  as: "client" | "admin" | "nobody";
  method?: string;
  path: string;
  query?: readonly (readonly [name: string, value: string | undefined])[];
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  body?: string | Uint8Array;
  headers?: Record<string, string>;
};

export type Answer = { status: number; headers: Headers; bytes: Uint8Array };

/** Longer than any call may take, and shorter than people's patience with a gateway that is not there. */
const timeoutMs = 60_000;
/** Many times what API Gateway lets through (10 MB): whoever sends more is no gateway. */
const maxAnswerBytes = 64 * 1024 * 1024;

/**
 * Sends one request and returns whatever was answered.
 *
 * @throws CliError when there is no answer at all, or none that ends
 */
export async function send(around: Surroundings, settings: Settings, request: GatewayRequest): Promise<Answer> {
  const headers = new Headers(request.headers);
  const key = await keyFor(settings, request.as);
  if (key !== undefined) headers.set("authorization", `Bearer ${key}`);
  if (request.json !== undefined) headers.set("content-type", "application/json");
  const body = request.json === undefined ? request.body : JSON.stringify(request.json);
  let response: Response | undefined;
  try {
    response = await around.fetch(addressOf(settings, request), {
      method: request.method ?? "GET",
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: body as string | Uint8Array<ArrayBuffer> }),
    });
    return { status: response.status, headers: response.headers, bytes: await readAll(response) };
  } catch (cause) {
    throw cause instanceof CliError ? cause : noAnswer(settings, cause, response !== undefined);
  }
}

function addressOf({ url }: Settings, { path, query = [] }: GatewayRequest): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of query) if (value !== undefined) parameters.append(name, value);
  if (parameters.size === 0) return `${url}${path}`;
  return `${url}${path}${path.includes("?") ? "&" : "?"}${parameters}`;
}

async function readAll({ body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > maxAnswerBytes) {
      throw new CliError("unreachable", "The answer is longer than any of a gateway's. Is --url a gateway's address?");
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function noAnswer({ url }: Settings, cause: unknown, hasBegun: boolean): CliError {
  const { name, cause: deeper } = cause as Error & { cause?: { code?: string; message?: string } };
  const why = name === "TimeoutError" ? `${timeoutMs / 1_000} s passed` : (deeper?.code ?? deeper?.message ?? name);
  const what = hasBegun ? `began an answer and did not end it (${why})` : `does not answer (${why})`;
  const isLocal = /^http:\/\/(localhost|127\.|\[::1\])/.test(url);
  const hint = hasBegun ? "Try again." : isLocal ? "Is it running? Start it with: npm start" : "Check --url.";
  return Object.assign(new CliError("unreachable", `The gateway at ${url} ${what}. ${hint}`), { cause });
}

function keyFor(settings: Settings, as: GatewayRequest["as"]): string | undefined | Promise<string | undefined> {
  return as === "client" ? settings.clientKey() : as === "admin" ? settings.adminKey() : undefined;
}

/**
 * Sends one request and reads the JSON that a success carries; `value` is undefined where it carries none (204).
 *
 * @throws CliError saying what the gateway refused and why, or that it is no gateway that answers
 */
export async function ask(
  around: Surroundings,
  settings: Settings,
  request: GatewayRequest,
): Promise<{ value: unknown; headers: Headers }> {
  const answer = await send(around, settings, request);
  const value = parseJson(answer.bytes);
  if (answer.status < 200 || answer.status >= 300) throw refusal(answer, value, request.as);
  if (value === undefined && answer.status !== 204) throw notPromised(settings, request.path, answer);
  return { value, headers: answer.headers };
}

/** What an answer is that the gateway would never give: the address leads somewhere else. */
export function notPromised({ url }: Settings, path: string, answer?: Answer): CliError {
  const type = answer?.headers.get("content-type")?.split(";")[0] ?? "no type";
  const what = answer === undefined ? "" : ` (${answer.bytes.byteLength} bytes, ${type})`;
  return new CliError(
    "unreachable",
    `What ${url}${path} answers is not what a gateway's API promises${what}. Is --url a gateway's address, and of this version?`,
  );
}

function refusal({ status, headers }: Answer, document: unknown, as: GatewayRequest["as"]): CliError {
  if (status < 400) {
    const to = headers.get("location");
    const where = to === null ? "" : ` to ${to}`;
    return new CliError("unreachable", `A redirect${where} is no answer of a gateway's. Check --url. (HTTP ${status})`);
  }
  const hint =
    status === 401 && as === "admin"
      ? " Give the admin key with UPWORK_GATEWAY_ADMIN_KEY, or read it from AWS with --aws --stage STAGE."
      : "";
  const { reason = reasonless(status), fields, problem } = readProblem(document);
  return new CliError(exitCodeOf(status), `${reason}${hint}${fields} (HTTP ${status})`, problem);
}

function reasonless(status: number): string {
  return status >= 500
    ? "Something answered that gave no reason: the gateway in trouble, or a proxy before it. Try again later."
    : "Something answered that gave no reason: it may be no gateway. Check --url.";
}

/** More than this nobody reads; with `--json` all of it is there. */
const maxFields = 20;
const maxCharacters = 1_000;

type Reading = { reason: string | undefined; fields: string; problem: Thing | undefined };

/** What an answer says for people: the reason, and a line for each field that is wrong; for machines, a problem (RFC 9457). */
export function readProblem(document: unknown): Reading {
  // API Gateway's own refusals have a message and nothing else.
  const { detail, title, message, errors } = (document ?? {}) as Record<string, unknown>;
  const reason = [detail, title, message].find((text) => typeof text === "string" && text !== "");
  const lines = thingsOf(errors)
    .map(({ pointer, detail: why }) => {
      const place = typeof pointer === "string" ? pointer : "?";
      return `${place}: ${typeof why === "string" ? why : "is wrong"}`;
    })
    // The reason often is the first of them.
    .filter((line) => !(typeof reason === "string" && reason.includes(line)))
    .map((line) => `\n  ${line}`.slice(0, maxCharacters));
  return {
    reason: typeof reason === "string" ? reason.slice(0, maxCharacters) : undefined,
    fields: lines.slice(0, maxFields).join(""),
    problem: isThing(document) && (typeof detail === "string" || typeof title === "string") ? document : undefined,
  };
}
