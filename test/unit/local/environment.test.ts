import { devNull } from "node:os";
import { ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterEach, expect, test, vi } from "vitest";
import { applyEnvironment, awsEnvironment } from "../../../local/environment.ts";
import { startSecretsManager } from "../../../local/secrets-manager.ts";

afterEach(() => vi.unstubAllEnvs());

test("whatever the user's shell says of AWS, the embedded stores are used, with keys that open nothing else", async () => {
  vi.stubEnv("AWS_PROFILE", "production");
  vi.stubEnv("AWS_SESSION_TOKEN", "real");
  vi.stubEnv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
  vi.stubEnv("AWS_USE_FIPS_ENDPOINT", "true");
  vi.stubEnv("AWS_ENDPOINT_URL", "https://elsewhere.example");
  const server = await startSecretsManager();
  const restore = applyEnvironment(awsEnvironment({ dynamo: "http://127.0.0.1:1", secrets: server.url }));
  const client = new SecretsManagerClient({});
  expect(await client.config.credentials()).toMatchObject({ accessKeyId: "local", secretAccessKey: "local" });
  expect((await client.config.credentials()).sessionToken).toBeUndefined();
  expect((await client.send(new ListSecretsCommand({}))).SecretList).toEqual([]);
  expect(process.env.AWS_CONFIG_FILE).toBe(devNull);
  restore();
  expect(process.env).toMatchObject({ AWS_PROFILE: "production", AWS_SESSION_TOKEN: "real" });
  expect(process.env.AWS_CONFIG_FILE).toBeUndefined();
  client.destroy();
  await server.close();
});
