import { readFileSync } from "node:fs";
import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { environmentNames, type FunctionName, functionNames, routes } from "../../functions/platform/names.ts";
import { synthesise } from "../support/synth.ts";

const dev = synthesise({}, { bundle: false });
const prod = synthesise({ stage: "prod", logRetentionDays: "90" }, { bundle: false });

const ofType = (type: string) => Object.values(dev.resources).filter((resource) => resource.Type === type);

test("every function runs Node 24 on arm64, ends in time, and logs into a group of its own with an end", () => {
  const functions = ofType("AWS::Lambda::Function");
  expect(functions).toHaveLength(functionNames.length);
  for (const { Properties } of functions) {
    expect(Properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"] });
    expect(Properties.Timeout).toBeLessThanOrEqual(120);
    const reference = (Properties.LoggingConfig as { LogGroup: { Ref: string } }).LogGroup.Ref;
    expect(dev.resources[reference]).toMatchObject({
      Type: "AWS::Logs::LogGroup",
      Properties: { RetentionInDays: 30 },
    });
  }
  // One more is the API's access log.
  expect(ofType("AWS::Logs::LogGroup")).toHaveLength(functionNames.length + 1);
  for (const { Properties } of ofType("AWS::Logs::LogGroup")) expect(Properties.RetentionInDays).toBe(30);
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
  type Role = { Policies?: { PolicyDocument: { Statement: Statement[] } }[]; ManagedPolicyArns?: unknown[] };
  const granted = (name: FunctionName) =>
    Object.entries(dev.resources)
      .filter(([id, { Type }]) => Type === "AWS::IAM::Role" && id.startsWith(`Functions${name}role`))
      .flatMap(([, { Properties }]) => (Properties as Role).Policies ?? [])
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);

  /** `Budget`, `connections/*` and the like, from whatever names the resource in the template. */
  const thing = (resource: unknown) => {
    const [, name] =
      /\/(index\/\w+|\w+\/\*)/.exec(JSON.stringify(resource)) ??
      /(?:Storage|Functions)(FailedRuns|\w+logs|\w+?(?=[0-9A-F]{8}))/.exec(JSON.stringify(resource)) ??
      [];
    return name;
  };

  test("are the reviewed ones of each function and nothing more", () => {
    const reviewed = JSON.parse(readFileSync(new URL("../data/permissions.json", import.meta.url), "utf8"));
    const seen = functionNames.map((name) => {
      const lines = granted(name).flatMap(({ Action, Resource }) =>
        [Resource].flat().flatMap((resource) => [Action].flat().map((action) => `${thing(resource)} ${action}`)),
      );
      return [name, lines.toSorted()];
    });
    const advice = "review a wider permission, then write it into test/data/permissions.json";
    expect(Object.fromEntries(seen), advice).toEqual(reviewed);
  });

  test("name actions one by one and never everything", () => {
    for (const { Action, Resource } of functionNames.flatMap(granted)) {
      for (const action of [Action].flat()) expect(action).not.toContain("*");
      expect(Resource).not.toBe("*");
      for (const resource of [Resource].flat()) {
        const text = JSON.stringify(resource);
        // The only wildcards: connections, OAuth 1.0a keys of clients and webhooks are made at run time, below the stage's own prefix.
        if (text.includes("*")) expect(text).toMatch(/secret:upwork-gateway\/dev\/(connections|clients|webhooks)\/\*/);
      }
    }
  });

  test("of functions are in their roles alone: no managed policy, no policy beside them", () => {
    expect(ofType("AWS::IAM::Policy")).toEqual([]);
    for (const { Properties } of ofType("AWS::IAM::Role"))
      expect((Properties as Role).ManagedPolicyArns).toBeUndefined();
  });

  test("let nobody invoke a function but the API and the schedules, and give none an address of its own", () => {
    const principals = ofType("AWS::Lambda::Permission").map(({ Properties }) => Properties.Principal);
    expect(new Set(principals)).toEqual(new Set(["apigateway.amazonaws.com", "events.amazonaws.com"]));
    expect(ofType("AWS::Lambda::Url")).toEqual([]);
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

  test("has no secret's value in the template: the admin key is made by AWS, all others come at run time", () => {
    const secrets = ofType("AWS::SecretsManager::Secret").map(({ Properties }) => Properties);
    for (const secret of secrets) expect(secret).not.toHaveProperty("SecretString");
    const made = secrets.filter(({ GenerateSecretString }) => GenerateSecretString !== undefined);
    expect(made.map(({ Name }) => Name)).toEqual(["upwork-gateway/dev/admin-key"]);
  });

  test("is not touched by other limits, schedules of logs or throttles", () => {
    const changed = synthesise({ apiUsage: 2000, logRetentionDays: 7, throttleRate: 5 }, { bundle: false });
    const stored = (resources: Record<string, { Type: string }>) =>
      Object.fromEntries(
        Object.entries(resources).filter(([, { Type }]) => /^AWS::(DynamoDB|SecretsManager|KMS)::/.test(Type)),
      );
    expect(stored(changed.resources)).toEqual(stored(dev.resources));
  });
});

test("only functions that deliver may put events on the bus, and only where there is one", () => {
  const withBus = synthesise({ eventBus: "partners" }, { bundle: false });
  try {
    const allowed = Object.entries(withBus.resources)
      .filter(
        ([, { Type, Properties }]) =>
          Type === "AWS::IAM::Role" && JSON.stringify(Properties).includes("events:PutEvents"),
      )
      .map(([id]) => /^Functions([a-z0-9]+?)role/.exec(id)?.[1]);
    expect(allowed.toSorted()).toEqual(["admin", "deliver", "hooks", "watches"]);
    expect(JSON.stringify(dev.resources)).not.toContain("events:PutEvents");
  } finally {
  }
});
