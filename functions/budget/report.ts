import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { GatewayEvent } from "../platform/events.ts";
import { metricNames } from "../platform/names.ts";
import type { BudgetSnapshot } from "./ledger.ts";

/** What one client took today. */
export type ClientUsage = { client: string; usedToday: number };

/** Writes the budget as CloudWatch metrics (embedded metric format): each limit, each client, the gate. */
export function reportBudget(metrics: Metrics, snapshot: BudgetSnapshot, clients: readonly ClientUsage[]): void {
  const { budgetUsedPercent, budgetUsed, budgetLeft, clientUsed, gateClosed } = metricNames;
  for (const limit of snapshot.limits) {
    const single = metrics.singleMetric();
    single.addDimension(budgetUsedPercent.dimensions[0], limit.name);
    single.addMetric(budgetUsedPercent.name, MetricUnit.Percent, Math.round((limit.used / limit.quota) * 1000) / 10);
    for (const [metric, units] of [[budgetUsed, limit.used] as const, [budgetLeft, limit.left] as const]) {
      const counted = metrics.singleMetric();
      counted.addDimension(metric.dimensions[0], limit.name);
      counted.addMetric(metric.name, MetricUnit.Count, units);
    }
  }
  for (const { client, usedToday } of clients) {
    const single = metrics.singleMetric();
    single.addDimension(clientUsed.dimensions[0], client);
    single.addMetric(clientUsed.name, MetricUnit.Count, usedToday);
  }
  metrics.addMetric(gateClosed.name, MetricUnit.Count, snapshot.gate.state === "open" ? 0 : 1);
  metrics.publishStoredMetrics();
}

const thresholds = [50, 80, 95] as const;

/**
 * The events that tell that part of the day's quota is used. Each has the same id all through a UTC day, so whoever
 * stores events keeps one for each threshold and day, however often the report runs.
 */
export function thresholdEvents({ limits }: BudgetSnapshot, application: string, now: number): GatewayEvent[] {
  const day = limits.find(({ windowSeconds }) => windowSeconds === 86_400);
  if (day === undefined) return [];
  const date = new Date(now).toISOString().slice(0, 10);
  return thresholds
    .filter((percent) => day.used * 100 >= day.quota * percent)
    .map((percent) => ({
      id: `${application}-budget-${percent}-${date}`,
      type: "budget.threshold",
      at: now,
      data: { percent, limit: day.name, quota: day.quota, used: day.used, left: day.left, application },
    }));
}
