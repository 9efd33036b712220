/** The parts of a call in which a method can hide. Bodies that are no form are given as they are. */
export type MethodBearer = {
  method: string;
  query: readonly (readonly [name: string, value: string])[];
  body: { form: readonly (readonly [name: string, value: string])[] } | { bytes: Uint8Array };
};

const methods = ["GET", "HEAD", "POST", "PUT", "DELETE"];

/** The name in every spelling that a lenient server may read as `http_method`: PHP alone turns `.`, ` `, `[` into `_`. */
const lenientName = /^\s*http[^a-z0-9]?method(?![a-z0-9])/i;

/**
 * The methods a call may be taken for. Upwork's own clients send PUT and DELETE as a POST with `http_method` in the form
 * or the JSON body, and such a call is what that names. Wherever there is doubt (`http_method` in the query, on another
 * method than POST, twice, in another case, nested, or in a body nobody can read for sure) every reading is returned,
 * and a client must be allowed all of them.
 */
export function effectiveMethods(call: MethodBearer): readonly string[] {
  const inQuery = call.query.filter(([name]) => lenientName.test(name));
  const inBody = "form" in call.body ? overridesOfForm(call.body.form) : overridesOfBytes(call.body.bytes);
  if (inBody === "unclear") return [...new Set([call.method, ...methods])];
  const [only] = inBody;
  if (call.method === "POST" && inQuery.length === 0 && inBody.length === 1 && only?.isPlain) {
    const named = only.value.toUpperCase();
    if (methods.includes(named)) return [named];
  }
  const named = [...inQuery.map(([, value]) => value), ...inBody.map(({ value }) => value)];
  return [...new Set([call.method, ...named.map((value) => value.trim().toUpperCase())])];
}

type Override = { value: string; isPlain: boolean };

function overridesOfForm(form: readonly (readonly [name: string, value: string])[]): Override[] {
  return form
    .filter(([name]) => lenientName.test(name))
    .map(([name, value]) => ({ value, isPlain: name === "http_method" }));
}

/** Every string of a JSON text in its order; a colon behind it makes it a name. */
const jsonString = /"(?:[^"\\]|\\.)*"(\s*:)?/gs;

function overridesOfBytes(bytes: Uint8Array): Override[] | "unclear" {
  // Whatever the bytes are (UTF-16, a multipart form), ASCII letters stay recognisable without the zero bytes.
  const text = Buffer.from(bytes).toString("utf8").replaceAll("\0", "");
  if (!/method|\\u|%/i.test(text)) return [];
  const parsed = parseObject(text);
  if (parsed === undefined) return /http[\s\S]{0,6}method|\\u00|%[4-7][0-9a-f]/i.test(text) ? "unclear" : [];
  const names = [...text.matchAll(jsonString)].filter(([, colon]) => colon !== undefined);
  const spoken = names.filter(([name]) => lenientName.test(String(parse(name.slice(0, name.lastIndexOf('"') + 1)))));
  if (spoken.length === 0) return [];
  const value = Object.hasOwn(parsed, "http_method") ? parsed.http_method : undefined;
  return spoken.length === 1 && typeof value === "string" ? [{ value, isPlain: true }] : "unclear";
}

function parseObject(text: string): Record<string, unknown> | undefined {
  const value = parse(text);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
