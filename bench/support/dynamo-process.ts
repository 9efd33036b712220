import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** An embedded DynamoDB in a process of its own, so that it does not share a processor's turn with what is measured. */
export async function startDynamoProcess(): Promise<{ url: string; stop(): void }> {
  const script = fileURLToPath(new URL("dynamo-server.ts", import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  process.once("exit", () => child.kill());
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk) => resolve(String(chunk).trim()));
    child.once("exit", (code) => reject(new Error(`The embedded DynamoDB ended with ${code} before it was ready.`)));
  });
  return { url, stop: () => child.kill() };
}
