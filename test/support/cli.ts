import { run } from "../../cli/program.ts";
import type { Surroundings } from "../../cli/surroundings.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export type CliResult = { code: number; out: string; err: string };

/** Runs one command line in this process, with a home of its own, and keeps what it wrote. */
export async function runCli(args: readonly string[], overrides: Partial<Surroundings> = {}): Promise<CliResult> {
  let out = "";
  let err = "";
  const home = overrides.home ?? temporaryFolder("gateway-cli-");
  const code = await run(
    {
      env: {},
      cwd: home,
      home,
      out: (text) => {
        out += typeof text === "string" ? text : Buffer.from(text).toString("utf8");
      },
      err: (text) => {
        err += text;
      },
      isTerminal: false,
      columns: 80,
      now: Date.now,
      fetch,
      input: async function* () {},
      askSecret: () => Promise.reject(new Error("nobody is there to be asked")),
      openBrowser: () => Promise.resolve(),
      sleep: () => Promise.resolve(),
      readSecret: () => Promise.resolve(undefined),
      writeSecret: () => Promise.resolve(),
      ...overrides,
    },
    args,
  );
  return { code, out, err };
}
