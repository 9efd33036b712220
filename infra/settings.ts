import * as z from "zod";
import { defaultLimits, type Limit, LimitsError, parseLimits } from "../functions/platform/limit-schema.ts";

/** A setting is wrong; the message is one sentence that says what to write. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

// What comes from `-c name=value` or the environment is text; what stands in cdk.json may be the thing itself.
const flag = z.stringbool({ truthy: ["true"], falsy: ["false"], case: "sensitive" }).or(z.boolean());
const positive = z.preprocess(textToNumber, z.int().positive());
const origin = z
  .string()
  .refine((value) => value.startsWith("https://") && URL.canParse(value) && new URL(value).origin === value);
const retentions = [7, 30, 90, 365] as const;

/**
 * Everything that a deployment can choose. A schema's description finishes the sentence "must be ..." that a person
 * reads who wrote it wrongly.
 */
export const settingsSchema = z.strictObject({
  stage: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,20}$/)
    .default("dev")
    .describe("lower-case letters, digits and dashes, such as dev or prod"),
  keyKind: z.enum(["live", "test"]).default("live").describe("live or test"),
  upstream: origin.default("https://www.upwork.com").describe("an https origin such as https://www.upwork.com"),
  graphqlUpstream: origin.default("https://api.upwork.com").describe("an https origin such as https://api.upwork.com"),
  limits: z.unknown().optional().describe('JSON such as [{"name":"day","quota":40000,"seconds":86400}]'),
  apiUsage: positive.optional().describe("the calls an hour that Upwork allows the key, as a whole number"),
  domainName: z
    .string()
    .regex(/^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/)
    .optional()
    .describe("a host name in lower case such as upwork.example.com"),
  certificateArn: z
    .string()
    .regex(/^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]+$/)
    .optional()
    .describe("the ARN of an issued certificate, arn:aws:acm:REGION:ACCOUNT:certificate/ID"),
  alarmEmail: z.email().optional().describe("an e-mail address"),
  logRetentionDays: z
    .preprocess(textToNumber, z.literal(retentions))
    .default(30)
    .describe(`one of ${retentions.join(", ")}`),
  refreshEarlyMinutes: z
    .preprocess(textToNumber, z.int().min(1).max(1_380))
    .default(120)
    .describe("a whole number of minutes from 1 to 1380"),
  callLogDays: z
    .preprocess(textToNumber, z.int().min(1).max(30))
    .default(30)
    .describe("the days that the call log keeps a call, 1 to 30"),
  eventBus: z
    .string()
    .regex(/^[A-Za-z0-9/_.-]{1,256}$/)
    .optional()
    .describe("the name of an EventBridge bus of this account, such as default"),
  corsOrigins: z
    .preprocess((value) => (typeof value === "string" ? value.split(",") : value), z.array(origin))
    .default([])
    .describe("https origins with commas between them, such as https://app.example.com"),
  egress: z.enum(["open", "nat-gateway", "nat-instance"]).default("open").describe("open, nat-gateway or nat-instance"),
  throttleRate: positive.default(50).describe("requests a second, as a whole number"),
  throttleBurst: positive.default(100).describe("requests at once, as a whole number"),
  customerKey: flag.default(false).describe("true or false"),
  tracing: flag.default(false).describe("true or false"),
  canary: flag.optional().describe("true or false"),
  cloudFront: flag.default(false).describe("true or false"),
  waf: flag.default(false).describe("true or false"),
  webAclArn: z
    .string()
    .regex(/^arn:aws:wafv2:us-east-1:\d{12}:global\/webacl\/.+$/)
    .optional()
    .describe("the ARN of a global web ACL, arn:aws:wafv2:us-east-1:ACCOUNT:global/webacl/NAME/ID"),
});

export type SettingName = keyof typeof settingsSchema.shape;
export const settingNames = Object.keys(settingsSchema.shape) as SettingName[];

/** The settings of one deployment, checked and with every default filled in. */
export type Settings = Omit<z.infer<typeof settingsSchema>, "limits" | "apiUsage" | "canary"> & {
  limits: readonly Limit[];
  canary: boolean;
};

/**
 * Checks raw settings.
 *
 * @param origins where each setting was written, for the message
 * @throws SettingsError in one sentence that says what to write
 */
export function parseSettings(
  raw: Readonly<Record<string, unknown>>,
  origins: Readonly<Record<string, string>> = {},
): Settings {
  const parsed = settingsSchema.safeParse(raw);
  if (!parsed.success) {
    const name = String(parsed.error.issues[0]?.path[0]) as SettingName;
    const place = origins[name] === undefined ? "" : ` (${origins[name]})`;
    const wanted = settingsSchema.shape[name].description;
    throw new SettingsError(`Setting "${name}"${place} must be ${wanted}, not ${JSON.stringify(raw[name])}.`);
  }
  const { limits, apiUsage, canary, ...settings } = parsed.data;
  checkTogether(parsed.data);
  return {
    ...settings,
    limits: readLimits(limits, apiUsage),
    // Where people depend on the gateway, a bad version should meet a tenth of the calls first.
    canary: canary ?? settings.stage === "prod",
  };
}

/** Rules between settings. */
function checkTogether(settings: z.infer<typeof settingsSchema>): void {
  const { domainName, certificateArn, cloudFront, waf, webAclArn, throttleRate, throttleBurst } = settings;
  if ((domainName === undefined) !== (certificateArn === undefined)) {
    throw new SettingsError('Settings "domainName" and "certificateArn" go together: write both or neither.');
  }
  if (cloudFront && domainName === undefined) {
    throw new SettingsError('Setting "cloudFront" needs a "domainName" and its "certificateArn".');
  }
  if (cloudFront && certificateArn?.split(":")[3] !== "us-east-1") {
    throw new SettingsError('With "cloudFront", "certificateArn" must name a certificate in us-east-1.');
  }
  if ((waf || webAclArn !== undefined) && !cloudFront) {
    throw new SettingsError('Settings "waf" and "webAclArn" need "cloudFront": an HTTP API itself takes no web ACL.');
  }
  if (throttleBurst < throttleRate) {
    throw new SettingsError(`Setting "throttleBurst" must be at least "throttleRate", ${throttleRate}.`);
  }
}

/** The limits, with the hourly one that the key's "API usage" means; no shorter one can ever allow more than that. */
function readLimits(given: unknown, apiUsage: number | undefined): readonly Limit[] {
  try {
    const limits = given === undefined ? defaultLimits : parseLimits(given);
    if (apiUsage === undefined) return limits;
    const lowered = limits.map((limit) =>
      limit.seconds < 3600 ? { ...limit, quota: Math.min(limit.quota, apiUsage) } : limit,
    );
    return parseLimits([...lowered, { name: "hour", quota: apiUsage, seconds: 3600 }]);
  } catch (error) {
    if (error instanceof LimitsError) throw new SettingsError(`Setting "limits": ${error.message}`, { cause: error });
    throw error;
  }
}

function textToNumber(value: unknown): unknown {
  return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
}
