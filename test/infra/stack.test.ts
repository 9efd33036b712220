import { Match } from "aws-cdk-lib/assertions";
import { afterAll, describe, expect, test } from "vitest";
import { environmentNames, functionNames, routes } from "../../functions/platform/names.ts";
import { permissions } from "../../infra/constructs/functions.ts";
import { synthesise } from "../support/synth.ts";

const dev = synthesise({}, { bundle: false });
const prod = synthesise({ stage: "prod", logRetentionDays: "90" }, { bundle: false });
afterAll(() => {
  dev.remove();
  prod.remove();
});

const ofType = (type: string) => Object.values(dev.resources).filter((resource) => resource.Type === type);

test("every function runs Node 24 on arm64, ends in time, and logs into a group of its own with an end", () => {
  const functions = ofType("AWS::Lambda::Function");
  expect(functions).toHaveLength(functionNames.length);
  for (const { Properties } of functions) {
    expect(Properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"] });
    expect(Properties.Timeout).toBeLessThanOrEqual(60);
    const reference = (Properties.LoggingConfig as { LogGroup: { Ref: string } }).LogGroup.Ref;
    expect(dev.resources[reference]).toMatchObject({
      Type: "AWS::Logs::LogGroup",
      Properties: { RetentionInDays: 30 },
    });
  }
  expect(ofType("AWS::Logs::LogGroup")).toHaveLength(functionNames.length);
});

test("every function gets every variable it reads", () => {
  for (const { Properties } of ofType("AWS::Lambda::Function")) {
    const { Variables } = Properties.Environment as { Variables: Record<string, unknown> };
    expect(Object.keys(Variables)).toEqual(expect.arrayContaining([...environmentNames]));
    expect(Variables).not.toHaveProperty("GATEWAY_ADMIN_DOOR");
  }
});

test("every route of the table exists, and no other", () => {
  const keys = ofType("AWS::ApiGatewayV2::Route").map(({ Properties }) => Properties.RouteKey);
  expect(keys.toSorted()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).toSorted());
});

test("the report runs every hour", () => {
  dev.template.hasResourceProperties("AWS::Events::Rule", { ScheduleExpression: "rate(1 hour)", State: "ENABLED" });
});

describe("permissions", () => {
  type Statement = { Action: string | string[]; Resource: unknown; Effect: string };
  const statements = ofType("AWS::IAM::Policy").flatMap(
    ({ Properties }) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement,
  );

  test("name actions one by one and never everything", () => {
    expect(statements.length).toBeGreaterThan(0);
    for (const { Action, Resource } of statements) {
      for (const action of [Action].flat()) expect(action).not.toContain("*");
      expect(Resource).not.toBe("*");
      for (const resource of [Resource].flat()) {
        const text = JSON.stringify(resource);
        // The only wildcards: connections and webhooks are made at run time, below the stage's own prefix.
        if (text.includes("*")) expect(text).toMatch(/secret:upwork-gateway\/dev\/(connections|webhooks)\/\*/);
      }
    }
  });

  test("are the listed ones of each function and nothing more", () => {
    for (const name of functionNames) {
      const granted = Object.entries(dev.resources)
        .filter(([id, { Type }]) => Type === "AWS::IAM::Policy" && id.startsWith(`Functions${name}ServiceRole`))
        .flatMap(([, { Properties }]) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement)
        .flatMap(({ Action }) => [Action].flat());
      const listed = Object.entries(permissions[name]).flatMap(([target, actions]) =>
        (actions as readonly string[]).map(
          (action) => `${["budget", "state", "dueIndex"].includes(target) ? "dynamodb" : "secretsmanager"}:${action}`,
        ),
      );
      expect(new Set(granted), name).toEqual(new Set(listed));
    }
  });
});

describe("storage", () => {
  test("is on demand, recoverable to a point in time, and expires what has an end", () => {
    dev.template.resourceCountIs("AWS::DynamoDB::Table", 2);
    dev.template.allResourcesProperties("AWS::DynamoDB::Table", {
      BillingMode: "PAY_PER_REQUEST",
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    dev.template.hasResourceProperties("AWS::DynamoDB::Table", {
      TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
      GlobalSecondaryIndexes: [Match.objectLike({ IndexName: "due" })],
    });
  });

  test("outlives the stack outside dev, and only there", () => {
    prod.template.allResourcesProperties("AWS::DynamoDB::Table", { DeletionProtectionEnabled: true });
    prod.template.allResources("AWS::DynamoDB::Table", { DeletionPolicy: "Retain" });
    prod.template.allResources("AWS::SecretsManager::Secret", { DeletionPolicy: "Retain" });
    dev.template.allResources("AWS::DynamoDB::Table", { DeletionPolicy: "Delete" });
    dev.template.allResourcesProperties("AWS::DynamoDB::Table", { DeletionProtectionEnabled: false });
  });

  test("has no secret's value in the template", () => {
    dev.template.hasResourceProperties("AWS::SecretsManager::Secret", {
      Name: "upwork-gateway/dev/admin-key",
      GenerateSecretString: Match.objectLike({ GenerateStringKey: "current" }),
    });
    dev.template.hasResourceProperties("AWS::SecretsManager::Secret", {
      Name: "upwork-gateway/dev/application/oauth1",
      SecretString: '{"consumerKey":"","consumerSecret":""}',
    });
    dev.template.hasResourceProperties("AWS::SecretsManager::Secret", {
      Name: "upwork-gateway/dev/application/oauth2",
      SecretString: '{"clientId":"","clientSecret":""}',
    });
  });
});

test.each([
  [{ stage: "Prod" }, 'Context "stage"'],
  [{ limits: "[]" }, "at least one limit"],
  [{ limits: [{ name: "day", quota: -1, seconds: 1 }] }, 'Context "limits"'],
  [{ keyKind: "both" }, "live or test"],
  [{ upstream: "http://www.upwork.com" }, "https origin"],
  [{ upstream: "https://www.upwork.com/api" }, "https origin"],
  [{ graphqlUpstream: "http://api.upwork.com" }, "https origin such as https://api.upwork.com"],
  [{ logRetentionDays: "8" }, "7, 30, 90 or 365"],
])("a wrong setting %j fails with one sentence", (context, text) => {
  expect(() => synthesise(context, { bundle: false })).toThrow(text);
});
