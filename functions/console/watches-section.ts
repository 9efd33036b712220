import { type Html, html } from "../platform/page.ts";
import type { Schedule } from "../watches/schedule.ts";
import type { Watch } from "../watches/watch.ts";
import type { WatchState } from "../watches/watch-state.ts";
import { moment } from "./moment.ts";

/** Every watch, how often it runs and how its last run went. */
export function watchesSection(watches: readonly { watch: Watch; state: WatchState }[]): Html {
  return html`<section><h2>Watches</h2>
${watches.length === 0 ? html`<p class="soft">Nothing is watched yet. <code>upwork-gateway watches create</code> begins.</p>` : html`<ul>${watches.map(watchRow)}</ul>`}</section>`;
}

function watchRow({ watch, state }: { watch: Watch; state: WatchState }): Html {
  const { lastRun, dueAt, pausedBecause } = state;
  const facts = [
    watch.client,
    scheduleText(watch.schedule),
    lastRun === undefined
      ? "not run yet"
      : `${lastRun.outcome} ${moment(lastRun.at)}, ${lastRun.items} seen, ${lastRun.sent} sent`,
    dueAt === undefined ? "" : `next ${moment(dueAt)}`,
  ];
  const remark = pausedBecause ?? lastRun?.detail ?? "";
  return html`<li><span><strong>${watch.name}</strong> ${badge(state)}<br><span class="soft">${facts.filter(Boolean).join(" · ")}</span>${remark === "" ? html`` : html`<br><span class="soft">${remark}</span>`}</span></li>`;
}

function badge({ status, failures }: WatchState): Html {
  if (status === "paused") return html`<span class="badge warn">paused</span>`;
  if (failures > 0) return html`<span class="badge warn">failed ${failures} times</span>`;
  return html`<span class="badge">active</span>`;
}

function scheduleText(schedule: Schedule): string {
  return "everyMinutes" in schedule ? `every ${schedule.everyMinutes} min` : `${schedule.cron} in ${schedule.timeZone}`;
}
