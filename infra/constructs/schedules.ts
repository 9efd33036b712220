import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { type FunctionName, schedules } from "../../functions/platform/names.ts";
import type { LiveFunction } from "./functions.ts";

/** EventBridge rules that invoke functions on a schedule; runs that fail every time end in a queue. */
export class Schedules extends Construct {
  readonly rules: ReadonlyMap<string, Rule>;

  constructor(
    scope: Construct,
    id: string,
    props: { functions: Record<FunctionName, LiveFunction>; failedRuns: Queue },
  ) {
    super(scope, id);
    for (const functionName of new Set<FunctionName>(schedules.map((schedule) => schedule.functionName))) {
      // The function threw: Lambda itself tries again, then gives the event up.
      props.functions[functionName].configureAsyncInvoke({
        retryAttempts: 2,
        maxEventAge: Duration.hours(1),
        onFailure: new SqsDestination(props.failedRuns),
      });
    }
    this.rules = new Map(
      schedules.map(({ name, expression, functionName }) => [
        name,
        new Rule(this, name, {
          schedule: Schedule.expression(expression),
          targets: [
            // The function could not even be reached: EventBridge tries again, then gives the event up.
            new LambdaFunction(props.functions[functionName], {
              retryAttempts: 2,
              maxEventAge: Duration.hours(1),
              deadLetterQueue: props.failedRuns,
            }),
          ],
        }),
      ]),
    );
  }
}
