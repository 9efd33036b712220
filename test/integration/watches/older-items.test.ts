import { expect, test } from "vitest";
import { putItem, type StateTable } from "../../../functions/platform/state-table.ts";
import { createHookStore } from "../../../functions/watches/hook.ts";
import { createWatchStore } from "../../../functions/watches/watch-store.ts";
import { onFreshStateTable } from "../../support/fresh-tables.ts";
import { watch } from "../../support/watches.ts";

// Definitions were values of DynamoDB before they were texts of JSON.
let table: StateTable;
onFreshStateTable((fresh) => {
  table = fresh;
});

test("a watch whose definition is no text is read as it was", async () => {
  const one = watch({});
  const { id, createdAt, version, ...definition } = one;
  await createWatchStore(table).create(one, 1);
  await putItem(table, { pk: "WATCH", sk: id, definition, createdAt, version });
  expect((await createWatchStore(table).find(id))?.watch).toEqual(one);
});

test("a hook whose definition is no text is read as it was", async () => {
  const action = { graphql: "{ user { id } }", variables: { first: 1 } };
  const definition = { name: "Zapier", client: "crm", action, auth: "signature" as const };
  await putItem(table, { pk: "HOOK", sk: "hook_1", definition, createdAt: 1 });
  expect(await createHookStore(table).find("hook_1")).toEqual({ id: "hook_1", ...definition, createdAt: 1 });
});
