import { Command } from "commander";
import * as z from "zod/mini";
import { action, type Run } from "../command.ts";
import { CliError } from "../errors.ts";
import { ask, notPromised } from "../gateway.ts";
import { bar, formatNumber, formatSeconds, shown, toJson } from "../output.ts";
import type { Surroundings } from "../surroundings.ts";

type BudgetOptions = { watch?: string | true };

const budgetSchema = z.object({
  client: z.string(),
  limits: z.array(
    z.object({
      name: z.string(),
      quota: z.number(),
      used: z.number(),
      left: z.number(),
      resets_in_seconds: z.number(),
    }),
  ),
  binding: z.nullable(z.string()),
  share: z.optional(
    z.object({
      priority: z.string(),
      mode: z.string(),
      used_today: z.number(),
      guaranteed: z.optional(z.nullable(z.object({ units: z.number(), left: z.number() }))),
      cap: z.optional(z.nullable(z.object({ units: z.number(), left: z.number() }))),
    }),
  ),
  gate: z.object({ state: z.enum(["open", "closed", "disabled"]), retry_after_seconds: z.number() }),
});
type Budget = z.infer<typeof budgetSchema>;

export function budgetCommand(around: Surroundings): Command {
  return new Command("budget")
    .description("show what is left of the shared budget")
    .option("-w, --watch [seconds]", "keep showing it, every 2 s or as often as given; Ctrl-C ends it")
    .addHelpText(
      "after",
      `
Examples:
  $ upwork-gateway budget
  $ upwork-gateway budget --watch 5
  $ upwork-gateway budget --json | jq '.limits[] | select(.name == "day").left'

Looking costs no budget.`,
    )
    .action(action<BudgetOptions>(around, budget));
}

/** Slower than this, a person looks anew; a timer of more than 24 days would fire at once. */
const maxWatchSeconds = 86_400;

/** The budget as the client key's owner sees it, whole and as far as it is understood here. */
export async function readBudget({ around, settings }: Run<object>): Promise<{ value: unknown; view: Budget }> {
  const { value } = await ask(around, settings, { as: "client", path: "/budget" });
  const parsed = budgetSchema.safeParse(value);
  if (!parsed.success) throw notPromised(settings, "/budget");
  return { value, view: parsed.data };
}

async function budget(run: Run<BudgetOptions>): Promise<void> {
  const { around, options } = run;
  if (options.watch === undefined) {
    const { value, view } = await readBudget(run);
    around.out(options.json ? `${toJson(value, 2)}\n` : bars(view, around.columns));
    return;
  }
  const seconds = options.watch === true ? 2 : Number(options.watch);
  if (!(seconds >= 1 && seconds <= maxWatchSeconds)) {
    throw new CliError("usage", `--watch takes seconds, from 1 to ${maxWatchSeconds}.`);
  }
  for (;;) {
    const { value, view } = await readBudget(run);
    // One line a look for machines; for people the bars stay where they are.
    if (options.json) around.out(`${toJson(value)}\n`);
    else around.out(`${around.isTerminal ? "\u001b[H\u001b[2J" : ""}${bars(view, around.columns)}`);
    await around.sleep(seconds * 1_000);
  }
}

/** A bar a limit, as wide as the terminal allows beside what is said of each. */
export function bars(view: Budget, columns: number): string {
  const lines = view.limits.map((limit) => {
    const left = `${formatNumber(limit.left)} of ${formatNumber(limit.quota)} left`;
    const binds = limit.name === view.binding && limit.used > 0 ? "  <- binds" : "";
    const reset = limit.used === 0 ? "" : `, first back in ${formatSeconds(limit.resets_in_seconds)}`;
    return { limit, name: shown(limit.name), said: `${left}${reset}${binds}` };
  });
  const nameWidth = Math.max(...lines.map(({ name }) => name.length));
  const saidWidth = Math.max(...lines.map(({ said }) => said.length));
  const width = Math.max(10, Math.min(40, columns - nameWidth - saidWidth - 4));
  const shownLines = lines.map(
    ({ limit, name, said }) => `${name.padEnd(nameWidth)}  ${bar(limit.used, limit.quota, width)}  ${said}`,
  );
  return `${shownLines.join("\n")}\n${share(view)}${gate(view)}`;
}

/** What of it is this client's own. */
function share({ client, share }: Budget): string {
  if (share === undefined) return "";
  const { guaranteed, cap } = share;
  const parts = [
    `${formatNumber(share.used_today)} used today`,
    ...(guaranteed ? [`${formatNumber(guaranteed.left)} of ${formatNumber(guaranteed.units)} guaranteed left`] : []),
    ...(cap ? [`${formatNumber(cap.left)} of a cap of ${formatNumber(cap.units)} left`] : []),
    ...(share.mode === "observe" ? ["observed only"] : []),
  ];
  return `${shown(client)} (${shown(share.priority)}): ${parts.join(", ")}\n`;
}

function gate({ gate: { state, retry_after_seconds } }: Budget): string {
  if (state === "open") return "";
  return state === "closed"
    ? `The gate is closed: Upwork answered 429. It opens in ${formatSeconds(retry_after_seconds)}.\n`
    : "The gate is closed: Upwork disabled the key. Settle it with Upwork, then run: upwork-gateway reopen\n";
}
