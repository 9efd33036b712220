import type { Endpoint } from "./endpoint.ts";

export type Match = { endpoint: Endpoint; segments: Record<string, string> };

/** Finds rows by path: all that have the path, whatever their method, those with the fewest `{name}`s first. */
export type Router = (path: string) => Match[];

export function createRouter(endpoints: readonly Endpoint[]): Router {
  const rows = endpoints
    .map((endpoint) => ({ endpoint, parts: endpoint.path.split("/") }))
    .toSorted((a, b) => wildcards(a.parts) - wildcards(b.parts));
  const byLength = Map.groupBy(rows, ({ parts }) => parts.length);
  return (path) => {
    const given = path.split("/");
    const matches: Match[] = [];
    for (const { endpoint, parts } of byLength.get(given.length) ?? []) {
      const segments = match(parts, given);
      if (segments !== undefined) matches.push({ endpoint, segments });
    }
    return matches;
  };
}

const wildcards = (parts: readonly string[]) => parts.filter((part) => part.startsWith("{")).length;

function match(wanted: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  for (const [index, part] of wanted.entries()) {
    if (part !== given[index] && !(part.startsWith("{") && given[index] !== "")) return undefined;
  }
  const segments: Record<string, string> = {};
  try {
    for (const [index, part] of wanted.entries()) {
      if (part.startsWith("{")) segments[part.slice(1, -1)] = decodeURIComponent(given[index] ?? "");
    }
  } catch {
    return undefined;
  }
  return segments;
}
