import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createBudgetTable, createStateTable, openDynamo } from "../../support/stores.ts";

const worker = fileURLToPath(new URL("../../support/coalesce-worker.ts", import.meta.url));

type Worker = { child: ChildProcess; line(): Promise<string> };

function start(...args: string[]): Worker {
  const child = spawn(process.execPath, [worker, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const lines: AsyncIterator<string> = (createInterface({ input: child.stdout }) as Interface)[Symbol.asyncIterator]();
  return { child, line: async () => String((await lines.next()).value) };
}

test.each([
  ["calls", "rest", '{"jobs":[]}'],
  ["GraphQL queries", "graphql", '{"data":{"jobs":[]}}'],
])("100 simultaneous identical %s on 4 processes cost one unit", async (_name, api, body) => {
  const dynamo = await openDynamo();
  let received = 0;
  const { promise: allCall, resolve: release } = Promise.withResolvers<void>();
  const upstream = createServer(async (_request, response) => {
    received += 1;
    await allCall;
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  });
  await once(upstream.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const state = await createStateTable(dynamo.client);
  const budget = await createBudgetTable(dynamo.client);
  const workers = Array.from({ length: 4 }, () => start(dynamo.url, state.name, budget, url, "25", api));
  try {
    for (const { line } of workers) expect(await line()).toBe("ready");
    for (const { child } of workers) child.stdin?.write("go\n");
    for (const { line } of workers) expect(await line()).toBe("calling");
    release();
    const results = await Promise.all(workers.map(async ({ line }) => JSON.parse(await line())));
    expect(received).toBe(1);
    expect(results.map(({ cost }) => cost).toSorted()).toEqual([0, 0, 0, 1]);
    for (const { statuses, bodies } of results)
      expect({ statuses, bodies }).toEqual({ statuses: [200], bodies: [body] });
  } finally {
    for (const { child } of workers) child.kill();
    upstream.closeAllConnections();
    upstream.close();
    await dynamo.close();
  }
});
