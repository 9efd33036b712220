import { Duration, Stack } from "aws-cdk-lib";
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  LogQueryVisualizationType,
  LogQueryWidget,
  MathExpression,
  Stats,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import { functionNames, metricNames, metricNamespace, metricService } from "../../functions/platform/names.ts";
import { gatewayMetric, type Watched } from "./alarms.ts";

const fiveMinutes = Duration.minutes(5);
const half = { width: 12, height: 6 };

/** What the page shows beside what alarms watch: the log groups of all functions. */
export type Shown = Watched & { logGroupNames: readonly string[] };

/** One page that answers four questions: are we up, how much budget is left, who uses it, what fails? */
export function createDashboard(scope: Construct, shown: Shown, alarms: readonly IAlarm[]): Dashboard {
  const { stage, limits, httpApi, functions, failedRuns, logGroupNames } = shown;
  const question = (text: string) => [new TextWidget({ markdown: `## ${text}`, width: 24, height: 1 })];
  const sum = { period: fiveMinutes, statistic: Stats.SUM };
  const ofClients = `SEARCH('{${metricNamespace},service,Stage,${metricNames.clientUsed.dimensions[0]}} MetricName="${metricNames.clientUsed.name}" service="${metricService}" Stage="${stage}"', 'Maximum', 3600)`;
  return new Dashboard(scope, "Dashboard", {
    dashboardName: Stack.of(scope).stackName,
    defaultInterval: Duration.days(1),
    widgets: [
      question("Are we up?"),
      [new AlarmStatusWidget({ title: "Alarms", alarms: [...alarms], width: 24, height: 4 })],
      [
        new GraphWidget({
          ...half,
          title: "Requests",
          left: [httpApi.metricCount({ ...sum, label: "all" })],
          right: [
            httpApi.metricClientError({ ...sum, label: "4xx" }),
            httpApi.metricServerError({ ...sum, label: "5xx" }),
          ],
        }),
        new GraphWidget({
          ...half,
          title: "Latency in ms",
          left: [50, 95, 99].map((percent) =>
            httpApi.metricLatency({ period: fiveMinutes, statistic: Stats.p(percent), label: `p${percent}` }),
          ),
        }),
      ],
      question("How much budget is left?"),
      [
        new GraphWidget({
          ...half,
          title: "Used of each limit, in percent",
          leftYAxis: { min: 0, max: 100 },
          left: limits.map(({ name }) =>
            gatewayMetric(stage, metricNames.budgetUsedPercent, {
              ...sum,
              statistic: Stats.MAXIMUM,
              dimension: name,
            }).with({
              label: name,
            }),
          ),
        }),
        new GraphWidget({
          ...half,
          title: "Gate closed by Upwork's 429",
          leftYAxis: { min: 0, max: 1 },
          left: [
            gatewayMetric(stage, metricNames.gateClosed, { ...sum, statistic: Stats.MAXIMUM }).with({
              label: "closed",
            }),
          ],
        }),
      ],
      question("Who uses it?"),
      [
        new GraphWidget({
          width: 24,
          height: 6,
          title: "Units of the day window, by client",
          left: [new MathExpression({ expression: ofClients, usingMetrics: {}, label: "", period: Duration.hours(1) })],
        }),
      ],
      question("What fails?"),
      [
        new GraphWidget({
          ...half,
          title: "Failed and turned away runs, by function",
          left: functionNames.map((name) => functions[name].metricErrors({ ...sum, label: `${name} failed` })),
          right: functionNames.map((name) => functions[name].metricThrottles({ ...sum, label: `${name} throttled` })),
        }),
        new GraphWidget({
          ...half,
          title: "Given up",
          left: [
            gatewayMetric(stage, metricNames.refreshFailed, sum).with({ label: "token refreshes failed" }),
            gatewayMetric(stage, metricNames.deliveryDead, sum).with({ label: "webhook deliveries" }),
            failedRuns.metricApproximateNumberOfMessagesVisible({
              ...sum,
              statistic: Stats.MAXIMUM,
              label: "scheduled runs",
            }),
          ],
        }),
      ],
      [
        new LogQueryWidget({
          width: 24,
          height: 6,
          title: "Latest faults",
          view: LogQueryVisualizationType.TABLE,
          logGroupNames: [...logGroupNames],
          queryLines: [
            "fields @timestamp, functionName, requestId, method, path, error.message",
            'filter level = "ERROR"',
            "sort @timestamp desc",
            "limit 20",
          ],
        }),
      ],
    ],
  });
}
