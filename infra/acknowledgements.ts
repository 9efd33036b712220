import { type Stack, Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/**
 * Findings of cdk-nag (AwsSolutions) that we know of and leave as they are, each with its reason. A test runs cdk-nag
 * over every option: it fails on a finding that is not here, and on a row that acknowledges nothing any more.
 */
export const acknowledgements: readonly { construct: string; rule: string; reason: string }[] = [
  {
    construct: "Api",
    rule: "AwsSolutions-APIG4",
    reason: "Functions ask for a client key, the admin key or a session themselves; consent pages are for browsers.",
  },
  {
    construct: "Storage",
    rule: "AwsSolutions-SMG4",
    reason: "Upwork issues the application's keys by hand, and the admin key is rotated by a command with an overlap.",
  },
  {
    construct: "Functions/FailedRuns",
    rule: "AwsSolutions-SQS3",
    reason: "This queue is itself where failed runs end; an alarm watches it.",
  },
  ...["connections", "clients", "webhooks"].map((kind) => ({
    construct: "Functions",
    rule: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:upwork-gateway/STAGE/${kind}/*]`,
    reason: "These secrets are created at run time, one for each thing of this kind, and known by their prefix alone.",
  })),
  {
    construct: "Functions",
    rule: "AwsSolutions-IAM5[Resource::*]",
    reason: "Traces (X-Ray) and the interfaces of functions in a network (EC2) have no resources to name beforehand.",
  },
  {
    construct: "Deployments",
    rule: "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]",
    reason: "AWS keeps this policy to what CodeDeploy needs to shift an alias; a copy of it would age.",
  },
  {
    construct: "Network",
    rule: "AwsSolutions-VPC7",
    reason: "Nothing but the functions is in this network, and every call of theirs is in the call log already.",
  },
  {
    construct: "Network",
    rule: "AwsSolutions-EC23",
    reason: "The rule cannot read the network's range, which is an intrinsic; the group admits that range alone.",
  },
  {
    construct: "Network",
    rule: "AwsSolutions-EC26",
    reason: "The NAT instance keeps no data; encrypted traffic passes through it.",
  },
  {
    construct: "Network",
    rule: "AwsSolutions-EC28",
    reason: "The NAT instance is the cheap option; the gateway's own latency alarms show when it is away.",
  },
  {
    construct: "Network",
    rule: "AwsSolutions-EC29",
    reason: "The NAT instance can be replaced at any time: it has no state, and its address stays with the stack.",
  },
  {
    construct: "Edge",
    rule: "AwsSolutions-CFR1",
    reason: "Callers hold a client key; where they are does not matter.",
  },
  {
    construct: "Edge",
    rule: "AwsSolutions-CFR2",
    reason: "A web ACL is an option (webAclArn) because it costs more than the rest of a small stage.",
  },
  {
    construct: "Edge",
    rule: "AwsSolutions-CFR3",
    reason: "Nothing is cached here, so the API's access log has every request already.",
  },
];

/** Puts the reasons where cdk-nag looks for them. Constructs of options that are off have none to put them on. */
export function acknowledgeFindings(stack: Stack, stage: string): void {
  for (const { construct, rule, reason } of acknowledgements) {
    let found: IConstruct | undefined = stack;
    for (const name of construct.split("/")) found = found?.node.tryFindChild(name);
    if (found !== undefined) Validations.of(found).acknowledge({ id: rule.replace("STAGE", stage), reason });
  }
}
