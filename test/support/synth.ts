import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import cdkJson from "../../cdk.json" with { type: "json" };
import { type FunctionName, functionNames } from "../../functions/platform/names.ts";
import { GatewayStack } from "../../infra/gateway-stack.ts";
import { readSettings } from "../../infra/settings-sources.ts";
import { temporaryFolder } from "./temporary-folder.ts";

type Resource = { Type: string; Properties: Record<string, unknown> };

/** Synthesises the stack as `cdk synth` does into a temporary folder, bundling every function unless told not to. */
export function synthesise(context: Record<string, unknown> = {}, options: { bundle?: boolean } = {}) {
  const outdir = temporaryFolder("upwork-gateway-synth-");
  const bundling = options.bundle === false ? { "aws:cdk:bundling-stacks": [] } : {};
  const app = new App({ outdir, context: { ...cdkJson.context, ...context, ...bundling } });
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
  };
}

/** The folder of each function's bundle, found as CloudFormation would find it: by the asset that its code names. */
export function bundleFolders({ resources, outdir }: ReturnType<typeof synthesise>): Record<FunctionName, string> {
  const folders = functionNames.map((name) => {
    const [, resource] =
      Object.entries(resources).find(
        ([id, { Type }]) => Type === "AWS::Lambda::Function" && new RegExp(`^Functions${name}[0-9A-F]{8}$`).test(id),
      ) ?? [];
    const { S3Key } = (resource?.Properties.Code ?? {}) as { S3Key: string };
    return [name, join(outdir, `asset.${S3Key.replace(/\.zip$/, "")}`)];
  });
  return Object.fromEntries(folders);
}
