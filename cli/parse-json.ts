/** Deeper than any API's JSON, and far from where writing it out would overflow the stack. */
const maxDepth = 200;

/** The value of a JSON text in UTF-8; undefined where it is none, or one that nobody could write out again. */
export function parseJson(bytes: Uint8Array | string): unknown {
  try {
    const value: unknown = JSON.parse(typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("utf8"));
    return isDeeper(value, maxDepth) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
