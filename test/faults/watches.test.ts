import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createWatchStore } from "../../functions/watches/watch-store.ts";
import { createEndpointStore } from "../../functions/webhooks/endpoints.ts";
import { createSigningSecret } from "../../functions/webhooks/standard-webhooks.ts";
import { startReceiver } from "../../local/receiver.ts";
import { createStateTable, openDynamo } from "../support/stores.ts";
import { source, watch } from "../support/watches.ts";
import { endpoint } from "../support/webhooks.ts";

const worker = fileURLToPath(new URL("../support/watch-worker.ts", import.meta.url));
const kills = 14;
/** Longer than any lease: what a dead process held is free for the next. */
const leapMs = 150_000;

test("processes killed at random, two at a time, tell of every item, and of each under one id", {
  timeout: 180_000,
}, async () => {
  const dynamo = await openDynamo();
  const table = await createStateTable(dynamo.client);
  const secret = createSigningSecret();
  const receiver = await startReceiver({ secret: () => secret });
  const list = source();
  list.post("before-1", "before-2");
  let posted = 0;
  // Every time somebody asks, there is one more.
  const upstream = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    if (posted > 0 && posted < 60) list.post(`item-${posted++}`);
    const caller = { client: "demo", connection: "demo" };
    response.end(JSON.stringify(await list.call(caller, JSON.parse(body))));
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`;
  const watches = createWatchStore(table);
  await createEndpointStore(table).save(endpoint({ url: receiver.url, perSecond: 1_000 }));
  await watches.create(watch({ depth: 10 }), Date.now());

  let skewMs = 0;
  const start = () => {
    skewMs += leapMs;
    const child = spawn(process.execPath, [worker, dynamo.url, table.name, url, secret, String(skewMs)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    return { child, lines: createInterface({ input: child.stdout }) };
  };
  /** Lets a process send so many commands to the store, then ends it as a power cut would. */
  const killAfter = async (commands: number, { child, lines }: ReturnType<typeof start>) => {
    let sent = 0;
    for await (const _line of lines) {
      sent += 1;
      if (sent === commands) child.kill("SIGKILL");
    }
  };

  // One goes through the first run, so that the watch knows what was there before.
  const first = start();
  for await (const _line of first.lines) {
    if ((await watches.find("wat_1"))?.state.primedAt !== undefined) break;
  }
  first.child.kill("SIGKILL");
  posted = 1;

  const random = (most: number) => 8 + Math.floor(Math.random() * most);
  for (let kill = 0; kill < kills; kill += 2) {
    await Promise.all([killAfter(random(90), start()), killAfter(random(90), start())]);
  }
  while (posted < 60) list.post(`item-${posted++}`);
  const wanted = Array.from({ length: 59 }, (_, index) => `item-${index + 1}`).toSorted();
  const told = () => {
    const ids = new Map<string, Set<string>>();
    for (const { verified, headers } of receiver.received) {
      const { itemId } = (verified as { data: { itemId: string } }).data;
      ids.set(itemId, (ids.get(itemId) ?? new Set()).add(headers["webhook-id"] ?? ""));
    }
    return ids;
  };
  const last = start();
  for await (const _line of last.lines) if (told().size === wanted.length) break;
  last.child.kill("SIGKILL");
  await once(last.child, "exit");
  // The last request of a killed worker may still be in the store's hands; one behind it finds it done.
  await watches.find("wat_1");
  await watches.find("wat_1");

  expect([...told().keys()].toSorted()).toEqual(wanted);
  expect([...told().values()].filter((ids) => ids.size > 1)).toEqual([]);
  await receiver.close();
  upstream.closeAllConnections();
  upstream.close();
  await dynamo.close();
});
