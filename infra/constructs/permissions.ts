import { ArnFormat, type Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { type FunctionName, schedules, secretNames, tables } from "../../functions/platform/names.ts";
import type { Storage } from "./storage.ts";

/**
 * What each function may do, and nothing else: actions by the thing they touch. Whoever adds one says so in
 * `test/data/permissions.json` as well, so that a wider permission is never an accident.
 */
export const permissions = {
  proxy: {
    budget: ["GetItem", "UpdateItem"],
    state: ["GetItem", "PutItem", "UpdateItem", "Query"],
    application: ["GetSecretValue"],
    // A call that meets the end of a token stores the next one.
    connections: ["GetSecretValue", "PutSecretValue"],
    clients: ["GetSecretValue"],
  },
  graphql: {
    budget: ["GetItem", "UpdateItem"],
    state: ["GetItem", "PutItem", "UpdateItem", "Query"],
    application: ["GetSecretValue"],
    connections: ["GetSecretValue", "PutSecretValue"],
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
  // It passes guarantees on, and raises events.
  report: { budget: ["GetItem", "UpdateItem"], state: ["GetItem", "PutItem", "UpdateItem", "Query"] },
  console: { budget: ["GetItem"], state: ["Query", "UpdateItem"], adminKey: ["GetSecretValue"] },
  watches: {
    budget: ["GetItem", "UpdateItem"],
    state: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"],
    dueIndex: ["Query"],
    application: ["GetSecretValue"],
    connections: ["GetSecretValue", "PutSecretValue"],
    webhooks: ["GetSecretValue"],
  },
  hooks: {
    budget: ["GetItem", "UpdateItem"],
    state: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"],
    application: ["GetSecretValue"],
    connections: ["GetSecretValue", "PutSecretValue"],
    webhooks: ["GetSecretValue"],
  },
  deliver: {
    state: ["GetItem", "Query", "PutItem", "UpdateItem"],
    dueIndex: ["Query"],
    webhooks: ["GetSecretValue"],
  },
  admin: {
    budget: ["GetItem", "UpdateItem"],
    state: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"],
    application: ["GetSecretValue"],
    connections: ["GetSecretValue", "PutSecretValue", "DeleteSecret"],
    clients: ["CreateSecret", "PutSecretValue", "DeleteSecret"],
    adminKey: ["GetSecretValue", "PutSecretValue"],
    webhooks: ["GetSecretValue", "CreateSecret", "PutSecretValue", "DeleteSecret"],
  },
} as const satisfies Record<FunctionName, Permissions>;

type Permissions = Partial<Record<keyof typeof things, readonly string[]>>;

/** The things that functions touch, and where each is. */
const things = {
  budget: { service: "dynamodb", arns: ({ storage }) => [storage.budget.tableArn] },
  state: { service: "dynamodb", arns: ({ storage }) => [storage.state.tableArn] },
  dueIndex: {
    service: "dynamodb",
    arns: ({ storage }) => [`${storage.state.tableArn}/index/${tables.state.dueIndex.name}`],
  },
  application: {
    service: "secretsmanager",
    arns: ({ storage }) => [storage.applications.oauth1.secretArn, storage.applications.oauth2.secretArn],
  },
  adminKey: { service: "secretsmanager", arns: ({ storage }) => [storage.adminKey.secretArn] },
  // Connections, OAuth 1.0a keys of clients, and webhooks are created at run time; the prefix is all that is known of their names.
  connections: { service: "secretsmanager", arns: (where) => [secretsBelow(where, secretNames.connectionsPrefix)] },
  clients: { service: "secretsmanager", arns: (where) => [secretsBelow(where, secretNames.clientsPrefix)] },
  webhooks: { service: "secretsmanager", arns: (where) => [secretsBelow(where, secretNames.webhooksPrefix)] },
} as const satisfies Record<string, { service: string; arns: (where: Where) => string[] }>;

export type Where = {
  stack: Stack;
  storage: Storage;
  secretPrefix: string;
  logGroup: ILogGroup;
  failedRuns: IQueue;
};

/** The statements of one function's policy: its row of the table, its log, and the queue for what runs on a schedule. */
export function statementsOf(name: FunctionName, where: Where): PolicyStatement[] {
  const isScheduled = schedules.some(({ functionName }) => functionName === name);
  return [
    ...tableStatements(name, where),
    new PolicyStatement({
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [where.logGroup.logGroupArn],
    }),
    ...(isScheduled
      ? [new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [where.failedRuns.queueArn] })]
      : []),
  ];
}

/** To use the account's own key, for what is encrypted with it and nothing else. */
export function encryptionStatement(key: IKey): PolicyStatement {
  return new PolicyStatement({
    actions: ["Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"].map(
      (action) => `kms:${action}`,
    ),
    resources: [key.keyArn],
    conditions: {
      StringLike: { "kms:ViaService": ["dynamodb.*.amazonaws.com", "secretsmanager.*.amazonaws.com"] },
    },
  });
}

/** To send traces; X-Ray has no resources to name. */
export function tracingStatement(): PolicyStatement {
  return new PolicyStatement({ actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources: ["*"] });
}

/** The functions that deliver events, and so may put them on a bus. */
export const deliversEvents: readonly FunctionName[] = ["deliver", "watches", "hooks", "admin"];

/** To put events on the account's own bus of a name. */
export function eventBusStatement(stack: Stack, eventBus: string): PolicyStatement {
  const bus = stack.formatArn({ service: "events", resource: "event-bus", resourceName: eventBus });
  return new PolicyStatement({ actions: ["events:PutEvents"], resources: [bus] });
}

/** To stand in a network: Lambda makes and removes a function's interfaces with the function's own role. */
export function networkStatement(): PolicyStatement {
  return new PolicyStatement({
    actions: [
      "AssignPrivateIpAddresses",
      "CreateNetworkInterface",
      "DeleteNetworkInterface",
      "DescribeNetworkInterfaces",
      "DescribeSubnets",
      "UnassignPrivateIpAddresses",
    ].map((action) => `ec2:${action}`),
    resources: ["*"],
  });
}

function tableStatements(name: FunctionName, where: Where): PolicyStatement[] {
  return Object.entries(permissions[name]).map(([thing, actions]) => {
    const { service, arns } = things[thing as keyof typeof things];
    return new PolicyStatement({
      actions: (actions as readonly string[]).map((action) => `${service}:${action}`),
      resources: arns(where),
    });
  });
}

function secretsBelow({ stack, secretPrefix }: Where, prefixOf: (prefix: string) => string): string {
  return stack.formatArn({
    service: "secretsmanager",
    resource: "secret",
    resourceName: `${prefixOf(secretPrefix)}*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
