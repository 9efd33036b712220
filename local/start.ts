import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { LocalOptions } from "./gateway.ts";

const help = `The whole gateway on this machine: npm start

Environment variables:
  PORT                    gateway, default 4000
  SANDBOX_PORT            sandbox Upwork, default 4100
  GATEWAY_DATA            data folder, default .local
  GATEWAY_LIMITS          the budget's limits as JSON, default 10/s, 300/min, 40,000/day
  POWERTOOLS_LOG_LEVEL    default WARN; INFO shows every log line the functions write
  UPWORK_CONSUMER_KEY     with UPWORK_CONSUMER_SECRET: calls the real Upwork instead of the sandbox;
                          register http://localhost:4000/oauth/callback as the key's callback URL
  UPWORK_URL              default https://www.upwork.com, used with a real key

Everything listens on loopback only. Ctrl-C stops it; the data folder keeps connections, clients and the budget.
`;

function port(variable: string, otherwise: number): number {
  const text = process.env[variable] ?? String(otherwise);
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535)
    throw new Error(`${variable} takes a port from 0 to 65535, not "${text}".`);
  return value;
}

function readOptions(): LocalOptions {
  const { UPWORK_CONSUMER_KEY: consumerKey, UPWORK_CONSUMER_SECRET: consumerSecret } = process.env;
  if ((consumerKey === undefined) !== (consumerSecret === undefined)) {
    throw new Error("Give both UPWORK_CONSUMER_KEY and UPWORK_CONSUMER_SECRET, or neither for the sandbox.");
  }
  const upstream = (process.env.UPWORK_URL ?? "https://www.upwork.com").replace(/\/$/, "");
  const limits = process.env.GATEWAY_LIMITS;
  return {
    port: port("PORT", 4000),
    sandboxPort: port("SANDBOX_PORT", 4100),
    dataDir: resolve(process.env.GATEWAY_DATA ?? ".local"),
    ...(consumerKey && consumerSecret ? { real: { upstream, consumerKey, consumerSecret } } : {}),
    ...(limits === undefined ? {} : { limits }),
    onAnswer: ({ method, path, status, ms }) => console.log(`${status} ${method} ${path} ${ms} ms`),
  };
}

/** What a person at the terminal can do about a start that failed. */
function explain(error: unknown, options: LocalOptions | undefined): string {
  const { code, port: busy } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE") {
    const variable = busy === options?.sandboxPort ? "SANDBOX_PORT" : "PORT";
    return `Port ${busy} is taken by another program. Choose another: ${variable}=${(busy ?? 4000) + 1} npm start`;
  }
  if (code === "EACCES")
    return `No permission: ${(error as Error).message}. Choose a port above 1023 and a folder you may write.`;
  return error instanceof Error ? error.message : String(error);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: "boolean", default: false } } });
  if (values.help) return console.log(help);
  process.env.POWERTOOLS_LOG_LEVEL ??= "WARN";
  let options: LocalOptions | undefined;
  const slow = setTimeout(() => console.log("Starting: tables, secrets, sandbox, functions ..."), 2_000);
  try {
    options = readOptions();
    // Loaded only now, so that wrong options and --help answer at once.
    const { startLocalGateway } = await import("./gateway.ts");
    const gateway = await startLocalGateway(options);
    clearTimeout(slow);
    let isStopping = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (isStopping) return;
        isStopping = true;
        console.log("\nStopping ...");
        gateway.close().then(
          () => process.exit(0),
          () => process.exit(1),
        );
      });
    }
    console.log(welcome(gateway));
  } catch (error) {
    clearTimeout(slow);
    console.error(explain(error, options));
    process.exitCode = 1;
  }
}

function welcome({
  url,
  upstream,
  sandbox,
  clientKey,
  dataDir,
}: Awaited<ReturnType<typeof import("./gateway.ts")["startLocalGateway"]>>): string {
  return `
upwork-gateway  ${url}
${sandbox ? "sandbox Upwork" : "Upwork        "}  ${upstream}
data            ${dataDir}

1. Connect an account: open
   ${url}/oauth/start?connection=demo
2. Call Upwork through it:
   curl -H "Authorization: Bearer ${clientKey}" "${url}/api/profiles/v2/search/jobs?q=node.js&paging=0;3"
3. See the shared budget:
   curl -H "Authorization: Bearer ${clientKey}" ${url}/budget

The console is on ${url}/   Ctrl-C stops everything.
`;
}

await main();
