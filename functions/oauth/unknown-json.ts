/** Parses JSON text that a schema will check; `undefined` where there is none or it is not JSON. */
export function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A member of a JSON value that nothing is known of. */
export function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** A member that should be text; empty where it is absent or something else. Upwork's ids are text or numbers. */
export function textMember(value: unknown, name: string): string {
  const found = member(value, name);
  return typeof found === "string" || typeof found === "number" ? String(found) : "";
}
