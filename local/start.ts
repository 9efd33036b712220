import { explain, help, readOptions } from "./start-options.ts";

/** After this long without a word, people wonder whether anything happens. */
const silenceMs = 2_000;

async function main(): Promise<void> {
  let options: Exclude<ReturnType<typeof readOptions>, "help"> | undefined;
  const slow = setTimeout(() => console.log("Starting: tables, secrets, sandbox, functions ..."), silenceMs);
  try {
    const asked = readOptions(process.env, process.argv.slice(2));
    if (asked === "help") return console.log(help);
    options = asked;
    process.env.POWERTOOLS_LOG_LEVEL ??= "WARN";
    // Loaded only now, so that wrong options and --help answer at once, and the functions' logger finds its level.
    const { accessLine, welcome } = await import("./terminal.ts");
    const { startLocalGateway } = await import("./gateway.ts");
    const gateway = await startLocalGateway({
      ...options,
      onAnswer: (line) => console.log(accessLine(line, new Date())),
    });
    stopOnSignals(gateway.close);
    console.log(welcome(gateway));
  } catch (error) {
    console.error(explain(error, options));
    process.exitCode = 1;
  } finally {
    clearTimeout(slow);
  }
}

function stopOnSignals(close: () => Promise<void>): void {
  let stoppingSince: number | undefined;
  const stop = () => {
    const now = performance.now();
    if (stoppingSince !== undefined) {
      // npm passes on a Ctrl-C that the terminal has sent to everybody already: the second of a pair says nothing.
      if (now - stoppingSince > silenceMs) process.exit(130);
      return;
    }
    stoppingSince = now;
    console.log("\nStopping ...");
    setTimeout(() => console.log("Waiting for calls under way. Ctrl-C again stops at once."), silenceMs).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(explain(error, undefined));
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  if (process.env.npm_lifecycle_event !== undefined) whenOrphaned(stop);
}

/**
 * npm runs scripts through a shell, and a SIGTERM to npm ends that shell and nothing below it. Without a parent there
 * is nobody left who could stop this process, so it stops itself.
 */
function whenOrphaned(stop: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, 500);
  timer.unref();
}

await main();
