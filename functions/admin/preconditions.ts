import { Problem } from "../platform/problem.ts";

/**
 * The `If-Match` of a change.
 *
 * @throws Problem `precondition-required` where there is none
 */
export function requireIfMatch(header: string | undefined): string {
  if (header !== undefined && header.trim() !== "") return header;
  throw new Problem(
    "precondition-required",
    "Say with If-Match which version you change: the ETag of your last GET. If-Match: * takes any.",
  );
}

/** Whether one of the tags in an `If-Match` or `If-None-Match` is the current one; weak tags never are. */
export function matchesAny(header: string, current: string): boolean {
  if (header.trim() === "*") return true;
  return [...header.matchAll(/(W\/)?("[^"]*")/g)].some(([, weak, tag]) => weak === undefined && tag === current);
}
