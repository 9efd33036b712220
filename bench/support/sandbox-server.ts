import { startSandbox } from "../../sandbox/sandbox.ts";

// The sandbox in a process of its own, for bench:sandbox: answers questions about itself over the parent's channel.
const sandbox = await startSandbox();
const issued = sandbox.tokens.issueRequestToken(sandbox.application.consumerKey, undefined, Date.now());
sandbox.tokens.authorise(issued.token, "ada");
const token = sandbox.tokens.exchange(issued.token);

process.on("message", (message) => {
  if (message !== "usage") return;
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  process.send?.({ cpuMs: (user + system) / 1000, heapBytes: heapUsed + arrayBuffers, answered: sandbox.log.total() });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ url: sandbox.url, consumer: sandbox.application, token });
