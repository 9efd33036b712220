import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import * as z from "zod/mini";
import { listenOnLoopback } from "./loopback.ts";

/** Another gateway works in this data folder. */
export class FolderLockedError extends Error {
  override name = "FolderLockedError";
}

const holderSchema = z.object({ pid: z.number(), port: z.number(), token: z.string() });
type Holder = z.infer<typeof holderSchema>;

/** A holder that is alive answers at once; one that is stopped in a debugger does not, and still holds. */
const answerWithinMs = 1_000;

/**
 * Takes a data folder for this process and returns what gives it back. A killed process leaves its lock behind, and
 * its process id may belong to somebody else by now; so the holder is asked, at a port that dies with it.
 *
 * @throws FolderLockedError while the process that holds it lives
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, "lock");
  const holder = readHolder(file);
  if (holder && (await isHolding(holder))) {
    throw new FolderLockedError(
      `Another gateway (process ${holder.pid}) works in "${folder}". Stop it, or choose another folder: GATEWAY_DATA=.local-2 npm start`,
    );
  }
  const token = randomUUID();
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.end(token);
  });
  const mine: Holder = { pid: process.pid, port: await listenOnLoopback(server, 0), token };
  // The lock alone must not keep the process running.
  server.unref();
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(mine), { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
  return async () => {
    if (readHolder(file)?.token === token) rmSync(file, { force: true });
    await closeLock(server);
  };
}

function closeLock(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function readHolder(file: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

function isHolding({ port, token }: Holder): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect({ port, host: "127.0.0.1" });
    const end = (isHeld: boolean) => {
      socket.destroy();
      resolve(isHeld);
    };
    socket.setTimeout(answerWithinMs, () => end(true));
    socket.on("data", (chunk) => (answer += chunk));
    socket.on("end", () => end(answer === token));
    socket.on("error", () => end(false));
  });
}
