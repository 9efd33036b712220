import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { BudgetSnapshot } from "./ledger.ts";

/** Writes the budget as CloudWatch metrics (embedded metric format), one dimension a limit. */
export function reportBudget(metrics: Metrics, snapshot: BudgetSnapshot): void {
  for (const limit of snapshot.limits) {
    const single = metrics.singleMetric();
    single.addDimension("Limit", limit.name);
    single.addMetric("BudgetUsedPercent", MetricUnit.Percent, Math.round((limit.used / limit.quota) * 1000) / 10);
  }
  metrics.addMetric("GateClosed", MetricUnit.Count, snapshot.gate.state === "open" ? 0 : 1);
  metrics.publishStoredMetrics();
}
