/** Numbers as they were written: Upwork's ids are longer than a JavaScript number is exact. */
type RawJson = { rawJSON(text: string): unknown; isRawJSON(value: unknown): boolean };

const rawJson = JSON as unknown as RawJson;

/** Reads JSON so that `JSON.stringify` writes its numbers digit by digit; `undefined` for what is no JSON. */
export function parseExactly(text: string): unknown {
  const keep = (_name: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" && context?.source !== undefined ? rawJson.rawJSON(context.source) : value;
  try {
    return JSON.parse(text, keep);
  } catch {
    return undefined;
  }
}

/** Whether what {@link parseExactly} gave is a JSON object, and not one of the numbers, which are objects there. */
export function isExactObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !rawJson.isRawJSON(value);
}
