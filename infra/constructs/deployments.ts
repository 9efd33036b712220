import type { AlarmBase } from "aws-cdk-lib/aws-cloudwatch";
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from "aws-cdk-lib/aws-codedeploy";
import { ManagedPolicy, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { type FunctionName, functionNames } from "../../functions/platform/names.ts";
import type { LiveFunction } from "./functions.ts";

/** A new version gets a tenth of the calls for five minutes, and goes away again when an alarm goes off meanwhile. */
export class Deployments extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: { functions: Record<FunctionName, LiveFunction>; alarmsOf: (name: FunctionName) => AlarmBase[] },
  ) {
    super(scope, id);
    const application = new LambdaApplication(this, "Application");
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("codedeploy.amazonaws.com"),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName("service-role/AWSCodeDeployRoleForLambdaLimited")],
    });
    for (const name of functionNames) {
      new LambdaDeploymentGroup(this, name, {
        application,
        role,
        alias: props.functions[name],
        deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
        alarms: props.alarmsOf(name),
        autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
      });
    }
  }
}
