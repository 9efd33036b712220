import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { secretNames } from "../functions/platform/names.ts";
import { acknowledgeFindings } from "./acknowledgements.ts";
import { Api } from "./constructs/api.ts";
import { Deployments } from "./constructs/deployments.ts";
import { Edge } from "./constructs/edge.ts";
import { Functions } from "./constructs/functions.ts";
import { Network } from "./constructs/network.ts";
import { Observability } from "./constructs/observability.ts";
import { Schedules } from "./constructs/schedules.ts";
import { Storage } from "./constructs/storage.ts";
import type { Settings } from "./settings.ts";

/** One stage of the gateway: tables and secrets, functions, HTTP API, schedules, alarms, and the options that are on. */
export class GatewayStack extends Stack {
  constructor(scope: Construct, id: string, settings: Settings, props?: StackProps) {
    super(scope, id, props);
    const { stage, limits, logRetentionDays, egress, alarmEmail } = settings;
    const secretPrefix = `upwork-gateway/${stage}`;
    const storage = new Storage(this, "Storage", {
      isDisposable: stage === "dev",
      secretPrefix,
      customerKey: settings.customerKey,
    });
    const domain = domainOf(settings);
    const api = new Api(this, "Api", {
      description: `upwork-gateway, stage ${stage}`,
      logRetentionDays,
      throttle: { rate: settings.throttleRate, burst: settings.throttleBurst },
      corsOrigins: settings.corsOrigins,
      ...(domain === undefined || settings.cloudFront ? {} : { domain }),
    });
    const publicUrl = domain === undefined ? api.httpApi.apiEndpoint : `https://${domain.name}`;
    const network = egress === "open" ? undefined : new Network(this, "Network", { egress });
    const functions = new Functions(this, "Functions", {
      storage,
      secretPrefix,
      logRetentionDays,
      tracing: settings.tracing,
      ...(network === undefined ? {} : { network }),
      ...(settings.eventBus === undefined ? {} : { eventBus: settings.eventBus }),
      environment: {
        GATEWAY_STAGE: stage,
        GATEWAY_KEY_KIND: settings.keyKind,
        GATEWAY_PUBLIC_URL: publicUrl,
        GATEWAY_BUDGET_TABLE: storage.budget.tableName,
        GATEWAY_STATE_TABLE: storage.state.tableName,
        GATEWAY_SECRET_PREFIX: secretPrefix,
        GATEWAY_LIMITS: JSON.stringify(limits),
        GATEWAY_UPSTREAM: settings.upstream,
        GATEWAY_GRAPHQL_UPSTREAM: settings.graphqlUpstream,
        GATEWAY_REFRESH_EARLY_MINUTES: String(settings.refreshEarlyMinutes),
        GATEWAY_CALL_LOG_DAYS: String(settings.callLogDays),
        ...(settings.eventBus === undefined ? {} : { GATEWAY_EVENT_BUS: settings.eventBus }),
      },
    });
    api.addRoutes(functions.byName);
    const schedules = new Schedules(this, "Schedules", {
      functions: functions.byName,
      failedRuns: functions.failedRuns,
    });
    const observability = new Observability(this, "Observability", {
      stage,
      limits,
      httpApi: api.httpApi,
      functions: functions.byName,
      logGroupNames: functions.logGroupNames,
      rules: schedules.rules,
      failedRuns: functions.failedRuns,
      ...(alarmEmail === undefined ? {} : { alarmEmail }),
      ...(storage.key === undefined ? {} : { key: storage.key }),
    });
    if (settings.canary) {
      new Deployments(this, "Deployments", {
        functions: functions.byName,
        alarmsOf: (name) => observability.rollbackAlarms(name),
      });
    }
    const edge =
      settings.cloudFront && domain !== undefined
        ? new Edge(this, "Edge", {
            apiEndpoint: api.httpApi.apiEndpoint,
            domainName: domain.name,
            certificateArn: domain.certificateArn,
            ...(settings.webAclArn === undefined ? {} : { webAclArn: settings.webAclArn }),
          })
        : undefined;

    acknowledgeFindings(this, stage);

    const output = (name: string, value: string | undefined, description: string) =>
      value === undefined ? undefined : new CfnOutput(this, name, { value, description });
    output("Url", publicUrl, "Base URL of the gateway");
    output("CallbackUrl", `${publicUrl}/oauth/callback`, "Register this as the callback URL of the Upwork key");
    output("DomainTarget", edge?.domainTarget ?? api.domainTarget, "Point a CNAME record of the domain name here");
    output("EgressAddress", network?.address, "All calls to Upwork come from this address");
    output("AlarmTopic", observability.topic.topicArn, "Alarms are told here");
    output("ApplicationSecret", secretNames.oauth1Application(secretPrefix), "Holds the OAuth 1.0a key");
    output("Oauth2ApplicationSecret", secretNames.oauth2Application(secretPrefix), "Holds the OAuth 2.0 key");
    output("AdminKeySecret", secretNames.adminKey(secretPrefix), "Holds the admin key");
    output("BudgetTable", storage.budget.tableName, "Table of the budget");
    output("StateTable", storage.state.tableName, "Table of everything else");
  }
}

function domainOf({ domainName, certificateArn }: Settings) {
  return domainName === undefined || certificateArn === undefined ? undefined : { name: domainName, certificateArn };
}
