import { functionDefinitions, functionNames, type Schedule, schedules } from "../../functions/platform/names.ts";
import { prices } from "./prices.ts";

/** What one proxied call needs, as assumed; the words are what the page shows. */
export const perCall = {
  /** Waiting for Upwork is most of it. */
  seconds: 0.4,
  gigabytes: functionDefinitions.proxy.memoryMb / 1024,
  /** The reservation (1.2 writes on an item below 1 KB), the call log, an answer of 2 KB kept in the cache. */
  writes: 1.2 + 1 + 2,
  /** The client and the cache, where memory does not have them. */
  reads: 2,
  /** The function's lines, Lambda's own three and the access log's line. */
  logBytes: 1_200,
  /** Through a NAT, both ways. */
  networkBytes: 20_000,
} as const;

/** What stands there whether anybody calls or not; a test counts the alarms of the template. */
export const fixed = {
  alarms: functionNames.length * 3 + schedules.length + 8,
  /** Both applications, the admin key, three connections and two webhooks. */
  secrets: 8,
  /** Three metrics of each of four limits, one of each of five clients, the gate. */
  metrics: 3 * 4 + 5 + 1,
  scheduledSeconds: 0.3,
} as const;

const hoursPerMonth = 730;
const daysPerMonth = hoursPerMonth / 24;

export type Bill = readonly { part: string; usd: number }[];

/** The monthly bill of one stage without options, part by part, in USD. */
export function monthlyBill(callsPerDay: number): Bill {
  const calls = callsPerDay * daysPerMonth;
  const millions = calls / 1e6;
  const runs = schedules.reduce((sum, { expression }) => sum + runsPerMonth(expression), 0);
  const scheduledGbSeconds = schedules.reduce(
    (sum, { expression, functionName }) =>
      sum + runsPerMonth(expression) * fixed.scheduledSeconds * (functionDefinitions[functionName].memoryMb / 1024),
    0,
  );
  return [
    { part: "HTTP API", usd: millions * prices.httpApiPerMillion },
    { part: "Lambda, calls", usd: millions * prices.lambdaPerMillion + calls * gbSecondsPrice() },
    {
      part: "Lambda, schedules",
      usd: (runs / 1e6) * prices.lambdaPerMillion + scheduledGbSeconds * prices.lambdaPerGbSecond,
    },
    {
      part: "DynamoDB",
      usd: millions * (perCall.writes * prices.dynamoWritePerMillion + perCall.reads * prices.dynamoReadPerMillion),
    },
    { part: "Logs", usd: ((calls + runs) * perCall.logBytes * prices.logsPerGb) / 1e9 },
    { part: "Secrets", usd: fixed.secrets * prices.secretPerMonth },
    { part: "Alarms", usd: fixed.alarms * prices.alarmPerMonth },
    { part: "Metrics", usd: fixed.metrics * prices.metricPerMonth },
  ];
}

/** What each option adds a month, in USD. */
export function optionBill(callsPerDay: number): Bill {
  const millions = (callsPerDay * daysPerMonth) / 1e6;
  const address = prices.publicAddressPerHour * hoursPerMonth;
  const gigabytes = (millions * 1e6 * perCall.networkBytes) / 1e9;
  return [
    {
      part: "`egress`: `nat-gateway`",
      usd: prices.natGatewayPerHour * hoursPerMonth + address + gigabytes * prices.natGatewayPerGb,
    },
    {
      part: "`egress`: `nat-instance`",
      usd: prices.natInstancePerHour * hoursPerMonth + address + 8 * prices.diskPerGbMonth,
    },
    { part: "`customerKey`", usd: prices.keyPerMonth },
    { part: "`tracing`", usd: millions * prices.tracePerMillion },
    { part: "`cloudFront`", usd: millions * prices.cloudFrontPerMillion },
    {
      part: "`webAclArn` with the rules of `waf`",
      usd: prices.webAclPerMonth + 3 * prices.webAclRulePerMonth + millions * prices.webAclPerMillion,
    },
  ];
}

/** What CloudWatch takes for the logs of a million calls, in USD. */
export function logsPerMillionCalls(): number {
  return (1e6 * perCall.logBytes * prices.logsPerGb) / 1e9;
}

function gbSecondsPrice(): number {
  return perCall.seconds * perCall.gigabytes * prices.lambdaPerGbSecond;
}

function runsPerMonth(expression: Schedule["expression"]): number {
  const [, amount, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (unit === undefined) return daysPerMonth;
  return (
    (hoursPerMonth * 60) / (Number(amount) * { minute: 1, hour: 60, day: 1440 }[unit as "minute" | "hour" | "day"])
  );
}
