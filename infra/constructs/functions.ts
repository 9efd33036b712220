import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { AssetHashType, DockerImage, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import type { ISecurityGroup, IVpc } from "aws-cdk-lib/aws-ec2";
import { PolicyDocument, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Alias,
  Architecture,
  Code,
  type IFunction,
  type IVersion,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import {
  type FunctionName,
  functionDefinitions,
  functionNames,
  metricNamespace,
  metricService,
} from "../../functions/platform/names.ts";
import { projectRoot } from "../bundling/bundle.ts";
import {
  deliversEvents,
  encryptionStatement,
  eventBusStatement,
  networkStatement,
  statementsOf,
  tracingStatement,
} from "./permissions.ts";
import type { Storage } from "./storage.ts";

/** An alias as the CDK itself sees it: its declarations do not tell absent properties from undefined ones, we do. */
export type LiveFunction = Alias & IFunction;

export type FunctionsProps = {
  storage: Storage;
  secretPrefix: string;
  environment: Record<string, string>;
  logRetentionDays: number;
  tracing: boolean;
  /** Name of an EventBridge bus that gets every event. */
  eventBus?: string;
  /** The network whose address they call Upwork from; without one, Lambda's own. */
  network?: { vpc: IVpc; securityGroup: ISecurityGroup };
};

/** Every Lambda function: bundled, on arm64, with a role and a log group of its own, reached by its alias `live`. */
export class Functions extends Construct {
  /** The aliases: what routes, schedules and alarms point at, so that a deployment can move calls over bit by bit. */
  readonly byName: Record<FunctionName, LiveFunction>;
  readonly logGroupNames: string[] = [];
  /** Where scheduled runs end that failed every time. */
  readonly failedRuns: Queue;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    this.failedRuns = new Queue(this, "FailedRuns", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.byName = Object.fromEntries(functionNames.map((name) => [name, this.createFunction(name, props)])) as Record<
      FunctionName,
      LiveFunction
    >;
  }

  private createFunction(name: FunctionName, props: FunctionsProps): LiveFunction {
    const { storage, secretPrefix, environment, logRetentionDays, tracing, network, eventBus } = props;
    const { entry, description, timeoutSeconds, memoryMb } = functionDefinitions[name];
    const logGroup = new LogGroup(this, `${name}-logs`, {
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const policy = new PolicyDocument({
      minimize: true,
      statements: [
        ...statementsOf(name, { stack: Stack.of(this), storage, secretPrefix, failedRuns: this.failedRuns, logGroup }),
        ...(storage.key === undefined ? [] : [encryptionStatement(storage.key)]),
        ...(tracing ? [tracingStatement()] : []),
        ...(eventBus !== undefined && deliversEvents.includes(name)
          ? [eventBusStatement(Stack.of(this), eventBus)]
          : []),
        ...(network === undefined ? [] : [networkStatement()]),
      ],
    });
    const role = new Role(this, `${name}-role`, {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      description: `What the function ${name} may do`,
      inlinePolicies: { own: policy },
    });
    this.logGroupNames.push(logGroup.logGroupName);
    const created = new LambdaFunction(this, name, {
      code: bundledCode(entry),
      handler: "index.handler",
      description,
      // As it is: no construct adds permissions to it by itself.
      role: Role.fromRoleArn(this, `${name}-role-as-is`, role.roleArn, { mutable: false }),
      logGroup,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: memoryMb,
      tracing: tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      environment: {
        ...environment,
        POWERTOOLS_SERVICE_NAME: metricService,
        POWERTOOLS_METRICS_NAMESPACE: metricNamespace,
      },
      // Old versions are what a roll back goes to; they go when the function goes.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      ...(network === undefined ? {} : { vpc: network.vpc, securityGroups: [network.securityGroup] }),
    });
    const version = created.currentVersion as IVersion;
    return new Alias(this, `${name}-live`, { aliasName: "live", version }) as LiveFunction;
  }
}

const bundleCommand = join(projectRoot, "infra/bundling/bundle-command.ts");

/** The bundle as an asset, named by its content. */
function bundledCode(entry: string): Code {
  return Code.fromAsset(dirname(`${projectRoot}/${entry}`), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Neither is run, since the local way always works; but the CDK tells bundles apart by them.
      image: DockerImage.fromRegistry("none"),
      command: ["bundle", entry],
      local: {
        tryBundle(folder) {
          // The CDK wants it done when this returns, and esbuild's plugins cannot be: a process of its own can be waited for.
          execFileSync(process.execPath, [bundleCommand, entry, folder], { stdio: ["ignore", "inherit", "inherit"] });
          return true;
        },
      },
    },
  });
}
