/** Deployments that together have every option on: what must hold for any of them is asked of all. */
const domainName = "upwork.example.com";
const certificate = (region: string) =>
  `arn:aws:acm:${region}:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f`;
const webAclArn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/upwork-gateway/0a1b2c3d";

export const optionSets = {
  plain: {},
  "with a domain": {
    stage: "prod",
    domainName,
    certificateArn: certificate("eu-west-1"),
    egress: "nat-gateway",
    alarmEmail: "ops@example.com",
    apiUsage: 2000,
  },
  "with everything": {
    stage: "prod",
    domainName,
    certificateArn: certificate("us-east-1"),
    cloudFront: true,
    webAclArn,
    egress: "nat-instance",
    customerKey: true,
    tracing: true,
    corsOrigins: ["https://app.example.com"],
    alarmEmail: "ops@example.com",
  },
  "with CloudFront alone": { domainName, certificateArn: certificate("us-east-1"), cloudFront: true },
} as const satisfies Record<string, Record<string, unknown>>;
