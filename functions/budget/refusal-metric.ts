import { metricNames, metricNamespace, metricService } from "../platform/names.ts";
import type { NoteRefusal } from "./ledger.ts";

/**
 * Counts refusals in the function's own log (embedded metric format), so that a refusal costs no write. The line is made
 * by hand because the metrics library is larger than all else in the functions that make calls.
 */
export function noteRefusals(stage: string, write: (line: string) => void = console.log): NoteRefusal {
  if (process.env.POWERTOOLS_METRICS_DISABLED === "true") return () => undefined;
  return (client, refusal, isSpared) => {
    const { name, dimensions } = isSpared ? metricNames.budgetSpared : metricNames.budgetRefused;
    const [limit, byClient] = dimensions;
    write(
      JSON.stringify({
        _aws: {
          Timestamp: Date.now(),
          CloudWatchMetrics: [
            {
              Namespace: metricNamespace,
              Dimensions: [["service", "Stage", limit, byClient]],
              Metrics: [{ Name: name, Unit: "Count" }],
            },
          ],
        },
        service: metricService,
        Stage: stage,
        [limit]: refusal.kind === "pool" ? `${refusal.name}-pool` : refusal.name,
        [byClient]: client.id,
        [name]: 1,
      }),
    );
  };
}
