import { knownSlips, retiredPaths, type UpworkPath, upworkPaths } from "./upwork-paths.ts";

export type PathMatch = {
  known: UpworkPath;
  /** The values of the template's segments by their names, percent-decoded as they came. */
  values: Record<string, string>;
};

type Compiled = { known: UpworkPath; segments: readonly string[]; literals: number };

const isVariable = (segment: string) => segment.startsWith("{");

/** By number of segments; among those, templates with more literal segments first. */
const compiled = Map.groupBy(
  upworkPaths
    .map((known): Compiled => {
      const segments = known.path.split("/");
      return { known, segments, literals: segments.filter((segment) => !isVariable(segment)).length };
    })
    .toSorted((a, b) => b.literals - a.literals),
  ({ segments }) => segments.length,
);

/** A path without the format that Upwork takes at its end: `.json` and `.xml` name the same resource. */
export function withoutFormat(path: string): string {
  return path.replace(/\.(json|xml)$/i, "");
}

/** The row of Upwork's paths that a path belongs to, or `undefined` where no official client knows it. */
export function matchPath(path: string): PathMatch | undefined {
  const given = withoutFormat(path).split("/");
  for (const { known, segments } of compiled.get(given.length) ?? []) {
    const fits = segments.every((segment, index) =>
      isVariable(segment) ? given[index] !== "" : segment === given[index],
    );
    if (fits) return { known, values: valuesOf(segments, given) };
  }
  return undefined;
}

function valuesOf(segments: readonly string[], given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    segments.flatMap((segment, index) =>
      isVariable(segment) ? [[segment.slice(1, segment.indexOf("}")), given[index] ?? ""]] : [],
    ),
  );
}

/** Whether Upwork once served the path's family, though no client of today knows the path. */
export function isRetired(path: string): boolean {
  return retiredPaths.some((prefix) => path.startsWith(prefix));
}

const familyOf = (path: string) => path.split("/").slice(0, 4).join("/");
const families = new Set(upworkPaths.map(({ path }) => familyOf(path)));

/**
 * A path's template, which holds nobody's ids: for logs and metrics. Unknown paths keep their family where that is
 * known, and nothing else: any other part of them may be somebody's.
 */
export function templateOf(path: string): string {
  const family = familyOf(path);
  return matchPath(path)?.known.path ?? `${families.has(family) ? family : family.split("/").slice(0, 2).join("/")}/**`;
}

/** How many edits the farthest useful suggestion is away, as a part of the path's length. */
const farthest = 0.34;

/** The known path that looks most like a wrong one, or `undefined` where none is near. */
export function nearestPath(path: string): string | undefined {
  const slip = knownSlips.find(({ pattern }) => pattern.test(path));
  if (slip) return slip.meant;
  const given = withoutFormat(path).split("/");
  let nearest: { path: string; distance: number } | undefined;
  for (const { path: known } of upworkPaths) {
    const distance = segmentsDistance(given, known.split("/"));
    if (nearest === undefined || distance < nearest.distance) nearest = { path: known, distance };
  }
  return nearest !== undefined && nearest.distance <= path.length * farthest ? nearest.path : undefined;
}

/** Edit distance over segments: a variable takes any segment, other segments cost their own edit distance. */
function segmentsDistance(given: readonly string[], wanted: readonly string[]): number {
  return distance(
    given,
    wanted,
    (a, b) => (isVariable(b) ? 1 : distance([...a], [...b], (x, y) => (x === y ? 0 : 1), one, one)),
    (segment) => segment.length + 1,
    (segment) => (isVariable(segment) ? 2 : segment.length + 1),
  );
}

const one = () => 1;

/** Wagner-Fischer, with costs for changing, dropping and adding an element. */
function distance<Element>(
  from: readonly Element[],
  to: readonly Element[],
  change: (a: Element, b: Element) => number,
  drop: (a: Element) => number,
  add: (b: Element) => number,
): number {
  let row = [0];
  for (const b of to) row.push((row.at(-1) ?? 0) + add(b));
  for (const a of from) {
    const next = [(row[0] ?? 0) + drop(a)];
    for (const [index, b] of to.entries()) {
      next.push(
        Math.min((row[index] ?? 0) + change(a, b), (row[index + 1] ?? 0) + drop(a), (next[index] ?? 0) + add(b)),
      );
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
