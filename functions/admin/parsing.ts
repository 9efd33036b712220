import * as z from "zod/mini";
import english from "zod/v4/locales/en.js";
import type { Fields, Schema } from "../platform/admin-route.ts";
import type { HttpRequest } from "../platform/http.ts";
import { jsonFault } from "../platform/json-fault.ts";
import { Problem } from "../platform/problem.ts";

// zod/mini says "Invalid input" to everything unless it is given a language.
z.config(english());

const maxBodyBytes = 65_536;
const utf8 = new TextDecoder("utf-8", { fatal: true });
const nothing = z.strictObject({});

/** Where something wrong stands, as a JSON pointer into the request (`/path/id`, `/query/limit`, `/body/name`). */
export type FieldError = { pointer: string; detail: string };

/** @throws Problem `request-invalid` */
export function parseParams(schema: Fields | undefined, variables: Record<string, string>): unknown {
  return check(schema ?? nothing, convert(schema ?? nothing, variables), "/path");
}

/** @throws Problem `request-malformed`, `request-invalid` */
export function parseQuery(schema: Fields | undefined, rawQuery: string): unknown {
  const values = new Map<string, string>();
  for (const piece of rawQuery.split("&")) {
    if (piece === "") continue;
    const [name = "", value] = piece.split(/=(.*)/s).map(decodeQuery);
    if (values.has(name)) throw malformed(`The query has "${name}" more than once.`, pointerTo("/query", [name]));
    values.set(name, value ?? "");
  }
  return check(schema ?? nothing, convert(schema ?? nothing, Object.fromEntries(values)), "/query");
}

/** @throws Problem `body-too-large`, `media-type-refused`, `request-malformed`, `request-invalid` */
export function parseBody(schema: Schema | undefined, { body, headers }: HttpRequest, isOptional: boolean): unknown {
  if (body.byteLength > maxBodyBytes) {
    throw new Problem("body-too-large", `The body is ${body.byteLength} bytes; the admin API takes ${maxBodyBytes}.`);
  }
  if (schema === undefined) {
    if (body.byteLength > 0) throw malformed("This request takes no body.", "/body");
    return undefined;
  }
  if (body.byteLength === 0 && isOptional) return check(schema, {}, "/body");
  if (!/^application\/json\s*(;|$)/i.test(headers["content-type"] ?? "")) {
    throw new Problem("media-type-refused", "Send the body as JSON, with Content-Type: application/json.");
  }
  return check(schema, parseJson(body), "/body");
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch (error) {
    const why = error instanceof SyntaxError ? jsonFault(error) : "it is not UTF-8";
    throw malformed(`The body is not JSON: ${why}.`, "/body");
  }
}

function decodeQuery(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw malformed("The query's percent-encoding is broken.", "/query");
  }
}

function check(schema: Schema, value: unknown, root: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue): FieldError[] =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ pointer: pointerTo(root, [...issue.path, key]), detail: "there is no such field" }))
      : [{ pointer: pointerTo(root, issue.path), detail: issue.message }],
  );
  const [first] = errors;
  throw new Problem("request-invalid", `${first?.pointer}: ${first?.detail}.${more(errors.length)}`, {
    members: { errors },
  });
}

function more(count: number): string {
  return count > 1 ? ` "errors" lists ${count} such things.` : "";
}

function malformed(detail: string, pointer: string): Problem {
  return new Problem("request-malformed", detail, { members: { errors: [{ pointer, detail }] } });
}

/** RFC 6901. */
function pointerTo(root: string, path: readonly PropertyKey[]): string {
  return [root, ...path.map((part) => String(part).replaceAll("~", "~0").replaceAll("/", "~1"))].join("/");
}

/** Texts of numbers and booleans become such where the schema wants them; all else stays text for the schema to judge. */
function convert(schema: Fields, values: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, text]) => {
      const field = Object.hasOwn(schema.shape, name) ? kindOf(schema.shape[name]) : undefined;
      if (field === "number" && /^-?\d{1,15}$/.test(text)) return [name, Number(text)];
      if (field === "boolean" && /^(true|false)$/.test(text)) return [name, text === "true"];
      return [name, text];
    }),
  );
}

function kindOf(schema: z.core.SomeType | undefined): string | undefined {
  const definition = schema?._zod.def as { type?: string; innerType?: z.core.SomeType } | undefined;
  return definition?.innerType === undefined ? definition?.type : kindOf(definition.innerType);
}
