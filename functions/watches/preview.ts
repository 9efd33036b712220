import * as z from "zod/mini";
import { Problem } from "../platform/problem.ts";
import { AnswerError } from "./calls.ts";
import { costOf } from "./cost.ts";
import { fetchItems } from "./fetch-items.ts";
import { NoItemsError } from "./new-items.ts";
import type { Definition } from "./watch.ts";
import { costSchema, previewSchema, viewPreview } from "./watch-schemas.ts";
import type { WatchServices } from "./watch-services.ts";

/** What trying a watch out answers. */
export const previewedSchema = z.strictObject({ preview: previewSchema, cost: costSchema });

/** How trying one out may go wrong. */
export const previewProblems = [
  "not-found",
  "request-invalid",
  "client-not-allowed",
  "watch-call-failed",
  "quota-exceeded",
  "upstream-cooldown",
] as const;

/**
 * Makes the call once and shows what it finds.
 *
 * @throws Problem one of `previewProblems`
 */
export async function preview({ watching, limits }: WatchServices, definition: Definition, now: number) {
  await watching.calls.check(definition, definition.call);
  try {
    // Everything counts as known, so one page is all that is read.
    const { items, withoutId } = await fetchItems(definition, watching.calls.call, async () => true);
    return viewPreview(items, withoutId, costOf(definition, limits, now));
  } catch (error) {
    if (error instanceof AnswerError || error instanceof NoItemsError) {
      throw new Problem("watch-call-failed", error.message, { cause: error });
    }
    throw error;
  }
}
