import * as z from "zod/mini";

/** The requests the embedded Secrets Manager takes, with the service's own limits. */
const secretId = z.string().check(z.minLength(1), z.maxLength(2_048));
const name = z.string().check(z.regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/, 'takes 1 to 512 letters, digits and "/_+=.@-"'));
/** 32 characters at least, so that a counter cannot pass for a unique id. */
const token = z.optional(z.string().check(z.minLength(32), z.maxLength(64)));
const description = z.optional(z.string().check(z.maxLength(2_048)));
const stage = z.string().check(z.minLength(1), z.maxLength(256));
const tags = z
  .array(
    z.object({
      Key: z.string().check(
        z.minLength(1),
        z.maxLength(128),
        z.refine((key) => !/^aws:/i.test(key), "must not start with aws:"),
      ),
      Value: z.optional(z.string().check(z.maxLength(256))),
    }),
  )
  .check(z.maxLength(50));

const maxValueBytes = 65_536;
const value = {
  SecretString: z.optional(
    z.string().check(
      z.minLength(1),
      z.refine((text) => Buffer.byteLength(text) <= maxValueBytes, `is larger than ${maxValueBytes} bytes`),
    ),
  ),
  SecretBinary: z.optional(
    z.base64().check(
      z.minLength(1),
      z.refine((text) => Buffer.byteLength(text, "base64") <= maxValueBytes, `is larger than ${maxValueBytes} bytes`),
    ),
  ),
};

export const requests = {
  CreateSecret: z.object({
    Name: name,
    ...value,
    ClientRequestToken: token,
    Description: description,
    Tags: z.optional(tags),
  }),
  UpdateSecret: z.object({ SecretId: secretId, ...value, ClientRequestToken: token, Description: description }),
  PutSecretValue: z.object({
    SecretId: secretId,
    ...value,
    ClientRequestToken: token,
    VersionStages: z.optional(z.array(stage).check(z.minLength(1), z.maxLength(20))),
  }),
  GetSecretValue: z.object({
    SecretId: secretId,
    VersionStage: z.optional(stage),
    VersionId: z.optional(z.string().check(z.minLength(32), z.maxLength(64))),
  }),
  DescribeSecret: z.object({ SecretId: secretId }),
  TagResource: z.object({ SecretId: secretId, Tags: tags }),
  DeleteSecret: z.object({
    SecretId: secretId,
    RecoveryWindowInDays: z.optional(z.int().check(z.gte(7), z.lte(30))),
    ForceDeleteWithoutRecovery: z.optional(z.boolean()),
  }),
  RestoreSecret: z.object({ SecretId: secretId }),
  ListSecrets: z.object({
    Filters: z.optional(
      z
        .array(
          z.object({
            Key: z.enum(["name", "description", "tag-key", "tag-value"]),
            Values: z.array(z.string().check(z.minLength(1), z.maxLength(512))).check(z.minLength(1), z.maxLength(10)),
          }),
        )
        .check(z.maxLength(10)),
    ),
    IncludePlannedDeletion: z.optional(z.boolean()),
    SortOrder: z.optional(z.enum(["asc", "desc"])),
    MaxResults: z.optional(z.int().check(z.gte(1), z.lte(100))),
    NextToken: z.optional(z.string().check(z.minLength(1), z.maxLength(4_096))),
  }),
};

export type OperationName = keyof typeof requests;
export type RequestOf<Name extends OperationName> = z.infer<(typeof requests)[Name]>;
