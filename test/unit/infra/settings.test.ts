import { readFileSync } from "node:fs";
import { App } from "aws-cdk-lib";
import { describe, expect, test } from "vitest";
import { type Settings, settingNames } from "../../../infra/settings.ts";
import { readSettings, variableOf } from "../../../infra/settings-sources.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

type Given = Record<string, unknown>;
const outdir = temporaryFolder("settings-");
const read = (context: Given = {}, environment: Record<string, string> = {}): Settings =>
  readSettings(new App({ context, outdir }).node, environment);

const certificate = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
const globalCertificate = certificate.replace("eu-west-1", "us-east-1");
const domain = { domainName: "upwork.example.com", certificateArn: globalCertificate };

describe("a deployment that chooses nothing", () => {
  test("is a dev stage in front of Upwork with its stated limits and no option on", () => {
    expect(read()).toEqual({
      stage: "dev",
      keyKind: "live",
      upstream: "https://www.upwork.com",
      graphqlUpstream: "https://api.upwork.com",
      limits: [
        { name: "second", quota: 10, seconds: 1 },
        { name: "minute", quota: 300, seconds: 60 },
        { name: "day", quota: 40_000, seconds: 86_400 },
      ],
      logRetentionDays: 30,
      refreshEarlyMinutes: 120,
      callLogDays: 30,
      corsOrigins: [],
      egress: "open",
      throttleRate: 50,
      throttleBurst: 100,
      customerKey: false,
      tracing: false,
      canary: false,
      cloudFront: false,
      waf: false,
    });
  });

  test("sends a tenth of the calls to a new version first in prod, unless it says otherwise", () => {
    expect(read({ stage: "prod" }).canary).toBe(true);
    expect(read({ stage: "prod", canary: "false" }).canary).toBe(false);
  });
});

describe("where a setting comes from", () => {
  const stages = { prod: { alarmEmail: "file@example.com", logRetentionDays: 90, corsOrigins: ["https://a.example"] } };

  test("is the stage's entry in cdk.json, then the environment over it, then the command line over both", () => {
    expect(read({ stages, stage: "prod" })).toMatchObject({ alarmEmail: "file@example.com", logRetentionDays: 90 });
    const environment = {
      UPWORK_GATEWAY_DEPLOY_STAGE: "prod",
      UPWORK_GATEWAY_DEPLOY_ALARM_EMAIL: "environment@example.com",
    };
    expect(read({ stages }, environment).alarmEmail).toBe("environment@example.com");
    expect(read({ stages, alarmEmail: "line@example.com" }, environment).alarmEmail).toBe("line@example.com");
  });

  test("is never another stage's entry, the functions' environment or what the CDK keeps in its context", () => {
    const context = { stages, "@aws-cdk/core:x": true, "aws:cdk:bundling-stacks": [], "availability-zones:a": ["b"] };
    expect(
      read(context, { GATEWAY_UPSTREAM: "http://localhost:1", UPWORK_GATEWAY_URL: "https://x.example", PATH: "/bin" }),
    ).toEqual(read());
  });

  test("may be text for every kind of value", () => {
    const settings = read({
      apiUsage: "2000",
      corsOrigins: "https://a.example,https://b.example:8443",
      logRetentionDays: "7",
      tracing: "true",
      throttleRate: "5",
      throttleBurst: "10",
    });
    expect(settings).toMatchObject({
      corsOrigins: ["https://a.example", "https://b.example:8443"],
      logRetentionDays: 7,
      tracing: true,
      throttleRate: 5,
      throttleBurst: 10,
    });
    expect(settings.limits).toContainEqual({ name: "hour", quota: 2000, seconds: 3600 });
  });
});

test("the key's API usage is an hourly limit, and no shorter limit stays above it", () => {
  expect(read({ apiUsage: 100 }).limits).toEqual([
    { name: "second", quota: 10, seconds: 1 },
    { name: "minute", quota: 100, seconds: 60 },
    { name: "hour", quota: 100, seconds: 3600 },
    { name: "day", quota: 40_000, seconds: 86_400 },
  ]);
});

test.each<[Given, string]>([
  [
    { stage: "Prod" },
    'Setting "stage" (from -c) must be lower-case letters, digits and dashes, such as dev or prod, not "Prod".',
  ],
  [{ stage: 7 }, 'Setting "stage"'],
  [{ limits: "[]" }, 'Setting "limits": Give at least one limit'],
  [{ limits: [{ name: "day", quota: -1, seconds: 1 }] }, 'Setting "limits": Limits are wrong at "0.quota"'],
  [{ apiUsage: "many" }, "must be the calls an hour that Upwork allows the key, as a whole number"],
  [{ apiUsage: 50_000 }, 'Limit "day"'],
  [{ apiUsage: 9, limits: [{ name: "hourly", quota: 5, seconds: 3600 }] }, "have the same length"],
  [{ keyKind: "both" }, "must be live or test"],
  [{ upstream: "http://www.upwork.com" }, "must be an https origin such as https://www.upwork.com"],
  [{ upstream: "https://www.upwork.com/api" }, "https origin"],
  [{ graphqlUpstream: "api.upwork.com" }, "must be an https origin such as https://api.upwork.com"],
  [{ logRetentionDays: "8" }, "must be one of 7, 30, 90, 365"],
  [{ alarmEmail: "ops" }, "must be an e-mail address"],
  [{ corsOrigins: "*" }, "must be https origins with commas between them"],
  [{ egress: "vpn" }, "must be open, nat-gateway or nat-instance"],
  [{ throttleRate: 0 }, "must be requests a second"],
  [{ throttleRate: 200 }, 'Setting "throttleBurst" must be at least "throttleRate", 200.'],
  [{ tracing: "yes" }, 'Setting "tracing" (from -c) must be true or false, not "yes".'],
  [{ domainName: "https://x.example.com" }, "must be a host name"],
  [{ domainName: "upwork.example.com" }, "write both or neither"],
  [{ domainName: "upwork.example.com", certificateArn: "arn:aws:iam::1:x" }, "ARN of an issued certificate"],
  [{ cloudFront: true }, 'needs a "domainName"'],
  [{ ...domain, certificateArn: certificate, cloudFront: true }, "certificate in us-east-1"],
  [{ waf: true }, 'need "cloudFront"'],
  [{ ...domain, cloudFront: true, webAclArn: "arn:aws:wafv2:eu-west-1:1:x" }, "ARN of a global web ACL"],
  [{ alarmMail: "ops@example.com" }, 'There is no setting "alarmMail" (from -c); there are stage, '],
  [{ stage: "prod", stages: { prod: { alarmMail: "x" } } }, "(from stages.prod in cdk.json)"],
  [{ stages: { dev: { stage: "prod" } } }, 'must not have a "stage"'],
  [{ stages: [] }, '"stages" in cdk.json must look like'],
])("a wrong setting %j fails with one sentence", (context, text) => {
  expect(() => read(context)).toThrow(text);
});

test("a variable that names no setting, or a wrong value, is refused as well", () => {
  expect(() => read({}, { UPWORK_GATEWAY_DEPLOY_ALARM_MAIL: "ops@example.com" })).toThrow(
    'There is no setting "UPWORK_GATEWAY_DEPLOY_ALARM_MAIL" (from the environment)',
  );
  expect(() => read({}, { UPWORK_GATEWAY_DEPLOY_CANARY: "1" })).toThrow(
    'Setting "canary" (from the environment) must be true',
  );
});

test("docs/deploy.md explains every setting and its variable's form", () => {
  const guide = readFileSync(new URL("../../../docs/deploy.md", import.meta.url), "utf8");
  for (const name of settingNames) expect(guide, name).toMatch(new RegExp(`^\\| \`${name}\` `, "m"));
  expect(guide).toContain(variableOf("alarmEmail"));
});
