import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { GatewayStack } from "../../infra/gateway-stack.ts";
import { readSettings } from "../../infra/settings-sources.ts";

type Resource = { Type: string; Properties: Record<string, unknown> };

/** Synthesises the stack into a temporary folder, bundling every function unless told not to. */
export function synthesise(context: Record<string, unknown> = {}, options: { bundle?: boolean } = {}) {
  const outdir = mkdtempSync(join(tmpdir(), "upwork-gateway-synth-"));
  const bundling = options.bundle === false ? { "aws:cdk:bundling-stacks": [] } : {};
  const app = new App({ outdir, context: { ...context, ...bundling } });
  const settings = readSettings(app.node, {});
  const stack = new GatewayStack(app, "gateway", settings);
  const template = Template.fromStack(stack);
  if (options.bundle !== false) app.synth();
  return {
    app,
    stack,
    stage: settings.stage,
    template,
    resources: template.toJSON().Resources as Record<string, Resource>,
    outdir,
    remove: () => rmSync(outdir, { recursive: true, force: true }),
  };
}
