import { invalidField } from "./invalid-field.ts";
import type { Problem } from "./problem.ts";

/**
 * A cursor for the place after a sort key. It is opaque to callers, and holds nothing but the place: the partition is
 * always the route's own, so a cursor that somebody makes up leads nowhere else.
 */
export function writeCursor(place: string): string {
  return Buffer.from(place, "utf8").toString("base64url");
}

/**
 * The place that a cursor names.
 *
 * @throws Problem `request-invalid` for what no page ended with
 */
export function readCursor(cursor: string): string {
  const place = Buffer.from(cursor, "base64url").toString("utf8");
  if (place === "" || writeCursor(place) !== cursor) {
    throw invalidCursor();
  }
  return place;
}

/** What is said of a cursor that no page of a list ended with. */
export function invalidCursor(): Problem {
  const sentence = "The cursor is none that a page of this list ended with; start without one.";
  return invalidField("/query/cursor", "not a cursor of this list", sentence);
}
