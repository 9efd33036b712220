import type { CallForWatch } from "../../functions/watches/fetch-items.ts";
import { definitionSchema, type Watch, type WatchCall } from "../../functions/watches/watch.ts";

export type SourceItem = { id: string; title?: string; state?: string };

/** A watch over a list that answers as the job search does; give what matters to the test. */
export function watch(own: Partial<Watch> = {}): Watch {
  const { id = "wat_1", createdAt = 1_700_000_000_000, version = 1, ...definition } = own;
  return {
    id,
    createdAt,
    version,
    ...definitionSchema.parse({
      name: "Jobs",
      client: "demo",
      connection: "demo",
      call: { path: "/api/profiles/v2/search/jobs", query: { q: "node" } },
      schedule: { everyMinutes: 5 },
      items: "jobs",
      itemId: "id",
      paging: { parameter: "paging", size: 10 },
      ...definition,
    }),
  };
}

/** A list at Upwork, newest first, that pages as the job search does. */
export function source(items: SourceItem[] = []) {
  const calls: WatchCall[] = [];
  const call: CallForWatch = async (_watch, request) => {
    calls.push(request);
    const paging = "path" in request ? String(request.query.paging ?? "0;20") : "0;20";
    const [offset = 0, count = 20] = paging.split(";").map(Number);
    return { jobs: structuredClone(items.slice(offset, offset + count)) };
  };
  return {
    calls,
    call,
    /** Adds items, the last one given being the newest. */
    post(...ids: string[]) {
      for (const id of ids) items.unshift({ id, title: `Job ${id}` });
    },
    items,
  };
}
