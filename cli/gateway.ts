import { CliError, exitCodeOf } from "./errors.ts";
import type { Settings } from "./settings.ts";
import type { Surroundings } from "./surroundings.ts";

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

/**
 * Sends one request and returns whatever was answered.
 *
 * @throws CliError when there is no answer at all
 */
export async function send(around: Surroundings, settings: Settings, request: GatewayRequest): Promise<Answer> {
  const headers = new Headers(request.headers);
  const key = await keyFor(settings, request.as);
  if (key !== undefined) headers.set("authorization", `Bearer ${key}`);
  if (request.json !== undefined) headers.set("content-type", "application/json");
  const body = request.json === undefined ? request.body : JSON.stringify(request.json);
  const query = new URLSearchParams();
  for (const [name, value] of request.query ?? []) if (value !== undefined) query.append(name, value);
  const url = `${settings.url}${request.path}${query.size === 0 ? "" : `?${query}`}`;
  try {
    const response = await around.fetch(url, {
      method: request.method ?? "GET",
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: body as string | Uint8Array<ArrayBuffer> }),
    });
    return { status: response.status, headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
  } catch (cause) {
    const why = (cause as { cause?: { code?: string } }).cause?.code ?? (cause as Error).name;
    const hint = settings.url.includes("localhost") ? "Is it running? Start it with: npm start" : "Check --url.";
    throw Object.assign(
      new CliError("unreachable", `The gateway at ${settings.url} does not answer (${why}). ${hint}`),
      {
        cause,
      },
    );
  }
}

function keyFor(settings: Settings, as: GatewayRequest["as"]): string | undefined | Promise<string | undefined> {
  return as === "client" ? settings.clientKey() : as === "admin" ? settings.adminKey() : undefined;
}

/**
 * Sends one request and reads the JSON that a success carries.
 *
 * @throws CliError saying what the gateway refused and why
 */
export async function ask(
  around: Surroundings,
  settings: Settings,
  request: GatewayRequest,
): Promise<{ value: unknown; headers: Headers }> {
  const answer = await send(around, settings, request);
  const value = parseJson(answer.bytes);
  if (answer.status >= 200 && answer.status < 300) return { value, headers: answer.headers };
  throw refusal(answer.status, value, request.as);
}

export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}

function refusal(status: number, document: unknown, as: GatewayRequest["as"]): CliError {
  const { detail, title, errors } = (document ?? {}) as { detail?: string; title?: string; errors?: unknown };
  const fields = Array.isArray(errors)
    ? errors.map(({ pointer, detail: why }: { pointer?: string; detail?: string }) => `\n  ${pointer}: ${why}`).join("")
    : "";
  const hint =
    status === 401 && as === "admin"
      ? " Give the admin key with UPWORK_GATEWAY_ADMIN_KEY, or read it from AWS with --aws --stage STAGE."
      : "";
  const text = detail ?? title ?? "The gateway gave no reason.";
  return new CliError(exitCodeOf(status), `${text}${hint}${fields} (HTTP ${status})`, document);
}
