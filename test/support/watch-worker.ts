import { randomUUID } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createSeen } from "../../functions/watches/seen.ts";
import { createTell, tellPending } from "../../functions/watches/tell.ts";
import { runDue } from "../../functions/watches/tick.ts";
import { createWatchStore } from "../../functions/watches/watch-store.ts";
import { createHttpSend } from "../../functions/webhooks/attempt.ts";
import { createDeliverer } from "../../functions/webhooks/deliverer.ts";
import { createDeliveryStore } from "../../functions/webhooks/deliveries.ts";
import { createEndpointStore } from "../../functions/webhooks/endpoints.ts";
import { createGuardedPost } from "../../functions/webhooks/guarded-post.ts";
import { createOutbox } from "../../functions/webhooks/outbox.ts";
import { createSharedTurns } from "../../functions/webhooks/turns.ts";

// Runs watches and delivers, round after round, until somebody kills it. It says a line for every command that it sends to
// the store, so that a test can kill it after any of them. Its clock is ahead by what the test says, so that what a dead
// one held is free.
const [endpoint = "", name = "", source = "", secret = "", skewMs = "0"] = process.argv.slice(2);
const client = new DynamoDBClient({ endpoint, maxAttempts: 1 });
client.middlewareStack.add(
  (next) => (args) => {
    process.stdout.write(".\n");
    return next(args);
  },
  { step: "initialize" },
);
const table = { dynamo: client, name };
const now = () => Date.now() + Number(skewMs);
const log = { info: () => undefined, error: () => undefined };
const seen = createSeen(table, now);
const outbox = createOutbox(table, now);
const watches = createWatchStore(table);
const deliverer = createDeliverer({
  endpoints: createEndpointStore(table),
  outbox,
  deliveries: createDeliveryStore(table),
  send: createHttpSend({
    secrets: { read: async () => ({ current: secret, headers: {} }) },
    post: createGuardedPost({ reach: "loopback" }),
    // The receiver's clock is the real one.
    now: Date.now,
  }),
  takeTurns: createSharedTurns(table),
  raise: async () => undefined,
  now,
  random: Math.random,
  log,
});
const dependencies = {
  watches,
  seen,
  outbox,
  deliverer,
  calls: {
    call: async (_caller: unknown, call: unknown) => {
      const answer = await fetch(source, { method: "POST", body: JSON.stringify(call) });
      return answer.json() as Promise<unknown>;
    },
    check: async () => undefined,
  },
  tell: createTell({ seen, outbox, deliverer, now, log }),
  raise: async () => undefined,
  now,
  createId: randomUUID,
};

for (;;) {
  await tellPending(dependencies, 100);
  // Always due: runs overlap with those of the other process, and with those of the dead.
  for (const { watch } of await watches.list()) await watches.resume(watch.id, now());
  await runDue(dependencies, now() + 10_000);
  await deliverer.settled();
  await deliverer.run(now() + 100);
}
