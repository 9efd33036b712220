import { afterEach, expect, test, vi } from "vitest";
import { noteRefusals } from "../../../functions/budget/refusal-metric.ts";
import { reportBudget, thresholdEvents } from "../../../functions/budget/report.ts";
import { createMetrics } from "../../../functions/platform/metrics.ts";
import { metricNames, metricNamespace, metricService } from "../../../functions/platform/names.ts";
import { defaultShare } from "../../../functions/platform/share-schema.ts";
import { asDocumented } from "../../support/events.ts";

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
  const snapshot = {
    limits: [{ name: "day", used: 30_123, quota: 40_000, left: 9_877, windowSeconds: 86_400, resetsInMs: 0 }],
    gate: { state: "open" as const, retryAfterMs: 0 },
  };
  reportBudget(createMetrics("prod"), snapshot, [{ client: "crm", usedToday: 120 }]);

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
    {
      namespace: metricNamespace,
      dimensions: [...common, [metricNames.budgetUsed.dimensions[0], "day"]],
      values: [[metricNames.budgetUsed.name, 30_123]],
    },
    {
      namespace: metricNamespace,
      dimensions: [...common, [metricNames.budgetLeft.dimensions[0], "day"]],
      values: [[metricNames.budgetLeft.name, 9_877]],
    },
    {
      namespace: metricNamespace,
      dimensions: [...common, [metricNames.clientUsed.dimensions[0], "crm"]],
      values: [[metricNames.clientUsed.name, 120]],
    },
    { namespace: metricNamespace, dimensions: common, values: [[metricNames.gateClosed.name, 0]] },
  ]);
});

test("a refusal is counted in the log, under the names that alarms read, and costs no write", () => {
  vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "false");
  const lines: string[] = [];
  const note = noteRefusals("prod", (line) => lines.push(line));
  note({ id: "crm", share: defaultShare }, { kind: "limit", name: "day", retryAfterMs: 1 }, false);
  note({ id: "nightly", share: defaultShare }, { kind: "pool", name: "day", retryAfterMs: 1 }, true);
  const [refused, spared] = lines.map((line) => JSON.parse(line) as Embedded);
  expect(refused).toMatchObject({ Stage: "prod", Limit: "day", Client: "crm", BudgetRefused: 1 });
  expect(refused?._aws.CloudWatchMetrics).toEqual([
    {
      Namespace: metricNamespace,
      Dimensions: [["service", "Stage", ...metricNames.budgetRefused.dimensions]],
      Metrics: [{ Name: metricNames.budgetRefused.name, Unit: "Count" }],
    },
  ]);
  expect(spared).toMatchObject({ Limit: "day-pool", Client: "nightly", BudgetSpared: 1 });
});

test("each threshold of the day's quota is one event a day, however often the report runs", () => {
  const at = Date.parse("2026-03-02T09:00:00Z");
  const events = (used: number, now: number) =>
    thresholdEvents(
      {
        limits: [{ name: "day", used, quota: 1_000, left: 1_000 - used, windowSeconds: 86_400, resetsInMs: 0 }],
        gate: { state: "open", retryAfterMs: 0 },
      },
      "oauth1",
      now,
    );
  expect(events(499, at)).toEqual([]);
  expect(events(500, at)).toMatchObject([
    { type: "budget.threshold", at, data: { percent: 50, limit: "day", quota: 1_000, used: 500, left: 500 } },
  ]);
  expect(asDocumented(events(950, at)).map(({ data }) => data.percent)).toEqual([50, 80, 95]);
  const idsOf = (now: number) => events(800, now).map(({ id }) => id);
  expect(idsOf(at + 3_600_000)).toEqual(idsOf(at));
  expect(idsOf(at + 86_400_000)).not.toEqual(idsOf(at));
});
