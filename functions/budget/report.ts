import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { metricNames } from "../platform/names.ts";
import type { BudgetSnapshot } from "./ledger.ts";

/** Writes the budget as CloudWatch metrics (embedded metric format), one dimension a limit. */
export function reportBudget(metrics: Metrics, snapshot: BudgetSnapshot): void {
  const { budgetUsedPercent, gateClosed } = metricNames;
  for (const limit of snapshot.limits) {
    const single = metrics.singleMetric();
    single.addDimension(budgetUsedPercent.dimensions[0], limit.name);
    single.addMetric(budgetUsedPercent.name, MetricUnit.Percent, Math.round((limit.used / limit.quota) * 1000) / 10);
  }
  metrics.addMetric(gateClosed.name, MetricUnit.Count, snapshot.gate.state === "open" ? 0 : 1);
  metrics.publishStoredMetrics();
}
