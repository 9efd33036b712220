import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Another gateway works in this data folder. */
export class FolderLockedError extends Error {
  override name = "FolderLockedError";
}

/**
 * Takes a data folder for this process and returns what gives it back. A lock left by a killed process is taken over.
 *
 * @throws FolderLockedError while the process that holds it lives
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, "lock");
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const holder = Number(readFileSync(file, "utf8"));
    if (holder !== process.pid && isAlive(holder)) {
      throw new FolderLockedError(
        `Another gateway (process ${holder}) works in "${folder}". Stop it, or choose another folder: GATEWAY_DATA=.local-2 npm start`,
      );
    }
    writeFileSync(file, String(process.pid));
  }
  return () => rmSync(file, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
