#!/usr/bin/env node
import { homedir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { CliError } from "./errors.ts";
import { run } from "./program.ts";
import { promptSecret } from "./prompt.ts";
import type { Surroundings } from "./surroundings.ts";

const around: Surroundings = {
  env: process.env,
  cwd: process.env.INIT_CWD ?? process.cwd(),
  home: homedir(),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  // A terminal of unknown size says that it has none.
  columns: process.stdout.columns || 80,
  now: Date.now,
  fetch,
  input: () => process.stdin,
  sleep: (milliseconds) => sleep(milliseconds),
  askSecret: (question) => (process.stdin.isTTY ? promptSecret(question) : nextLine(question)),
  async openBrowser(url) {
    const { default: open } = await import("open");
    await open(url);
  },
  readSecret: async (name) => (await secrets()).read(name),
  writeSecret: async (name, value) => (await secrets()).write(name, value),
};

/** Loaded when asked for only: the AWS SDK takes longer to load than most commands take to run. */
async function secrets() {
  const { SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  const { createSecretStore } = await import("../functions/platform/secrets.ts");
  return createSecretStore(new SecretsManagerClient({}));
}

/** Answers for scripts: one line of standard input a question. */
let lines: AsyncIterator<string> | undefined;
async function nextLine(question: string): Promise<string> {
  const { createInterface } = await import("node:readline");
  lines ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const { value, done } = await lines.next();
  if (done) throw new CliError("usage", `Nothing answered "${question.trim()}": standard input has ended.`);
  return value;
}

// A reader that has seen enough, such as head, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await run(around, process.argv.slice(2));
