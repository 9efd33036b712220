import { ArnFormat, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Architecture, Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import {
  type FunctionName,
  functionDefinitions,
  functionNames,
  secretNames,
  tables,
} from "../../functions/platform/names.ts";
import type { Storage } from "./storage.ts";

/** What each function may do, and nothing else: DynamoDB actions by table, Secrets Manager actions by kind of secret. */
export const permissions = {
  proxy: {
    budget: ["GetItem", "UpdateItem"],
    state: ["GetItem", "PutItem", "UpdateItem"],
    application: ["GetSecretValue"],
    connections: ["GetSecretValue"],
  },
  oauth: {
    budget: ["GetItem", "UpdateItem"],
    state: ["GetItem", "PutItem", "UpdateItem", "Query"],
    application: ["GetSecretValue"],
    connections: ["GetSecretValue", "CreateSecret", "PutSecretValue"],
    adminKey: ["GetSecretValue"],
  },
  refresh: {
    budget: ["GetItem", "UpdateItem"],
    state: ["GetItem", "PutItem", "UpdateItem", "Query"],
    application: ["GetSecretValue"],
    connections: ["GetSecretValue", "PutSecretValue"],
  },
  budget: { budget: ["GetItem"], state: ["GetItem"] },
  report: { budget: ["GetItem"] },
  console: { budget: ["GetItem"], state: ["Query"], adminKey: ["GetSecretValue"] },
  deliver: {
    state: ["GetItem", "Query", "PutItem", "UpdateItem"],
    dueIndex: ["Query"],
    webhooks: ["GetSecretValue"],
  },
  admin: {
    budget: ["GetItem", "UpdateItem"],
    state: ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"],
    application: ["GetSecretValue"],
    connections: ["GetSecretValue", "DeleteSecret"],
    adminKey: ["GetSecretValue", "PutSecretValue"],
  },
} as const satisfies Record<FunctionName, Permissions>;

type Target = "budget" | "state" | "dueIndex" | "application" | "connections" | "adminKey" | "webhooks";
type Permissions = Partial<Record<Target, readonly string[]>>;

export type FunctionsProps = {
  storage: Storage;
  secretPrefix: string;
  environment: Record<string, string>;
  logRetentionDays: number;
};

/** Every Lambda function: bundled by esbuild, on arm64, with its own log group and its own few permissions. */
export class Functions extends Construct {
  readonly byName: Record<FunctionName, NodejsFunction>;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    this.byName = Object.fromEntries(functionNames.map((name) => [name, this.createFunction(name, props)])) as Record<
      FunctionName,
      NodejsFunction
    >;
  }

  private createFunction(name: FunctionName, props: FunctionsProps): NodejsFunction {
    const definition = functionDefinitions[name];
    const logGroup = new LogGroup(this, `${name}-logs`, {
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const created = new NodejsFunction(this, name, {
      entry: definition.entry,
      description: definition.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(definition.timeoutSeconds),
      memorySize: definition.memoryMb,
      logGroup,
      environment: { ...props.environment, NODE_OPTIONS: "--enable-source-maps" },
      bundling: {
        format: OutputFormat.ESM,
        target: "node24",
        minify: true,
        sourceMap: true,
        sourcesContent: false,
        mainFields: ["module", "main"],
        // Lambda's Node brings no SDK that we would trust to be the one we tested.
        externalModules: [],
        banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
      },
    });
    for (const statement of this.statements(permissions[name], props)) created.addToRolePolicy(statement);
    return created;
  }

  private statements(granted: Permissions, { storage, secretPrefix }: FunctionsProps): PolicyStatement[] {
    const allow = (service: string, actions: readonly string[] | undefined, resources: readonly string[]) =>
      actions === undefined
        ? []
        : [
            new PolicyStatement({
              actions: actions.map((action) => `${service}:${action}`),
              resources: [...resources],
            }),
          ];
    // Connections and webhooks are created at run time; the prefix is all that is known of their names.
    const secretsBelow = (prefix: string) =>
      Stack.of(this).formatArn({
        service: "secretsmanager",
        resource: "secret",
        resourceName: `${prefix}*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    return [
      ...allow("dynamodb", granted.budget, [storage.budget.tableArn]),
      ...allow("dynamodb", granted.state, [storage.state.tableArn]),
      ...allow("dynamodb", granted.dueIndex, [`${storage.state.tableArn}/index/${tables.state.dueIndex.name}`]),
      ...allow("secretsmanager", granted.application, [
        storage.applications.oauth1.secretArn,
        storage.applications.oauth2.secretArn,
      ]),
      ...allow("secretsmanager", granted.adminKey, [storage.adminKey.secretArn]),
      ...allow("secretsmanager", granted.connections, [secretsBelow(secretNames.connectionsPrefix(secretPrefix))]),
      ...allow("secretsmanager", granted.webhooks, [secretsBelow(secretNames.webhooksPrefix(secretPrefix))]),
    ];
  }
}
