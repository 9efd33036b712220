import { pathToFileURL } from "node:url";

// Plain JavaScript, so that no time goes into taking types off. Loads a bundle as Lambda would and, where it answers HTTP, gives it an event that needs no store. Everything else counts as started once it is loaded.
const [file = ""] = process.argv.slice(2);
const { handler } = await import(pathToFileURL(file).href);
const path = /\/(\w+)\/index\.mjs$/.exec(file)?.[1] ?? "";
const answersHttp = ["bare", "proxy", "graphql", "oauth", "budget", "console", "admin"].includes(path);
if (answersHttp) {
  // Nothing but an id: the whole stack runs and says that this is no request.
  const { statusCode } = await handler(
    { requestContext: { requestId: "r" } },
    { awsRequestId: "r", functionName: path },
  );
  if (statusCode !== 404) throw new Error(`${path} answered ${statusCode}`);
}
const { user, system } = process.cpuUsage();
// Since the start of the process, both.
process.stdout.write(JSON.stringify({ wallMs: performance.now(), cpuMs: (user + system) / 1000 }));
process.exit(0);
