import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { createWorld } from "../../sandbox/world/world.ts";
import { lastWorkday, upworkApiCalls } from "../support/upwork-api-calls.ts";

// Clients in another language, which `.ci/run` installs from PyPI. Without them these tests say so and are skipped:
//   python3 -m venv V && V/bin/pip install python-upwork requests-oauthlib && PYTHON_OAUTH1=V/bin/python npm run test:clients
//   python3 -m venv W && W/bin/pip install python-upwork-oauth2 && PYTHON_OAUTH2=W/bin/python npm run test:clients
const { PYTHON_OAUTH1, PYTHON_OAUTH2 } = process.env;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

/** Runs one of the scripts beside this file and returns the lines of JSON that it prints. */
async function python(interpreter: string | undefined, script: string, input: unknown): Promise<unknown[]> {
  const path = fileURLToPath(new URL(`python/${script}`, import.meta.url));
  const child = spawn(interpreter ?? "python3", [path], { stdio: ["pipe", "pipe", "pipe"] });
  let [out, problems] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    problems += chunk;
  });
  child.stdin.end(JSON.stringify(input));
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${problems}`);
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe.skipIf(PYTHON_OAUTH1 === undefined)("in Python", () => {
  test("Upwork's OAuth 1.0a client connects and makes all its calls, with JSON bodies that no signature covers", async () => {
    const calls = upworkApiCalls(createWorld(1, Date.now()), lastWorkday(Date.now()));
    const results = await python(PYTHON_OAUTH1, "upwork_oauth1.py", {
      url: sandbox.url,
      ...sandbox.application,
      user: "ada",
      calls,
    });
    // Unlike the Node client it writes the slash before an application. It has mistakes of its own instead: it cannot
    // delete without parameters, and two of its methods return nothing.
    const own: Record<string, unknown> = {
      "snapshot.deleteByContract": { exception: expect.stringContaining("TypeError") },
      "hr/jobs.editJob": { members: null },
      "hr/jobs.deleteJob": { members: null },
      "hr/clients/applications.getSpecific": { members: expect.arrayContaining(["data"]) },
    };
    expect(results).toEqual(
      calls.map(({ router, method, shows }) => {
        const call = `${router}.${method}`;
        return { call, ...(own[call] ?? { members: expect.arrayContaining([shows]) }) };
      }),
    );
    const received = sandbox.log.records().filter(({ status }) => status === 200);
    expect(received.length).toBeGreaterThan(95);
  });

  test("requests-oauthlib signs in header, query and body, and is understood", async () => {
    const [result] = await python(PYTHON_OAUTH1, "requests_oauth1.py", { url: sandbox.url, ...sandbox.application });
    const posted = [200, expect.arrayContaining(["job"])];
    expect(result).toEqual({
      verifier: true,
      AUTH_HEADER: posted,
      QUERY: posted,
      BODY: posted,
      found: ["Smør & brød ~ 100 %", "Smør & brød ~ 100 %"],
      refused: [401, "Verification of signature failed."],
    });
  });
});

describe.skipIf(PYTHON_OAUTH2 === undefined)("in Python, today's API", () => {
  test("Upwork's OAuth 2.0 client connects and queries", async () => {
    const { clientId, clientSecret, redirectUris } = sandbox.oauth2Application;
    const [result] = await python(PYTHON_OAUTH2, "upwork_oauth2.py", {
      url: sandbox.url,
      clientId,
      clientSecret,
      redirectUri: redirectUris[0] ?? "https://app.example/callback",
      user: "ada",
    });
    expect(result).toMatchObject({
      type: "Bearer",
      token: expect.arrayContaining(["access_token", "expires_in", "refresh_token"]),
      answer: { data: { user: { nid: "ada" } } },
    });
  });
});
