import { request } from "node:http";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { secretNames } from "../../../functions/platform/names.ts";
import { startLocalGateway } from "../../../local/gateway.ts";
import type { AnswerLine } from "../../../local/http-api.ts";
import { type Stack, startStack } from "../../support/stack.ts";

let stack: Stack;
const lines: AnswerLine[] = [];
beforeAll(async () => {
  vi.stubEnv("AWS_PROFILE", "the-users-own");
  stack = await startStack({
    limits: '[{"name":"day","quota":100,"seconds":86400}]',
    onAnswer: (line) => lines.push(line),
  });
});
afterAll(() => vi.unstubAllEnvs());

test("makes a call from end to end with the functions as they are deployed", async () => {
  await stack.connect("demo", "chidi");
  const answer = await stack.call("/api/auth/v1/info");
  expect(await answer.json()).toMatchObject({ auth_user: { first_name: "Chidi" } });
  expect(answer.headers.get("gateway-request-id")).toBe(answer.headers.get("apigw-requestid"));
  const budget = (await (await stack.call("/budget")).json()) as { limits: unknown[] };
  expect(budget.limits).toMatchObject([{ name: "day", quota: 100, used: 4 }]);
  await vi.waitFor(() => expect(lines.at(-1)).toMatchObject({ method: "GET", path: "/budget", status: 200 }));
  // Verifiers and search terms stand in queries, and queries in no line.
  expect(lines.map(({ path }) => path).join()).not.toContain("?");
});

test("has an admin key in its Secrets Manager, as a deployed stage has", async () => {
  const client = new SecretsManagerClient({ endpoint: stack.secretsUrl });
  const SecretId = secretNames.adminKey("upwork-gateway/local");
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
  expect(JSON.parse(SecretString ?? "")).toEqual({ current: stack.adminKey });
  expect(stack.adminKey).toMatch(/^ugw_admin_/);
  client.destroy();
});

test("shows its pages to this machine and to no web page that borrows its address", async () => {
  const statusFor = (path: string, headers: Record<string, string>) =>
    new Promise((resolve, reject) => {
      const { port } = new URL(stack.url);
      request({ host: "127.0.0.1", port, path, headers }, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });
  expect(await statusFor("/", { host: "localhost" })).toBe(200);
  expect(await statusFor("/", { host: "attacker.example" })).toBe(403);
  expect(await statusFor("/oauth/start?connection=x", { host: "attacker.example" })).toBe(403);
  // Whoever has a key may call under any name: it is the key that counts.
  const authorization = `Bearer ${stack.clientKey}`;
  expect(await statusFor("/budget", { host: "gateway.internal", authorization })).toBe(200);
});

test("starts once in a process and says so", async () => {
  await expect(startLocalGateway({ port: 0, sandboxPort: 0, dataDir: stack.dataDir })).rejects.toThrow(
    "can be started once in a process",
  );
});

test("stops everything, and gives the process its environment back", async () => {
  await stack.close();
  for (const url of [stack.url, stack.upstream, stack.dynamoUrl, stack.secretsUrl]) {
    await expect(fetch(url), url).rejects.toThrow();
  }
  expect(process.env.AWS_PROFILE).toBe("the-users-own");
  expect(process.env.GATEWAY_STAGE).toBeUndefined();
});
