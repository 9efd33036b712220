import { App } from "aws-cdk-lib";
import { GatewayStack } from "./gateway-stack.ts";
import { readSettings, SettingsError } from "./settings.ts";

const app = new App();
try {
  const settings = readSettings(app.node);
  new GatewayStack(app, `upwork-gateway-${settings.stage}`, settings);
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  // One sentence, not a stack trace: it is the person at the terminal who can mend it.
  console.error(error.message);
  process.exit(1);
}
