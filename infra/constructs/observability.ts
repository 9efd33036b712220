import { Alarm, ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import type { FunctionName } from "../../functions/platform/names.ts";
import { type AlarmRule, alarmRules } from "./alarms.ts";
import { createDashboard, type Shown } from "./dashboard.ts";

export type ObservabilityProps = Shown & {
  alarmEmail?: string;
  key?: IKey;
};

/** Alarms, the topic that tells of them, and one dashboard. */
export class Observability extends Construct {
  private readonly alarms: readonly { rule: AlarmRule; alarm: Alarm }[];
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    const { stage, alarmEmail, key } = props;
    this.topic = new Topic(this, "Alarms", {
      displayName: `upwork-gateway ${stage}`,
      enforceSSL: true,
      ...(key === undefined ? {} : { masterKey: key }),
    });
    key?.grantEncryptDecrypt(new ServicePrincipal("cloudwatch.amazonaws.com"));
    if (alarmEmail !== undefined) this.topic.addSubscription(new EmailSubscription(alarmEmail));
    this.alarms = alarmRules(props).map((rule) => ({ rule, alarm: this.createAlarm(rule) }));
    createDashboard(
      this,
      props,
      this.alarms.map(({ alarm }) => alarm),
    );
  }

  /** The alarms that stop a new version of a function from taking over. */
  rollbackAlarms(name: FunctionName): Alarm[] {
    return this.alarms
      .filter(({ rule }) => rule.rollsBack === name || rule.rollsBack === "every")
      .map(({ alarm }) => alarm);
  }

  private createAlarm(rule: AlarmRule): Alarm {
    const alarm = new Alarm(this, rule.id, {
      metric: rule.metric,
      threshold: rule.threshold,
      comparisonOperator: rule.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: rule.periods ?? 1,
      treatMissingData: rule.missing ?? TreatMissingData.NOT_BREACHING,
      alarmDescription: `${rule.says}. What to do: docs/runbooks/${rule.runbook}.md`,
    });
    const action = new SnsAction(this.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }
}
