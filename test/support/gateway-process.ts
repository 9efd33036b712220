import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** `npm start` as a process of its own, on free ports. */
export type GatewayProcess = {
  child: ChildProcess;
  url: string;
  upstream: string;
  clientKey: string;
  /** Everything it has written so far, both streams. */
  output(): string;
  /** Sends a signal and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<{ code: number | null; signal: string | null }>;
};

const start = fileURLToPath(new URL("../../local/start.ts", import.meta.url));

/** Runs `local/start.ts` until it ends by itself, for starts that must fail. */
export function runStart(
  environment: Record<string, string>,
  ...values: string[]
): Promise<{ code: number | null; output: string }> {
  const { child, output } = launch(environment, values);
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output: output() })));
}

/** Starts a gateway and waits until it has said where it is. */
export async function startGatewayProcess(
  dataDir: string,
  environment: Record<string, string> = {},
): Promise<GatewayProcess> {
  const { child, output } = launch({ GATEWAY_DATA: dataDir, PORT: "0", SANDBOX_PORT: "0", ...environment }, []);
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once("close", (code, signal) => resolve({ code, signal })),
  );
  await new Promise<void>((resolve, reject) => {
    const look = () => output().includes("Ctrl-C stops everything") && resolve();
    child.stdout?.on("data", look);
    void ended.then(() => reject(new Error(`The gateway did not start:\n${output()}`)));
  });
  const found = (pattern: RegExp) => pattern.exec(output())?.[1] ?? "";
  return {
    child,
    url: found(/upwork-gateway +(http:\S+)/),
    upstream: found(/sandbox Upwork +(http:\S+)/),
    clientKey: found(/Bearer (ugw_\w+)/),
    output,
    stop(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

function launch(environment: Record<string, string>, values: string[]) {
  let text = "";
  const child = spawn(process.execPath, [start, ...values], {
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
  return { child, output: () => text };
}
