#!/usr/bin/env node
import { CliExit, readCli } from "./cli-options.ts";
import { welcome, welcomeJson } from "./cli-welcome.ts";
import { startSandbox } from "./sandbox.ts";

try {
  const { sandbox: options, json } = readCli(process.argv.slice(2), process.env, Date.now);
  const sandbox = await startSandbox(options);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void sandbox.close());
  console.log(json ? welcomeJson(sandbox) : welcome(sandbox));
} catch (error) {
  if (error instanceof CliExit) {
    (error.exitCode === 0 ? console.log : console.error)(error.message);
    process.exitCode = error.exitCode;
  } else {
    const text = error instanceof Error ? error.message : String(error);
    const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    console.error(isTaken ? "That port is taken. Choose another: --port 4101 or SANDBOX_PORT=4101." : text);
    process.exitCode = 1;
  }
}
