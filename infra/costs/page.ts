import { type Bill, fixed, logsPerMillionCalls, monthlyBill, optionBill, perCall } from "./bill.ts";
import { prices } from "./prices.ts";

const [start, end] = ["<!-- computed: npm run costs -->", "<!-- end of what is computed -->"];
const days = [1_000, 40_000] as const;

/** The page with its computed part computed anew; what people wrote around it stays. */
export function costsPage(page: string): string {
  const [before, after] = [page.split(start)[0], page.split(end)[1]];
  if (before === undefined || after === undefined)
    throw new Error(`docs/costs.md needs the lines ${start} and ${end}.`);
  return `${before}${start}\n\n${costTables()}\n\n${end}${after}`;
}

/** The computed part: the bill, what options add, what is assumed. */
export function costTables(): string {
  const usd = (value: number) => value.toFixed(2);
  const rows = (billOf: (callsPerDay: number) => Bill) =>
    billOf(days[0]).map(({ part }, at) => [part, ...days.map((perDay) => usd(billOf(perDay)[at]?.usd ?? 0))]);
  const total = (perDay: number) => usd(monthlyBill(perDay).reduce((sum, part) => sum + part.usd, 0));
  const heading = ["USD a month", ...days.map((perDay) => `${perDay.toLocaleString("en")} calls a day`)];
  const { seconds, gigabytes, writes, reads, logBytes } = perCall;
  return [
    table([heading, ...rows(monthlyBill), ["**together**", ...days.map((perDay) => `**${total(perDay)}**`)]]),
    table([["options add", ...heading.slice(1)], ...rows(optionBill)]),
    `Logs cost ${usd(logsPerMillionCalls())} USD a million calls (${logBytes.toLocaleString("en")} bytes a call).`,
    `Assumed: ${seconds} s and ${gigabytes} GB of Lambda, ${writes} write and ${reads} read units of DynamoDB a call; ${fixed.secrets} secrets, ${fixed.alarms} alarms, ${fixed.metrics} metrics.`,
    `Prices: ${Object.entries(prices)
      .map(([name, price]) => `${name} ${price}`)
      .join(", ")}.`,
  ].join("\n\n");
}

function table([heading = [], ...rows]: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(heading), line(heading.map((_, at) => (at === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}
