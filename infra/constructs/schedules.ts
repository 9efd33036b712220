import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { type FunctionName, schedules } from "../../functions/platform/names.ts";

/** EventBridge rules that invoke functions on a schedule. */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, props: { functions: Record<FunctionName, IFunction> }) {
    super(scope, id);
    for (const { name, expression, functionName } of schedules) {
      new Rule(this, name, {
        schedule: Schedule.expression(expression),
        targets: [new LambdaFunction(props.functions[functionName], { retryAttempts: 2 })],
      });
    }
  }
}
