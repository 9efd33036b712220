import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const worker = fileURLToPath(new URL("store-worker.ts", import.meta.url));

/** Starts an embedded store in a process of its own; `kill` ends it as a power cut would, without a goodbye. */
export async function startStoreProcess(
  kind: "dynamo" | "secrets",
  path: string,
): Promise<{ url: string; kill(): Promise<void> }> {
  const child = spawn(process.execPath, [worker, kind, path], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "close");
  const first = await Promise.race([once(lines, "line"), ended.then(() => undefined)]);
  if (first === undefined) throw new Error(`The ${kind} process ended before it listened.`);
  return {
    url: String(first[0]),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
