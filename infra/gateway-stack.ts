import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Api } from "./constructs/api.ts";
import { Functions } from "./constructs/functions.ts";
import { Schedules } from "./constructs/schedules.ts";
import { Storage } from "./constructs/storage.ts";
import type { Settings } from "./settings.ts";

/** One stage of the gateway: HTTP API, functions, tables, secrets, a schedule. */
export class GatewayStack extends Stack {
  constructor(scope: Construct, id: string, settings: Settings, props?: StackProps) {
    super(scope, id, props);
    const { stage, limits, keyKind, upstream, graphqlUpstream, logRetentionDays } = settings;
    const secretPrefix = `upwork-gateway/${stage}`;
    const storage = new Storage(this, "Storage", { isDisposable: stage === "dev", secretPrefix });
    const api = new Api(this, "Api", { description: `upwork-gateway, stage ${stage}` });
    const publicUrl = api.httpApi.apiEndpoint;
    const functions = new Functions(this, "Functions", {
      storage,
      secretPrefix,
      logRetentionDays,
      environment: {
        GATEWAY_STAGE: stage,
        GATEWAY_KEY_KIND: keyKind,
        GATEWAY_PUBLIC_URL: publicUrl,
        GATEWAY_BUDGET_TABLE: storage.budget.tableName,
        GATEWAY_STATE_TABLE: storage.state.tableName,
        GATEWAY_SECRET_PREFIX: secretPrefix,
        GATEWAY_LIMITS: JSON.stringify(limits),
        GATEWAY_UPSTREAM: upstream,
        GATEWAY_GRAPHQL_UPSTREAM: graphqlUpstream,
      },
    });
    api.addRoutes(functions.byName);
    new Schedules(this, "Schedules", { functions: functions.byName });

    new CfnOutput(this, "Url", { value: publicUrl, description: "Base URL of the gateway" });
    new CfnOutput(this, "CallbackUrl", {
      value: `${publicUrl}/oauth/callback`,
      description: "Register this as the callback URL of the Upwork key",
    });
    new CfnOutput(this, "ApplicationSecret", {
      value: storage.applications.oauth1.secretName,
      description: "Put the consumer key and secret of an OAuth 1.0a key into this secret",
    });
    new CfnOutput(this, "Oauth2ApplicationSecret", {
      value: storage.applications.oauth2.secretName,
      description: "Put the client id and secret of an OAuth 2.0 key into this secret",
    });
    new CfnOutput(this, "AdminKeySecret", {
      value: storage.adminKey.secretName,
      description: "The admin key for the console is in this secret",
    });
  }
}
