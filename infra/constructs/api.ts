import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  type CfnStage,
  CorsHttpMethod,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
  SecurityPolicy,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { type FunctionName, type Route, routes } from "../../functions/platform/names.ts";

export type ApiProps = {
  description: string;
  logRetentionDays: number;
  throttle: { rate: number; burst: number };
  corsOrigins: readonly string[];
  /** A name of one's own for this API. Its address at AWS then answers nobody. */
  domain?: { name: string; certificateArn: string };
};

/** What the access log keeps of a request: never its query or headers, which carry verifiers and search terms. */
const accessLogLine = {
  requestId: "$context.requestId",
  time: "$context.requestTime",
  ip: "$context.identity.sourceIp",
  method: "$context.httpMethod",
  // No path: the address of a hook may be its secret.
  route: "$context.routeKey",
  status: "$context.status",
  latencyMs: "$context.responseLatency",
  functionMs: "$context.integrationLatency",
  bytes: "$context.responseLength",
  error: "$context.error.message",
};

/** Headers of ours that a browser may send and read where its origin is allowed. */
const requestHeaders = [
  "authorization",
  "cache-control",
  "connection-id",
  "content-type",
  "gateway-retries",
  "idempotency-key",
  "if-match",
  "if-none-match",
  "prefer",
  "x-api-key",
  "x-upwork-api-tenantid",
];
const responseHeaders = [
  "age",
  "cache-status",
  "etag",
  "gateway-advice",
  "gateway-attempts",
  "gateway-cost",
  "gateway-error",
  "gateway-request-id",
  "idempotent-replayed",
  "preference-applied",
  "ratelimit",
  "ratelimit-policy",
  "retry-after",
];

/** The HTTP API: logged, throttled, TLS 1.2 or newer, closed to browsers of other origins unless some are named. */
export class Api extends Construct {
  readonly httpApi: HttpApi;
  /** Where a DNS record for the own name points; `undefined` without one. */
  readonly domainTarget: string | undefined;
  private readonly stage: HttpStage;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { description, logRetentionDays, throttle, corsOrigins, domain } = props;
    this.httpApi = new HttpApi(this, "HttpApi", {
      description,
      createDefaultStage: false,
      disableExecuteApiEndpoint: domain !== undefined,
      ...(corsOrigins.length === 0 ? {} : { corsPreflight: corsFor(corsOrigins) }),
    });
    const name =
      domain === undefined
        ? undefined
        : new DomainName(this, "DomainName", {
            domainName: domain.name,
            certificate: Certificate.fromCertificateArn(this, "Certificate", domain.certificateArn),
            securityPolicy: SecurityPolicy.TLS_1_2,
          });
    this.domainTarget = name?.regionalDomainName;
    this.stage = new HttpStage(this, "Stage", {
      httpApi: this.httpApi,
      stageName: "$default",
      autoDeploy: true,
      throttle: { rateLimit: throttle.rate, burstLimit: throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, "access-logs", { retention: logRetentionDays, removalPolicy: RemovalPolicy.DESTROY }),
        ),
        format: AccessLogFormat.custom(JSON.stringify(accessLogLine)),
      },
      ...(name === undefined ? {} : { domainMapping: { domainName: name } }),
    });
  }

  /** Adds every route of the table that the local runtime serves as well, each with its own throttle where it has one. */
  addRoutes(functions: Record<FunctionName, IFunction>): void {
    const integrations = new Map<FunctionName, HttpLambdaIntegration>();
    const settings: Record<string, object> = {};
    for (const route of routes) {
      const { method, path, functionName, throttle }: Route = route;
      const integration =
        integrations.get(functionName) ??
        new HttpLambdaIntegration(`${functionName}-integration`, functions[functionName]);
      integrations.set(functionName, integration);
      // A stage's settings may only name routes that exist by then.
      const added = this.httpApi.addRoutes({ path, methods: [HttpMethod[method]], integration });
      this.stage.node.addDependency(...added);
      if (throttle !== undefined) {
        settings[`${method} ${path}`] = {
          ThrottlingRateLimit: throttle.rate,
          ThrottlingBurstLimit: throttle.burst,
        };
      }
    }
    (this.stage.node.defaultChild as CfnStage).routeSettings = settings;
  }
}

function corsFor(origins: readonly string[]) {
  return {
    allowOrigins: [...origins],
    allowMethods: [CorsHttpMethod.ANY],
    allowHeaders: requestHeaders,
    exposeHeaders: responseHeaders,
    maxAge: Duration.hours(1),
  };
}
