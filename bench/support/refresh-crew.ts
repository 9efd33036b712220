import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Door } from "./watched-door.ts";

/** What a worker is started with. */
export type RefreshSetting = {
  index: number;
  dynamo: string;
  table: string;
  secrets: string;
  prefix: string;
  upstream: string;
  application: { clientId: string; clientSecret: string };
  leaseMs: number;
};

/** Where a worker may be told to stop and wait, to be killed there or to go on. */
export type Halt = "waiting" | "looking" | "about to ask" | "answered" | "stored" | "told";

/** One call to make. */
export type Order = { ahead: number; haltAt?: Halt | undefined };

/** A process that makes calls; killed, it is another one's turn under the same index. */
export type RefreshWorker = {
  isAlive(): boolean;
  /** What became of the call; `undefined` where the process was killed before it could say. */
  call(order: Order): Promise<string | undefined>;
  goOn(): void;
  /** Resolves when it is gone. What it has sent may still be on its way: see {@link Door.empty}. */
  kill(): Promise<void>;
};

const script = fileURLToPath(new URL("refresh-worker.ts", import.meta.url));

/** Starts a worker; resolves when it is ready for its first call. */
export async function startRefreshWorker(setting: RefreshSetting, onHalt: () => void): Promise<RefreshWorker> {
  const child: ChildProcess = spawn(process.execPath, [script, JSON.stringify(setting)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("A process without pipes.");
  // A killed one takes no more lines; that is no fault of this process.
  stdin.on("error", () => undefined);
  const gone = once(child, "close");
  let answered: (line: string) => void = () => undefined;
  const answer = () => new Promise<string>((resolve) => (answered = resolve));
  const ready = answer();
  createInterface({ input: stdout }).on("line", (line) => (line === "halted" ? onHalt() : answered(line)));
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  const first = await Promise.race([ready, gone.then(() => "gone")]);
  if (first !== "ready") throw new Error(`Process ${setting.index} did not start.`);
  return {
    isAlive,
    call(order) {
      const result = answer();
      stdin.write(`${JSON.stringify(order)}\n`);
      return Promise.race([result, gone.then(() => undefined)]);
    },
    goOn: () => void stdin.write("go on\n"),
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}
