import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { FolderLockedError, lockFolder } from "../../../local/lock.ts";
import { listenOnLoopback } from "../../../local/loopback.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder("lock-");
});

test("a data folder belongs to one at a time", async () => {
  const unlock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(FolderLockedError);
  await expect(lockFolder(folder)).rejects.toThrow(`(process ${process.pid})`);
  await unlock();
  expect(existsSync(join(folder, "lock"))).toBe(false);
  await (await lockFolder(folder))();
});

test("takes over what a killed process left, even where its id and port are somebody else's now", async () => {
  const stranger = createServer((socket) => socket.end("SSH-2.0-OpenSSH"));
  const port = await listenOnLoopback(stranger, 0);
  writeFileSync(join(folder, "lock"), JSON.stringify({ pid: process.pid, port, token: "gone" }));
  const unlock = await lockFolder(folder);
  expect(JSON.parse(readFileSync(join(folder, "lock"), "utf8"))).toMatchObject({ pid: process.pid });
  await unlock();
  stranger.close();
  writeFileSync(join(folder, "lock"), "not a lock at all");
  await (await lockFolder(folder))();
});
