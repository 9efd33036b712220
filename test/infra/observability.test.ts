import { existsSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  functionNames,
  metricNames,
  metricNamespace,
  metricService,
  schedules,
} from "../../functions/platform/names.ts";
import { missWindow, runbooks } from "../../infra/constructs/alarms.ts";
import { optionSets } from "../support/option-sets.ts";
import { synthesise } from "../support/synth.ts";

const { resources, template } = synthesise(optionSets["with a domain"], { bundle: false });

type Alarm = {
  AlarmDescription: string;
  AlarmActions: unknown[];
  Dimensions?: { Name: string; Value: unknown }[];
  MetricName?: string;
  Namespace?: string;
  Threshold: number;
  TreatMissingData: string;
};
const alarms = Object.entries(resources)
  .filter(([, { Type }]) => Type === "AWS::CloudWatch::Alarm")
  .map(([id, { Properties }]) => ({ id, ...(Properties as Alarm) }));
const on = (name: string) => alarms.filter(({ MetricName }) => MetricName === name);

describe("alarms", () => {
  test("watch every function for errors, throttles and time", () => {
    for (const metric of ["Errors", "Throttles", "Duration"]) expect(on(metric)).toHaveLength(functionNames.length);
  });

  test("watch every schedule, and take silence for a miss", () => {
    const misses = on("Invocations");
    expect(misses).toHaveLength(schedules.length);
    for (const { TreatMissingData } of misses) expect(TreatMissingData).toBe("breaching");
  });

  test("watch the budget, the gate, refreshes and deliveries under the names the functions write", () => {
    const common = [
      { Name: "Stage", Value: "prod" },
      { Name: "service", Value: metricService },
    ];
    const own = alarms.filter(({ Namespace }) => Namespace === metricNamespace);
    const seen = own.map(({ MetricName, Threshold, Dimensions = [] }) => ({
      MetricName,
      Threshold,
      Dimensions: Dimensions.toSorted((a, b) => (a.Name < b.Name ? -1 : 1)),
    }));
    const day = { Name: metricNames.budgetUsedPercent.dimensions[0], Value: "day" };
    expect(seen).toEqual([
      { MetricName: metricNames.budgetUsedPercent.name, Threshold: 80, Dimensions: [day, ...common] },
      { MetricName: metricNames.budgetUsedPercent.name, Threshold: 95, Dimensions: [day, ...common] },
      { MetricName: metricNames.gateClosed.name, Threshold: 1, Dimensions: common },
      { MetricName: metricNames.refreshFailed.name, Threshold: 1, Dimensions: common },
      { MetricName: metricNames.deliveryDead.name, Threshold: 1, Dimensions: common },
    ]);
  });

  test("tell the topic, which tells the address that was given", () => {
    for (const { AlarmActions } of alarms) expect(AlarmActions).toHaveLength(1);
    template.hasResourceProperties("AWS::SNS::Subscription", { Protocol: "email", Endpoint: "ops@example.com" });
  });

  test("each have a page that says what to do, and no page is left over", () => {
    const folder = new URL("../../docs/runbooks/", import.meta.url);
    for (const { AlarmDescription } of alarms) {
      const [, page = ""] = /What to do: docs\/runbooks\/([a-z-]+\.md)$/.exec(AlarmDescription) ?? [];
      expect(existsSync(new URL(page, folder)), AlarmDescription).toBe(true);
    }
    expect(readdirSync(folder).toSorted()).toEqual(runbooks.map((name) => `${name}.md`).toSorted());
  });
});

test.each([
  ["rate(1 minute)", 5],
  ["rate(15 minutes)", 15],
  ["rate(1 hour)", 60],
  ["rate(1 day)", 1440],
] as const)("a schedule of %s is missed after two silent periods of %i minutes", (expression, minutes) => {
  const { period, periods } = missWindow(expression);
  expect([period.toMinutes(), periods]).toEqual([minutes, 2]);
});

test("a schedule on a calendar is missed after a day without it", () => {
  const { period, periods } = missWindow("cron(0 6 * * ? *)");
  expect([period.toDays(), periods]).toEqual([1, 1]);
});

test("one dashboard answers the four questions and shows every function", () => {
  template.resourceCountIs("AWS::CloudWatch::Dashboard", 1);
  const [dashboard] = Object.values(resources).filter(({ Type }) => Type === "AWS::CloudWatch::Dashboard");
  const body = JSON.stringify(dashboard?.Properties.DashboardBody);
  for (const question of ["Are we up?", "How much budget is left?", "Who uses it?", "What fails?"]) {
    expect(body).toContain(question);
  }
  for (const name of functionNames) expect(body).toContain(`${name} failed`);
});
