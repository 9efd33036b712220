import { afterEach, expect, test, vi } from "vitest";
import { reportBudget } from "../../../functions/budget/report.ts";
import { createMetrics } from "../../../functions/platform/metrics.ts";
import { metricNames, metricNamespace, metricService } from "../../../functions/platform/names.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

type Embedded = Record<string, unknown> & {
  _aws: { CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[] };
};

test("the report writes its metrics under the names and dimensions that the alarms read", () => {
  vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "false");
  vi.stubEnv("POWERTOOLS_DEV", "true"); // Powertools then writes to the console that a test can see.
  const written = vi.spyOn(console, "log").mockImplementation(() => undefined);
  reportBudget(createMetrics("prod"), {
    limits: [{ name: "day", used: 30_123, quota: 40_000, left: 9_877, seconds: 86_400, resetMs: 0 }],
    gate: { state: "open" },
  } as unknown as Parameters<typeof reportBudget>[1]);

  const documents = written.mock.calls.map(([line]) => JSON.parse(String(line)) as Embedded);
  const seen = documents.flatMap((document) =>
    document._aws.CloudWatchMetrics.map(({ Namespace, Dimensions, Metrics }) => ({
      namespace: Namespace,
      dimensions: (Dimensions[0] ?? []).map((name) => [name, document[name]]),
      values: Metrics.map(({ Name }) => [Name, document[Name]]),
    })),
  );
  const common = [
    ["service", metricService],
    ["Stage", "prod"],
  ];
  expect(seen).toEqual([
    {
      namespace: metricNamespace,
      dimensions: [...common, [metricNames.budgetUsedPercent.dimensions[0], "day"]],
      values: [[metricNames.budgetUsedPercent.name, 75.3]],
    },
    { namespace: metricNamespace, dimensions: common, values: [[metricNames.gateClosed.name, 0]] },
  ]);
});
