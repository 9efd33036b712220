import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { functionNames, type Route, routes } from "../../functions/platform/names.ts";
import { WebAclStack } from "../../infra/constructs/edge.ts";
import { optionSets } from "../support/option-sets.ts";
import { synthesise } from "../support/synth.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const plain = synthesise(optionSets.plain, { bundle: false });
const domain = synthesise(optionSets["with a domain"], { bundle: false });
const everything = synthesise(optionSets["with everything"], { bundle: false });

const variables = ({ resources }: typeof plain) =>
  Object.values(resources)
    .filter(({ Type }) => Type === "AWS::Lambda::Function")
    .map(({ Properties }) => (Properties.Environment as { Variables: Record<string, unknown> }).Variables);

describe("the API", () => {
  test("logs every request without its query or headers", () => {
    plain.template.hasResourceProperties("AWS::ApiGatewayV2::Stage", {
      AutoDeploy: true,
      AccessLogSettings: { DestinationArn: Match.anyValue(), Format: Match.anyValue() },
    });
    const stage = Object.values(plain.resources).find(({ Type }) => Type === "AWS::ApiGatewayV2::Stage");
    const { Format } = (stage?.Properties.AccessLogSettings ?? {}) as { Format: string };
    expect(Object.keys(JSON.parse(Format))).toContain("requestId");
    expect(Format).not.toMatch(/query|header|authori/i);
  });

  test("throttles the stage, and what people do by hand more than the rest", () => {
    const own = (routes as readonly Route[]).filter(({ throttle }) => throttle !== undefined);
    expect(own.map(({ path }) => path)).toContain("/login");
    plain.template.hasResourceProperties("AWS::ApiGatewayV2::Stage", {
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
      RouteSettings: Object.fromEntries(
        own.map(({ method, path, throttle }) => [
          `${method} ${path}`,
          Match.objectLike({ ThrottlingRateLimit: throttle?.rate, ThrottlingBurstLimit: throttle?.burst }),
        ]),
      ),
    });
  });

  test("has every route before its stage names them", () => {
    const stage = Object.values(plain.resources).find(({ Type }) => Type === "AWS::ApiGatewayV2::Stage");
    const { DependsOn = [] } = stage as { DependsOn?: string[] };
    const ids = Object.entries(plain.resources).filter(([, { Type }]) => Type === "AWS::ApiGatewayV2::Route");
    expect(DependsOn).toEqual(expect.arrayContaining(ids.map(([id]) => id)));
  });

  test("is closed to pages of other origins unless one is named", () => {
    plain.template.hasResourceProperties("AWS::ApiGatewayV2::Api", { CorsConfiguration: Match.absent() });
    everything.template.hasResourceProperties("AWS::ApiGatewayV2::Api", {
      CorsConfiguration: Match.objectLike({ AllowOrigins: ["https://app.example.com"] }),
    });
  });

  test("answers under its own name alone once it has one, with TLS 1.2 or newer", () => {
    domain.template.hasResourceProperties("AWS::ApiGatewayV2::DomainName", {
      DomainName: "upwork.example.com",
      DomainNameConfigurations: [Match.objectLike({ SecurityPolicy: "TLS_1_2", EndpointType: "REGIONAL" })],
    });
    domain.template.hasResourceProperties("AWS::ApiGatewayV2::Api", { DisableExecuteApiEndpoint: true });
    for (const { GATEWAY_PUBLIC_URL } of variables(domain))
      expect(GATEWAY_PUBLIC_URL).toBe("https://upwork.example.com");
    domain.template.hasOutput("CallbackUrl", { Value: "https://upwork.example.com/oauth/callback" });
  });
});

describe("a safe redeploy", () => {
  test("keeps every version, and moves calls by an alias", () => {
    for (const type of ["AWS::Lambda::Version", "AWS::Lambda::Alias"]) {
      plain.template.resourceCountIs(type, functionNames.length);
    }
    plain.template.allResources("AWS::Lambda::Version", { DeletionPolicy: "Retain" });
    const permissions = Object.values(plain.resources).filter(({ Type }) => Type === "AWS::Lambda::Permission");
    for (const { Properties } of permissions) expect(JSON.stringify(Properties.FunctionName)).toContain("live");
  });

  test("goes to a tenth of the calls first in prod, and back when an alarm of the function or the API goes off", () => {
    domain.template.resourceCountIs("AWS::CodeDeploy::DeploymentGroup", functionNames.length);
    domain.template.allResourcesProperties("AWS::CodeDeploy::DeploymentGroup", {
      DeploymentConfigName: "CodeDeployDefault.LambdaCanary10Percent5Minutes",
      AlarmConfiguration: { Enabled: true, Alarms: [Match.anyValue(), Match.anyValue()] },
      AutoRollbackConfiguration: {
        Enabled: true,
        Events: Match.arrayWith(["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]),
      },
    });
    plain.template.resourceCountIs("AWS::CodeDeploy::DeploymentGroup", 0);
  });
});

describe("scheduled runs", () => {
  test("are tried again, and end in a queue when they fail every time", () => {
    plain.template.hasResourceProperties("AWS::Events::Rule", {
      Targets: [Match.objectLike({ RetryPolicy: Match.anyValue(), DeadLetterConfig: { Arn: Match.anyValue() } })],
    });
    plain.template.hasResourceProperties("AWS::Lambda::EventInvokeConfig", {
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
  });
});

describe("a fixed address for all calls", () => {
  test.each([
    ["nat-gateway", domain, "AWS::EC2::NatGateway"],
    ["nat-instance", everything, "AWS::EC2::Instance"],
  ] as const)("is kept by a %s, one address and one alone", (_name, { template, resources }, type) => {
    template.resourceCountIs("AWS::EC2::EIP", 1);
    template.resourceCountIs(type, 1);
    template.hasOutput("EgressAddress", {});
    for (const { Properties } of Object.values(resources).filter(({ Type }) => Type === "AWS::Lambda::Function")) {
      expect(Properties.VpcConfig).toMatchObject({ SubnetIds: [expect.anything(), expect.anything()] });
    }
  });

  test("lets functions out by HTTPS alone, and nothing in", () => {
    domain.template.hasResourceProperties("AWS::EC2::SecurityGroup", {
      SecurityGroupEgress: [Match.objectLike({ CidrIp: "0.0.0.0/0", FromPort: 443, ToPort: 443, IpProtocol: "tcp" })],
      SecurityGroupIngress: Match.absent(),
    });
  });

  test("is not there unless asked for", () => {
    plain.template.resourceCountIs("AWS::EC2::VPC", 0);
  });
});

test("a key of the account's own encrypts tables, secrets and alarm messages where asked for", () => {
  everything.template.hasResourceProperties("AWS::KMS::Key", { EnableKeyRotation: true });
  everything.template.allResourcesProperties("AWS::DynamoDB::Table", {
    SSESpecification: Match.objectLike({ SSEType: "KMS", KMSMasterKeyId: Match.anyValue() }),
  });
  everything.template.allResourcesProperties("AWS::SecretsManager::Secret", { KmsKeyId: Match.anyValue() });
  everything.template.allResourcesProperties("AWS::SNS::Topic", { KmsMasterKeyId: Match.anyValue() });
  plain.template.resourceCountIs("AWS::KMS::Key", 0);
});

test("traces are sent where asked for", () => {
  everything.template.allResourcesProperties("AWS::Lambda::Function", { TracingConfig: { Mode: "Active" } });
  plain.template.allResourcesProperties("AWS::Lambda::Function", { TracingConfig: Match.absent() });
});

describe("CloudFront", () => {
  test("caches nothing, speaks TLS 1.2 or newer, and stands behind the web ACL", () => {
    everything.template.hasResourceProperties("AWS::CloudFront::Distribution", {
      DistributionConfig: Match.objectLike({
        Aliases: ["upwork.example.com"],
        WebACLId: optionSets["with everything"].webAclArn,
        ViewerCertificate: Match.objectLike({ MinimumProtocolVersion: "TLSv1.2_2021" }),
        // AWS's managed policy "CachingDisabled".
        DefaultCacheBehavior: Match.objectLike({ CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" }),
      }),
    });
    plain.template.resourceCountIs("AWS::CloudFront::Distribution", 0);
  });

  test("has its web ACL in us-east-1, with AWS's rules and a rate for each address", () => {
    const stack = new WebAclStack(new App({ outdir: temporaryFolder("waf-") }), "waf", {
      requestsPerFiveMinutes: 15_000,
    });
    expect(stack.region).toBe("us-east-1");
    Template.fromStack(stack).hasResourceProperties("AWS::WAFv2::WebACL", {
      Scope: "CLOUDFRONT",
      Rules: Match.arrayWith([
        Match.objectLike({ Statement: { RateBasedStatement: { Limit: 15_000, AggregateKeyType: "IP" } } }),
      ]),
    });
  });
});
