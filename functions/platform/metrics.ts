import { Metrics } from "@aws-lambda-powertools/metrics";
import { metricNamespace, metricService } from "./names.ts";

/** What writes metrics of this stage; `metricNames` in `names.ts` lists them, because alarms must read the very same. */
export function createMetrics(stage: string): Metrics {
  return new Metrics({ namespace: metricNamespace, serviceName: metricService, defaultDimensions: { Stage: stage } });
}
