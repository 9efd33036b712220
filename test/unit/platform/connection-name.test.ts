import { expect, test } from "vitest";
import { accessSchema, readOnlyAccess } from "../../../functions/clients/access.ts";
import { newClientSchema } from "../../../functions/clients/client-schemas.ts";
import { connectionNamePattern } from "../../../functions/platform/connection-name.ts";
import { hookDefinitionSchema } from "../../../functions/watches/hook.ts";
import { watchFields } from "../../../functions/watches/watch.ts";

test.each([
  ["acme", true],
  ["7-eleven", true],
  ["a".repeat(63), true],
  ["a".repeat(64), false],
  ["", false],
  ["-acme", false],
  ["Acme", false],
  ["acme/team", false],
  ["acme\n", false],
  ["**", false],
  ["acme|*", false],
])("whoever takes the name of a connection takes %j: %s", (name, isTaken) => {
  const action = { path: "/api/auth/v1/info" };
  expect({
    pattern: connectionNamePattern.test(name),
    client: newClientSchema.safeParse({ id: "crm", connection: name }).success,
    access: accessSchema.safeParse({ ...readOnlyAccess, connections: [name] }).success,
    watch: watchFields.connection.safeParse(name).success,
    hook: hookDefinitionSchema.safeParse({ name: "x", client: "crm", connection: name, action }).success,
  }).toEqual({ pattern: isTaken, client: isTaken, access: isTaken, watch: isTaken, hook: isTaken });
});

test("a client's access takes * for all connections", () => {
  expect(accessSchema.safeParse({ ...readOnlyAccess, connections: ["*"] }).success).toBe(true);
});
