import { cruise } from "dependency-cruiser";
import { expect, test } from "vitest";
import rules from "../../.dependency-cruiser.mjs";

test("the rooms of the house import only what they may", async () => {
  const { output } = await cruise(["functions", "infra", "sandbox", "local", "cli", "bench"], {
    ...rules.options,
    ruleSet: { forbidden: rules.forbidden ?? [] },
    validate: true,
  });
  if (typeof output === "string") throw new Error(output);
  expect(output.summary.violations).toEqual([]);
  // A cruise that sees no imports would pass every rule.
  expect(output.summary.totalDependenciesCruised).toBeGreaterThan(100);
});
