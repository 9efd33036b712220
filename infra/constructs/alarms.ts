import { Duration } from "aws-cdk-lib";
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import {
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Rule } from "aws-cdk-lib/aws-events";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Limit } from "../../functions/platform/limit-schema.ts";
import {
  type FunctionName,
  functionDefinitions,
  functionNames,
  metricNames,
  metricNamespace,
  metricService,
  type Schedule,
  schedules,
} from "../../functions/platform/names.ts";
import type { LiveFunction } from "./functions.ts";

/** What an alarm is about; each has a page in `docs/runbooks/` that says what to look at and what to do. */
export const runbooks = [
  "errors",
  "throttles",
  "latency",
  "budget",
  "gate-closed",
  "refresh-failures",
  "dead-deliveries",
  "schedule-misses",
] as const;

export type AlarmRule = {
  id: string;
  runbook: (typeof runbooks)[number];
  /** What has happened when it goes off, as a sentence. */
  says: string;
  metric: IMetric;
  threshold: number;
  /** When it goes off; from the threshold on unless it says otherwise. */
  comparison?: ComparisonOperator;
  /** How many periods on end it takes; one unless it says otherwise. */
  periods?: number;
  /** What a period without any data means; all is well unless it says otherwise. */
  missing?: TreatMissingData;
  /** Which function's new version it stops from taking over. */
  rollsBack?: FunctionName | "every";
};

export type Watched = {
  stage: string;
  limits: readonly Limit[];
  httpApi: HttpApi;
  functions: Record<FunctionName, LiveFunction>;
  rules: ReadonlyMap<string, Rule>;
  failedRuns: Queue;
};

const fiveMinutes = Duration.minutes(5);

/** A metric that the functions write themselves. */
export function gatewayMetric(
  stage: string,
  metric: (typeof metricNames)[keyof typeof metricNames],
  options: { statistic: string; period: Duration; dimension?: string },
): Metric {
  const [own] = metric.dimensions;
  return new Metric({
    namespace: metricNamespace,
    metricName: metric.name,
    statistic: options.statistic,
    period: options.period,
    dimensionsMap: {
      service: metricService,
      Stage: stage,
      ...(own === undefined || options.dimension === undefined ? {} : { [own]: options.dimension }),
    },
  });
}

/** Every alarm of a stage. A new function or schedule brings its own by being in the tables of `names.ts`. */
export function alarmRules(watched: Watched): AlarmRule[] {
  return [
    ...functionNames.flatMap((name) => functionAlarms(name, watched.functions[name])),
    ...apiAlarms(watched.httpApi),
    ...budgetAlarms(watched.stage, watched.limits),
    ...scheduleAlarms(watched),
    {
      id: "refresh-failures",
      runbook: "refresh-failures",
      says: "The token of a connection could not be refreshed",
      metric: gatewayMetric(watched.stage, metricNames.refreshFailed, { statistic: Stats.SUM, period: fiveMinutes }),
      threshold: 1,
    },
    {
      id: "dead-deliveries",
      runbook: "dead-deliveries",
      says: "A webhook delivery was given up",
      metric: gatewayMetric(watched.stage, metricNames.deliveryDead, { statistic: Stats.SUM, period: fiveMinutes }),
      threshold: 1,
    },
  ];
}

function functionAlarms(name: FunctionName, alias: LiveFunction): AlarmRule[] {
  const { timeoutSeconds } = functionDefinitions[name];
  return [
    {
      id: `${name}-errors`,
      runbook: "errors",
      says: `Function ${name} threw, ran out of time or out of memory`,
      metric: alias.metricErrors({ period: Duration.minutes(1), statistic: Stats.SUM }),
      threshold: 1,
      rollsBack: name,
    },
    {
      id: `${name}-throttles`,
      runbook: "throttles",
      says: `Lambda turned away calls of function ${name}: the account's concurrency is used up`,
      metric: alias.metricThrottles({ period: fiveMinutes, statistic: Stats.SUM }),
      threshold: 1,
    },
    {
      id: `${name}-latency`,
      runbook: "latency",
      says: `One in a hundred runs of function ${name} takes nine tenths of its ${timeoutSeconds} s or more`,
      metric: alias.metricDuration({ period: fiveMinutes, statistic: Stats.p(99) }),
      threshold: timeoutSeconds * 900,
      periods: 3,
    },
  ];
}

function apiAlarms(httpApi: HttpApi): AlarmRule[] {
  const options = { period: fiveMinutes, statistic: Stats.SUM };
  return [
    {
      id: "api-errors",
      runbook: "errors",
      says: "More than one request in twenty is answered with 5xx",
      metric: new MathExpression({
        // Fewer than ten requests say little about a share.
        expression: "IF(requests >= 10, 100 * failed / requests, 0)",
        usingMetrics: { failed: httpApi.metricServerError(options), requests: httpApi.metricCount(options) },
        period: fiveMinutes,
      }),
      threshold: 5,
      comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
      rollsBack: "every",
    },
    {
      id: "api-latency",
      runbook: "latency",
      says: "One request in a hundred takes 10 s or more",
      metric: httpApi.metricLatency({ period: fiveMinutes, statistic: Stats.p(99) }),
      threshold: 10_000,
      periods: 3,
    },
  ];
}

/** The longest limit is the one that cannot be waited for. */
function budgetAlarms(stage: string, limits: readonly Limit[]): AlarmRule[] {
  const longest = limits.reduce((one, other) => (other.seconds > one.seconds ? other : one));
  const used = gatewayMetric(stage, metricNames.budgetUsedPercent, {
    statistic: Stats.MAXIMUM,
    period: fiveMinutes,
    dimension: longest.name,
  });
  return [
    ...[80, 95].map(
      (percent): AlarmRule => ({
        id: `budget-${percent}`,
        runbook: "budget",
        says: `${percent} % of the "${longest.name}" budget of ${longest.quota} calls is used`,
        metric: used,
        threshold: percent,
        // The report comes less often than every period; between two of them the last one holds.
        missing: TreatMissingData.IGNORE,
      }),
    ),
    {
      id: "gate-closed",
      runbook: "gate-closed",
      says: "Upwork answered 429 and the gate is closed for everybody",
      metric: gatewayMetric(stage, metricNames.gateClosed, { statistic: Stats.MAXIMUM, period: fiveMinutes }),
      threshold: 1,
      missing: TreatMissingData.IGNORE,
    },
  ];
}

function scheduleAlarms({ rules, failedRuns }: Watched): AlarmRule[] {
  return [
    ...schedules.map((schedule): AlarmRule => {
      const rule = rules.get(schedule.name);
      if (rule === undefined) throw new Error(`Schedule "${schedule.name}" has no rule to watch.`);
      const { period, periods } = missWindow(schedule.expression);
      return {
        id: `${schedule.name}-misses`,
        runbook: "schedule-misses",
        says: `Schedule ${schedule.name} (${schedule.expression}) did not run`,
        metric: new Metric({
          namespace: "AWS/Events",
          metricName: "Invocations",
          dimensionsMap: { RuleName: rule.ruleName },
          statistic: Stats.SUM,
          period,
        }),
        threshold: 1,
        comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
        periods,
        missing: TreatMissingData.BREACHING,
      };
    }),
    {
      id: "failed-runs",
      runbook: "schedule-misses",
      says: "A scheduled run failed every time and lies in the queue of failed runs",
      metric: failedRuns.metricApproximateNumberOfMessagesVisible({ period: fiveMinutes, statistic: Stats.MAXIMUM }),
      threshold: 1,
    },
  ];
}

/**
 * How long a schedule may be silent: two of its intervals, in periods that CloudWatch takes. What runs on a calendar
 * (`cron`) is expected once a day.
 */
export function missWindow(expression: Schedule["expression"]): { period: Duration; periods: number } {
  const [, amount, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (unit === undefined) return { period: Duration.days(1), periods: 1 };
  const minutes = Number(amount) * { minute: 1, hour: 60, day: 1440 }[unit as "minute" | "hour" | "day"];
  return { period: Duration.minutes(Math.max(5, minutes)), periods: 2 };
}
