import { devNull } from "node:os";

/** Variables that could lead the AWS SDK, or its credentials, away from the embedded stores. */
const misleading = [
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_SESSION_TOKEN",
  "AWS_ENDPOINT_URL",
  "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
  "AWS_USE_FIPS_ENDPOINT",
  "AWS_USE_DUALSTACK_ENDPOINT",
];

/**
 * What the functions' environment needs on this machine besides their own variables: endpoints of the embedded
 * stores, credentials that open nothing else, and no way back to the user's own AWS account.
 */
export function awsEnvironment(urls: { dynamo: string; secrets: string }): Record<string, string | undefined> {
  return {
    ...Object.fromEntries(misleading.map((name) => [name, undefined])),
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: urls.dynamo,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: urls.secrets,
    // Metrics are lines that CloudWatch reads; here nobody does.
    POWERTOOLS_METRICS_DISABLED: "true",
    // Many requests share this process, so loggers must keep them apart.
    AWS_LAMBDA_MAX_CONCURRENCY: "100",
  };
}

/** Sets variables, or removes those that are `undefined`, and returns what puts everything back. */
export function applyEnvironment(variables: Record<string, string | undefined>): () => void {
  const before = Object.keys(variables).map((name): [string, string | undefined] => [name, process.env[name]]);
  const set = ([name, value]: [string, string | undefined]) => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  Object.entries(variables).forEach(set);
  return () => before.forEach(set);
}
