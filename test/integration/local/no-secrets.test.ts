import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connectThroughConsent } from "../../../local/connect-through-consent.ts";
import { loadVault } from "../../../local/secret-file.ts";
import { demoApplication } from "../../../sandbox/demo.ts";
import { startGatewayProcess } from "../../support/gateway-process.ts";

test("no log line, page, header or error of a full run carries a secret", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "gateway-secrets-"));
  const gateway = await startGatewayProcess(dataDir, { POWERTOOLS_LOG_LEVEL: "DEBUG" });
  const welcome = gateway.output().length;
  const answers: string[] = [];
  const get = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(gateway.url + path, { redirect: "manual", ...init });
    answers.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`);
    return answer;
  };
  const key = { authorization: `Bearer ${gateway.clientKey}` };
  try {
    // The good way, then every way in which things go wrong and get talked about.
    const good = await connectThroughConsent(gateway.url, "demo", "allow");
    const denied = await connectThroughConsent(gateway.url, "other", "deny");
    const foreign = await connectThroughConsent(gateway.url, "foreign", "allow", { finish: false });
    answers.push(good.page, denied.page);
    const path = (url: string) => url.slice(gateway.url.length);
    await get(path(good.callbackUrl), { headers: { cookie: good.cookie } });
    await get(path(foreign.callbackUrl));
    await get("/");
    await get("/api/auth/v1/info", { headers: key });
    await get("/api/hr/v2/companies?oauth_token=abc", { headers: key });
    await get("/api/auth/v1/info", { headers: { authorization: `Bearer ${gateway.clientKey}x` } });
    await get("/api/nothing", { headers: { "x-api-key": gateway.clientKey } });
    await get("/budget", { headers: key });
    await gateway.stop("SIGINT");

    const stored = loadVault(join(dataDir, "secrets", "secrets.json"));
    const values = [...stored.values()]
      .flatMap(({ versions }) => versions.map(({ value }) => ("string" in value ? value.string : "{}")))
      .flatMap((text) => Object.values(JSON.parse(text) as Record<string, string>));
    const queries = [good, denied, foreign].flatMap(({ callbackUrl }) => [
      ...new URL(callbackUrl).searchParams.values(),
    ]);
    const cookies = [good, denied, foreign].map(({ cookie }) => cookie.split("=")[1] ?? "");
    const isSecret = (value: string) => value !== "oauth1" && value !== demoApplication.consumerKey;
    const secrets = [...values, ...queries, ...cookies, gateway.clientKey].filter(isSecret);
    expect(secrets.length).toBeGreaterThanOrEqual(11);
    const logs = gateway.output().slice(welcome);
    expect(logs).toContain('"message":"answered"');
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(8);
      expect(logs, "a log line").not.toContain(secret);
      for (const answer of answers) expect(answer, "an answer").not.toContain(secret);
    }
  } finally {
    await gateway.stop("SIGKILL");
    rmSync(dataDir, { recursive: true, force: true });
  }
});
