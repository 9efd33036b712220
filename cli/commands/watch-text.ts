import type { Surroundings } from "../surroundings.ts";
import { cut, table, timeColumn } from "../table.ts";
import { isThing, type Thing, textAt, thingsOf } from "../thing.ts";

/** An item is shown to be recognised, in a line. */
const widest = 110;

/** Watches as a table. */
export function watchTable(around: Surroundings, things: readonly Thing[]): string {
  return table(
    around,
    things,
    [
      { title: "ID", value: (watch) => textAt(watch, "id") },
      { title: "NAME", value: (watch) => textAt(watch, "name"), most: 40, least: 12 },
      { title: "CLIENT", value: (watch) => textAt(watch, "client"), spare: 2 },
      { title: "SCHEDULE", value: scheduleText, least: 12 },
      { title: "STATUS", value: (watch) => textAt(watch, "status") },
      { ...timeColumn("NEXT RUN", "nextRunAt"), spare: 1 },
      { title: "LAST RUN", value: ({ lastRun }) => (isThing(lastRun) ? runText(lastRun) : "-"), least: 10 },
    ],
    "Nothing is watched yet. Begin with: upwork-gateway watches create NAME --preset jobs --client CLIENT --every 15",
  );
}

function scheduleText(watch: Thing): string {
  const minutes = textAt(watch, "schedule.everyMinutes");
  return minutes === ""
    ? `${textAt(watch, "schedule.cron")} ${textAt(watch, "schedule.timeZone")}`
    : `every ${minutes} min`;
}

/** The last run as it is told whole where one watch is shown: a narrow table cuts it. */
export function lastRunText({ lastRun }: Thing): string {
  return isThing(lastRun) ? `Its last run: ${runText(lastRun)}\n` : "";
}

/** How a run went, in a line. */
export function runText(run: Thing): string {
  const why = textAt(run, "detail");
  return `${textAt(run, "outcome")}, ${textAt(run, "items")} items seen, ${textAt(run, "sent")} sent${why === "" ? "" : `: ${why}`}`;
}

/** What a watch costs, in a line. */
export function costText(answer: Thing): string {
  const most = textAt(answer, "cost.callsPerDayAtMost");
  return `It makes ${textAt(answer, "cost.callsPerDay")} calls a day (${most} at most), ${textAt(answer, "cost.percentOfDay")} % of the day's quota.\n`;
}

/** What a watch sees and costs. */
export function previewText({ isTerminal, columns }: Surroundings, answer: Thing): string {
  const preview = (answer.preview ?? {}) as Thing;
  const items = thingsOf(preview.items);
  const wanted = items.filter(({ wanted }) => wanted === true);
  const room = isTerminal ? Math.min(columns, widest) : widest;
  const lines = wanted.slice(0, 5).map((item) => cut(`  ${textAt(item, "id")}  ${textAt(item, "sent")}`, room));
  const more = wanted.length > 5 ? [`  and ${wanted.length - 5} more`] : [];
  const lost = textAt(preview, "withoutId");
  const warning = lost === "0" || lost === "" ? [] : [`${lost} items have no id and are passed over.`];
  return [
    `It sees ${items.length} items now, ${wanted.length} of them wanted:`,
    ...lines,
    ...more,
    ...warning,
    costText(answer),
  ].join("\n");
}
