import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
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
  TagResourceCommand,
  UpdateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createSecretStore } from "../../../functions/platform/secrets.ts";
import { type LocalSecretsManager, startSecretsManager } from "../../../local/secrets-manager.ts";
import { startStoreProcess } from "../../support/store-process.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

let folder: string;
let clock: number;
let server: LocalSecretsManager;
let client: SecretsManagerClient;
const dayMs = 86_400_000;
const open = async () => {
  server = await startSecretsManager({ dataFile: join(folder, "secrets", "secrets.json"), now: () => clock });
  client = new SecretsManagerClient({ endpoint: server.url, maxAttempts: 1 });
};
beforeEach(async () => {
  folder = temporaryFolder("secrets-");
  clock = Date.UTC(2026, 0, 1);
  await open();
});
afterEach(async () => {
  client.destroy();
  await server.close();
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

test("takes a repeated request with the same token once, and refuses the token for another value", async () => {
  const ClientRequestToken = "0".repeat(32);
  const input = { Name: "a", SecretString: "one", ClientRequestToken };
  const first = await client.send(new CreateSecretCommand(input));
  expect((await client.send(new CreateSecretCommand(input))).VersionId).toBe(first.VersionId);

  await client.send(new PutSecretValueCommand({ SecretId: "a", SecretString: "two" }));
  const late = await client.send(new PutSecretValueCommand({ SecretId: "a", SecretString: "one", ClientRequestToken }));
  expect(late).toMatchObject({ VersionId: ClientRequestToken, VersionStages: ["AWSPREVIOUS"] });
  expect(await value("a")).toBe("two");
  await expect(
    client.send(new PutSecretValueCommand({ SecretId: "a", SecretString: "three", ClientRequestToken })),
  ).rejects.toMatchObject({ name: "ResourceExistsException" });
});

test("moves the stages that are asked for and no other", async () => {
  await client.send(new CreateSecretCommand({ Name: "a", SecretString: "one" }));
  const pending = await client.send(
    new PutSecretValueCommand({ SecretId: "a", SecretString: "two", VersionStages: ["AWSPENDING"] }),
  );
  expect(pending.VersionStages).toEqual(["AWSPENDING"]);
  expect([await value("a"), await value("a", "AWSPENDING")]).toEqual(["one", "two"]);
  await client.send(new PutSecretValueCommand({ SecretId: "a", SecretString: "three", VersionStages: ["AWSPENDING"] }));
  expect(await value("a", "AWSPENDING")).toBe("three");
  // Without a stage a version is deprecated: not listed any more, but still there by its id.
  const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: "a" }));
  expect(Object.keys(VersionIdsToStages ?? {})).not.toContain(pending.VersionId);
  const byId = await client.send(new GetSecretValueCommand({ SecretId: "a", VersionId: pending.VersionId }));
  expect(byId.SecretString).toBe("two");
  await expect(
    client.send(new GetSecretValueCommand({ SecretId: "a", VersionId: pending.VersionId, VersionStage: "AWSCURRENT" })),
  ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("keeps bytes, descriptions and tags", async () => {
  const bytes = new Uint8Array([0, 255, 128]);
  await client.send(
    new CreateSecretCommand({ Name: "a", SecretBinary: bytes, Description: "d", Tags: [{ Key: "team", Value: "x" }] }),
  );
  await client.send(new TagResourceCommand({ SecretId: "a", Tags: [{ Key: "cost", Value: "1" }] }));
  const got = await client.send(new GetSecretValueCommand({ SecretId: "a" }));
  expect(got.SecretBinary).toEqual(bytes);
  expect(got.SecretString).toBeUndefined();
  expect(got.CreatedDate).toEqual(new Date(clock));
  clock += dayMs;
  await client.send(new UpdateSecretCommand({ SecretId: "a", Description: "e", SecretString: "text" }));
  expect(await value("a")).toBe("text");
  expect(await client.send(new DescribeSecretCommand({ SecretId: "a" }))).toMatchObject({
    Name: "a",
    Description: "e",
    Tags: [
      { Key: "team", Value: "x" },
      { Key: "cost", Value: "1" },
    ],
    LastChangedDate: new Date(clock),
  });
});

test("has a secret without a value where none was given", async () => {
  expect((await client.send(new CreateSecretCommand({ Name: "a" }))).VersionId).toBeUndefined();
  await expect(value("a")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await client.send(new PutSecretValueCommand({ SecretId: "a", SecretString: "one" }));
  expect(await value("a")).toBe("one");
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
  const umlauts = new PutSecretValueCommand({ SecretId: "a", SecretString: "ü".repeat(32_769) });
  await expect(client.send(umlauts)).rejects.toMatchObject({ name: "InvalidParameterException" });
  await client.send(new PutSecretValueCommand({ SecretId: "a", SecretString: "\u0001".repeat(65_536) }));
  await expect(client.send(new PutSecretValueCommand({ SecretId: "a" }))).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
  await expect(
    client.send(new PutSecretValueCommand({ SecretId: "a", SecretString: "x".repeat(600_000) })),
  ).rejects.toMatchObject({ name: "InvalidParameterException", $metadata: { httpStatusCode: 413 } });
  await expect(client.send(new ListSecretsCommand({ NextToken: "x" }))).rejects.toMatchObject({
    name: "InvalidNextTokenException",
  });
});

test.each([
  ["an operation it does not have", "secretsmanager.RotateSecret", "{}", "UnknownOperationException"],
  ["no operation at all", "", "{}", "UnknownOperationException"],
  ["a name every object has", "secretsmanager.toString", "{}", "UnknownOperationException"],
  ["a body that is not JSON", "secretsmanager.ListSecrets", "{", "SerializationException"],
])("refuses %s in the protocol's own way", async (_what, target, body, type) => {
  const answer = await fetch(server.url, { method: "POST", body, headers: { "x-amz-target": target } });
  expect(answer.status).toBe(400);
  expect(answer.headers.get("x-amzn-errortype")).toBe(type);
  expect(await answer.json()).toMatchObject({ __type: type, message: expect.any(String) });
});

test("answers nobody who comes under another name than this machine's", async () => {
  const { hostname, port } = new URL(server.url);
  const status = await new Promise((resolve, reject) => {
    const headers = { host: "attacker.example", "x-amz-target": "secretsmanager.ListSecrets" };
    request({ hostname, port, method: "POST", headers }, (response) => resolve(response.resume().statusCode))
      .on("error", reject)
      .end("{}");
  });
  expect(status).toBe(403);
});

test("deletes with a way back, and without one when forced", async () => {
  await client.send(new CreateSecretCommand({ Name: "a", SecretString: "one" }));
  await client.send(new DeleteSecretCommand({ SecretId: "a" }));
  await expect(value("a")).rejects.toMatchObject({ name: "InvalidRequestException" });
  await client.send(new RestoreSecretCommand({ SecretId: "a" }));
  expect(await value("a")).toBe("one");
  await client.send(new DeleteSecretCommand({ SecretId: "a", ForceDeleteWithoutRecovery: true }));
  await expect(value("a")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  // Forced deletion of what is not there is no error (documented).
  await client.send(new DeleteSecretCommand({ SecretId: "a", ForceDeleteWithoutRecovery: true }));
});

test("keeps a deleted secret for its recovery window, and its name with it", async () => {
  await client.send(new CreateSecretCommand({ Name: "a", SecretString: "one" }));
  for (const RecoveryWindowInDays of [6, 31]) {
    await expect(client.send(new DeleteSecretCommand({ SecretId: "a", RecoveryWindowInDays }))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  }
  const { DeletionDate } = await client.send(new DeleteSecretCommand({ SecretId: "a", RecoveryWindowInDays: 7 }));
  expect(DeletionDate).toEqual(new Date(clock + 7 * dayMs));
  for (const command of [
    new DeleteSecretCommand({ SecretId: "a" }),
    new CreateSecretCommand({ Name: "a", SecretString: "two" }),
    new PutSecretValueCommand({ SecretId: "a", SecretString: "two" }),
  ]) {
    await expect(client.send(command as DeleteSecretCommand)).rejects.toMatchObject({
      name: "InvalidRequestException",
    });
  }
  expect((await client.send(new ListSecretsCommand({}))).SecretList).toEqual([]);
  expect((await client.send(new ListSecretsCommand({ IncludePlannedDeletion: true }))).SecretList).toHaveLength(1);
  clock += 7 * dayMs;
  await expect(client.send(new RestoreSecretCommand({ SecretId: "a" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  await client.send(new CreateSecretCommand({ Name: "a", SecretString: "two" }));
  expect(await value("a")).toBe("two");
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
  expect(statSync(join(folder, "secrets")).mode & 0o777).toBe(0o700);
  expect(() => JSON.parse(readFileSync(file, "utf8"))).not.toThrow();
  await open();
  expect(await value("a")).toBe("one");
});

test("goes on after the last one listed, whatever came or went in between, newest first when asked", async () => {
  for (const Name of ["b", "c", "d"]) await client.send(new CreateSecretCommand({ Name, SecretString: "v" }));
  const first = await client.send(new ListSecretsCommand({ MaxResults: 2 }));
  await client.send(new DeleteSecretCommand({ SecretId: "b", ForceDeleteWithoutRecovery: true }));
  const rest = await client.send(new ListSecretsCommand({ MaxResults: 2, NextToken: first.NextToken }));
  expect([first, rest].flatMap(({ SecretList }) => SecretList?.map(({ Name }) => Name))).toEqual(["b", "c", "d"]);
  clock += 1;
  await client.send(new CreateSecretCommand({ Name: "a", SecretString: "v", Tags: [{ Key: "team", Value: "x" }] }));
  const names = async (input: ListSecretsCommand["input"]) =>
    (await client.send(new ListSecretsCommand(input))).SecretList?.map(({ Name }) => Name);
  expect(await names({ SortOrder: "desc" })).toEqual(["a", "d", "c"]);
  expect(await names({ Filters: [{ Key: "tag-key", Values: ["te"] }] })).toEqual(["a"]);
  expect(await names({ Filters: [{ Key: "name", Values: ["!c", "a"] }] })).toEqual(["d"]);
});

test("has every acknowledged write after kill -9, and never half of one", async () => {
  const file = join(folder, "killed", "secrets.json");
  const first = await startStoreProcess("secrets", file);
  vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", first.url);
  const writer = new SecretsManagerClient({ maxAttempts: 1 });
  await writer.send(new CreateSecretCommand({ Name: "a", SecretString: "0" }));
  let acknowledged = 0;
  let kill: Promise<void> | undefined;
  try {
    for (let next = 1; ; next += 1) {
      const write = writer.send(new PutSecretValueCommand({ SecretId: "a", SecretString: String(next) }));
      if (next === 20) kill = first.kill();
      await write;
      acknowledged = next;
    }
  } catch {
    await kill;
  }
  vi.unstubAllEnvs();
  writer.destroy();
  const second = await startStoreProcess("secrets", file);
  const reader = new SecretsManagerClient({ endpoint: second.url, maxAttempts: 1 });
  const { SecretString } = await reader.send(new GetSecretValueCommand({ SecretId: "a" }));
  expect(acknowledged).toBeGreaterThanOrEqual(19);
  // The write that was cut off may have landed; nothing older may have come back.
  expect(Number(SecretString)).toBeGreaterThanOrEqual(acknowledged);
  reader.destroy();
  await second.kill();
});

test("refuses a broken file without showing what is in it", async () => {
  const file = join(folder, "broken.json");
  writeFileSync(file, '{"format":1,"secrets":[{"value":"hush');
  const error = await startSecretsManager({ dataFile: file }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: "SecretFileError", message: expect.stringContaining(file) });
  expect(String((error as Error).stack)).not.toContain("hush");
});

test("changes nothing when the file cannot be written", async () => {
  await client.send(new CreateSecretCommand({ Name: "a", SecretString: "one" }));
  rmSync(join(folder, "secrets"), { recursive: true });
  writeFileSync(join(folder, "secrets"), "in the way");
  await expect(client.send(new PutSecretValueCommand({ SecretId: "a", SecretString: "two" }))).rejects.toMatchObject({
    name: "InternalServiceError",
  });
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

test("of all who follow the same version of a secret one is stored, and nobody writes over what they have not seen", async () => {
  const store = createSecretStore(client);
  expect(await store.readStored("a")).toBeUndefined();
  const follow = (after: Awaited<ReturnType<typeof store.readStored>>, values: string[]) =>
    Promise.all(values.map((text) => createSecretStore(client).writeNext("a", text, after)));
  const first = await follow(undefined, ["1", "2", "3"]);
  expect(first.filter((isWritten) => isWritten)).toHaveLength(1);
  const before = await store.readStored("a");
  expect(before?.value).toBe(["1", "2", "3"][first.indexOf(true)]);

  const second = await follow(before, ["4", "5", "6"]);
  expect(second.filter((isWritten) => isWritten)).toHaveLength(1);
  const now = await store.readStored("a");
  expect(now?.value).toBe(["4", "5", "6"][second.indexOf(true)]);
  // The same value again is another version, with a successor of its own.
  expect(await store.writeNext("a", "same", now)).toBe(true);
  expect(await store.writeNext("a", "same", await store.readStored("a"))).toBe(true);
  expect(await store.writeNext("a", "other", await store.readStored("a"))).toBe(true);
  expect(await follow(before, ["late"])).toEqual([false]);
  expect([await store.read("a"), await value("a")]).toEqual(["other", "other"]);
});

test("what follows a secret that was deleted is not stored, also where there is another of its name", async () => {
  const store = createSecretStore(client);
  await store.write("a", "old");
  const seen = await store.readStored("a");
  await store.remove("a");
  expect(await store.writeNext("a", "late", seen)).toBe(false);
  await store.write("a", "new");
  expect(await store.writeNext("a", "late", seen)).toBe(false);
  expect(await value("a")).toBe("new");
});

test("a secret that is being deleted is none any more, and its name is waited for", async () => {
  let pauses = 0;
  // The service deletes in the background; here that ends while the store waits for the second time.
  const store = createSecretStore(client, Date.now, async () => {
    pauses += 1;
    if (pauses === 2) clock += 7 * dayMs;
  });
  await store.write("a", "old");
  const seen = await store.readStored("a");
  await client.send(new DeleteSecretCommand({ SecretId: "a", RecoveryWindowInDays: 7 }));
  expect(await store.readStored("a")).toBeUndefined();
  expect(await store.writeNext("a", "late", seen)).toBe(false);
  expect(await store.writeNext("a", "new", undefined)).toBe(true);
  expect([pauses, await value("a")]).toEqual([2, "new"]);
});

test("a name that does not get free is not waited for forever, and the error says why", async () => {
  let waitedMs = 0;
  const store = createSecretStore(client, Date.now, async (ms) => (waitedMs += ms));
  await store.write("a", "old");
  await client.send(new DeleteSecretCommand({ SecretId: "a", RecoveryWindowInDays: 7 }));
  await expect(store.writeNext("a", "new", undefined)).rejects.toThrow("scheduled for deletion");
  expect(waitedMs).toBeLessThan(10_000);
});
