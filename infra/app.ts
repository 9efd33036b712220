import { App } from "aws-cdk-lib";
import { WebAclStack } from "./constructs/edge.ts";
import { GatewayStack } from "./gateway-stack.ts";
import { SettingsError } from "./settings.ts";
import { readSettings } from "./settings-sources.ts";

const app = new App();
try {
  const settings = readSettings(app.node);
  const name = `upwork-gateway-${settings.stage}`;
  new GatewayStack(app, name, settings);
  if (settings.waf) new WebAclStack(app, `${name}-waf`, { requestsPerFiveMinutes: settings.throttleRate * 300 });
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  // One sentence, not a stack trace: it is the person at the terminal who can mend it.
  console.error(error.message);
  process.exit(1);
}
