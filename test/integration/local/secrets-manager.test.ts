import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createSecretStore } from "../../../functions/platform/secrets.ts";
import { type LocalSecretsManager, startSecretsManager } from "../../../local/secrets-manager.ts";

let folder: string;
let server: LocalSecretsManager;
let client: SecretsManagerClient;
const open = async () => {
  server = await startSecretsManager({ dataFile: join(folder, "secrets", "secrets.json") });
  client = new SecretsManagerClient({ endpoint: server.url, maxAttempts: 1 });
};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "secrets-"));
  await open();
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});
const value = async (SecretId: string, VersionStage?: string) =>
  (await client.send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString;

test("creates, replaces, and keeps the previous version by its stage", async () => {
  const { ARN } = await client.send(new CreateSecretCommand({ Name: "a/b", SecretString: "one" }));
  await client.send(new PutSecretValueCommand({ SecretId: "a/b", SecretString: "two" }));
  expect([await value("a/b"), await value(ARN ?? ""), await value("a/b", "AWSPREVIOUS")]).toEqual([
    "two",
    "two",
    "one",
  ]);
  const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: "a/b" }));
  expect(
    Object.values(VersionIdsToStages ?? {})
      .flat()
      .toSorted(),
  ).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
});

test("takes a repeated request with the same token once", async () => {
  const input = { Name: "a", SecretString: "one", ClientRequestToken: "0".repeat(32) };
  const first = await client.send(new CreateSecretCommand(input));
  expect((await client.send(new CreateSecretCommand(input))).VersionId).toBe(first.VersionId);
});

test("answers with the service's own errors", async () => {
  await client.send(new CreateSecretCommand({ Name: "a", SecretString: "one" }));
  await expect(client.send(new CreateSecretCommand({ Name: "a", SecretString: "two" }))).rejects.toMatchObject({
    name: "ResourceExistsException",
  });
  await expect(value("nothing")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(client.send(new CreateSecretCommand({ Name: "a b", SecretString: "x" }))).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
  const large = new PutSecretValueCommand({ SecretId: "a", SecretString: "x".repeat(65_537) });
  await expect(client.send(large)).rejects.toMatchObject({ name: "InvalidParameterException" });
});

test("deletes with a way back, and without one when forced", async () => {
  await client.send(new CreateSecretCommand({ Name: "a", SecretString: "one" }));
  await client.send(new DeleteSecretCommand({ SecretId: "a" }));
  await expect(value("a")).rejects.toMatchObject({ name: "InvalidRequestException" });
  await client.send(new RestoreSecretCommand({ SecretId: "a" }));
  expect(await value("a")).toBe("one");
  await client.send(new DeleteSecretCommand({ SecretId: "a", ForceDeleteWithoutRecovery: true }));
  await expect(value("a")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("lists by prefix, page by page", async () => {
  for (const Name of ["x/1", "x/2", "x/3", "y/1"])
    await client.send(new CreateSecretCommand({ Name, SecretString: "v" }));
  const Filters = [{ Key: "name" as const, Values: ["x/"] }];
  const first = await client.send(new ListSecretsCommand({ Filters, MaxResults: 2 }));
  const rest = await client.send(new ListSecretsCommand({ Filters, MaxResults: 2, NextToken: first.NextToken }));
  expect([first, rest].flatMap(({ SecretList }) => SecretList?.map(({ Name }) => Name))).toEqual(["x/1", "x/2", "x/3"]);
  expect(rest.NextToken).toBeUndefined();
});

test("keeps secrets over a restart, in a file only its owner may read, and never half of one", async () => {
  await client.send(new CreateSecretCommand({ Name: "a", SecretString: "one" }));
  await server.close();
  const file = join(folder, "secrets", "secrets.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(() => JSON.parse(readFileSync(file, "utf8"))).not.toThrow();
  await open();
  expect(await value("a")).toBe("one");
});

test("the gateway's secret store reads it, remembers for five minutes, and forgets when told", async () => {
  let now = 0;
  const store = createSecretStore(client, () => now);
  expect(await store.read("a")).toBeUndefined();
  await store.write("a", "one");
  await client.send(new PutSecretValueCommand({ SecretId: "a", SecretString: "two" }));
  expect(await store.read("a")).toBe("one");
  now += 5 * 60_000;
  expect(await store.read("a")).toBe("two");
  await store.write("a", "three");
  expect([await store.read("a"), await value("a")]).toEqual(["three", "three"]);
  await client.send(new PutSecretValueCommand({ SecretId: "a", SecretString: "four" }));
  store.forget("a");
  expect(await store.read("a")).toBe("four");
});
