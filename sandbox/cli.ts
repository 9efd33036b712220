import { parseArgs } from "node:util";
import { startSandbox } from "./sandbox.ts";

const help = `The sandbox: an Upwork that runs on this machine.

  npm run sandbox -- [--port 4100] [--seed 1] [--data FILE] [--json]

  --port PORT   where to listen on loopback (default 4100, or SANDBOX_PORT)
  --seed N      the same seed gives the same people, companies and jobs (default 1)
  --data FILE   keep access tokens over a restart
  --json        print one line of JSON instead of sentences
  --help        this text
`;

try {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: process.env.SANDBOX_PORT ?? "4100" },
      seed: { type: "string", default: "1" },
      data: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
  } else {
    const port = Number(values.port);
    const seed = Number(values.seed);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new Error(`--port takes 0 to 65535, not "${values.port}".`);
    if (!Number.isInteger(seed)) throw new Error(`--seed takes a whole number, not "${values.seed}".`);
    const sandbox = await startSandbox({ port, seed, ...(values.data === undefined ? {} : { dataFile: values.data }) });
    const { consumerKey, consumerSecret } = sandbox.application;
    console.log(
      values.json
        ? JSON.stringify({ url: sandbox.url, consumerKey, consumerSecret })
        : `Sandbox Upwork on ${sandbox.url}\n  consumer key ${consumerKey}, consumer secret ${consumerSecret}\n  Upwork's Node client: UPWORKAPI=${sandbox.url} node your-program.js\nCtrl-C stops it.`,
    );
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void sandbox.close());
  }
} catch (error) {
  const code = (error as NodeJS.ErrnoException).code;
  const text = error instanceof Error ? error.message : String(error);
  console.error(code === "EADDRINUSE" ? `That port is taken. Choose another: --port 4101 or SANDBOX_PORT=4101.` : text);
  process.exitCode = 1;
}
