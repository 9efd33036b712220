import { Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { expect, test } from "vitest";
import { acknowledgements } from "../../infra/acknowledgements.ts";
import { optionSets } from "../support/option-sets.ts";
import { synthesise } from "../support/synth.ts";

const deployments = Object.entries(optionSets).map(([name, context]) => ({
  name,
  ...synthesise(context, { bundle: false }),
}));

test.each(deployments)("cdk-nag (AwsSolutions) finds nothing that has no reason, $name", ({ app, stack }) => {
  const { violations } = new AwsSolutionsChecks(app).validateScope(stack);
  expect(violations.map(({ ruleName, description }) => `${ruleName}: ${description}`)).toEqual([]);
});

test("every acknowledged finding is one that cdk-nag still makes, and has a reason", () => {
  const acknowledged = new Set(acknowledgements.map(({ rule }) => rule));
  const found = new Set<string>();
  for (const { app, stack, stage } of deployments) {
    for (const { node } of stack.node.findAll()) {
      // Metadata cannot be taken away again, so it is hidden under another name of the same length.
      const entries = node.metadata.filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY);
      for (const entry of entries) Object.assign(entry, { type: "hidden" });
    }
    for (const { ruleName } of new AwsSolutionsChecks(app).validateScope(stack).violations) {
      found.add(ruleName.replace(`upwork-gateway/${stage}/`, "upwork-gateway/STAGE/"));
    }
  }
  expect([...acknowledged].toSorted()).toEqual([...found].toSorted());
  for (const { reason } of acknowledgements) expect(reason).toMatch(/^.{40,}\.$/);
});
