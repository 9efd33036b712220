import { expect, test } from "vitest";
import { clientChangesSchema, newClientSchema } from "../../../functions/clients/client-schemas.ts";

test.each([
  ["2026-12-24T18:00:00Z", true],
  ["soon", false],
  ["2026-12-24", false],
  ["2026-02-30T18:00:00Z", false],
])("a client's other cap until %s: %s", (until, isTaken) => {
  const share = { temporary: { cap: 1, until } };
  expect(newClientSchema.safeParse({ id: "crm", connection: "acme", share }).success).toBe(isTaken);
  expect(clientChangesSchema.safeParse({ share }).success).toBe(isTaken);
});
