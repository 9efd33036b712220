import { Command } from "commander";
import { openAdmin } from "../admin.ts";
import { action } from "../command.ts";
import { print } from "../output.ts";
import type { Surroundings } from "../surroundings.ts";
import type { Thing } from "../thing.ts";

/** The subcommand `list`: everything that a route of the admin API has, as a table. */
export function listCommand(
  around: Surroundings,
  listed: {
    description: string;
    path: string;
    /** The member that each thing is known by. */
    known: "id" | "name";
    /** Whether the route answers in pages. */
    isPaged: boolean;
    table: (things: readonly Thing[]) => string;
  },
): Command {
  const { description, path, known, isPaged, table } = listed;
  return new Command("list").description(description).action(
    action<object>(around, async ({ settings, options }) => {
      const admin = openAdmin(around, settings);
      const things = await (isPaged ? admin.list(path, [known]) : admin.items(path, [known]));
      print(around, options, things, () => table(things));
    }),
  );
}
