import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliResult, runCli } from "../../support/cli.ts";
import { type Stack, startStack } from "../../support/stack.ts";

let stack: Stack;
let receiver: Server;
let receiverUrl: string;
const received: { headers: Record<string, string>; body: string }[] = [];
beforeAll(async () => {
  stack = await startStack();
  await stack.connect("demo");
  receiver = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    received.push({ headers: request.headers as Record<string, string>, body });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  receiverUrl = `http://localhost:${(receiver.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  await stack.close();
  receiver.closeAllConnections();
  receiver.close();
});

const cli = (...args: string[]): Promise<CliResult> => runCli(["--url", stack.url, ...args]);
const json = async (...args: string[]) => {
  const { code, out, err } = await cli("--json", ...args);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out);
};

describe("watches and webhooks from the command line", () => {
  test("a webhook is created, tested with a verified signature, changed, rotated and removed", async () => {
    const { webhook, secret } = await json("webhooks", "create", receiverUrl, "--event", "watch.item.new");
    expect(await json("webhooks", "test", webhook.id)).toMatchObject({ delivered: true, status: 204 });
    const { headers, body } = received.at(-1) ?? { headers: {}, body: "" };
    expect(new Webhook(secret).verify(body, headers)).toBeTruthy();

    expect(await json("webhooks", "set", webhook.id, "--per-second", "3", "--name", "jobs")).toMatchObject({
      perSecond: 3,
      name: "jobs",
    });
    expect(await json("webhooks", "disable", webhook.id)).toMatchObject({ state: "disabled" });
    expect(await json("webhooks", "enable", webhook.id)).toMatchObject({ state: "enabled" });
    expect((await json("webhooks", "rotate", webhook.id)).secret).not.toBe(secret);
    expect((await cli("webhooks", "deliveries", webhook.id)).out).toContain("There are no such deliveries.");
    expect(await json("webhooks", "replay", webhook.id)).toMatchObject({ replayed: 0, more: false });
    expect((await cli("webhooks", "deliveries", "bus")).err).toContain("This deployment has no event bus.");
    expect(await cli("webhooks", "remove", webhook.id)).toMatchObject({ code: 0 });
    expect((await cli("webhooks", "list")).out).toContain("Nobody is told yet.");
  });

  test("a watch is tried, created, run, paused, resumed and removed, and says what it costs", async () => {
    const definition = ["--preset", "jobs", "--client", "demo", "--every", "15", "-q", "q=react"];
    const tried = await cli("watches", "try", "react jobs", ...definition);
    expect(tried.out).toContain("It makes 96 calls a day");
    expect(await json("watches", "list")).toEqual([]);

    const { watch } = await json("watches", "create", "react jobs", ...definition, "--first", "2");
    const webhook = (await json("webhooks", "create", receiverUrl)).webhook;
    expect(await json("watches", "run", watch.id)).toMatchObject({ sent: 2 });
    expect(received.filter(({ headers }) => !headers["webhook-id"]?.startsWith("test_"))).toHaveLength(2);
    expect(await json("webhooks", "deliveries", webhook.id, "--status", "delivered")).toHaveLength(2);
    expect((await cli("watches", "list")).out).toContain("every 15 min");
    expect(await json("watches", "pause", watch.id)).toMatchObject({ status: "paused" });
    expect(await json("watches", "resume", watch.id)).toMatchObject({ status: "active" });
    expect((await cli("watches", "test", watch.id)).out).toContain("of the day's quota");
    expect(await cli("watches", "remove", watch.id)).toMatchObject({ code: 0 });
    expect(await cli("watches", "show", watch.id)).toMatchObject({ code: 3 });
  });

  test("a hook is created for a call, answers the sender, is listed and removed", async () => {
    const call = ["--call", "GET", "/api/auth/v1/info", "--secret-address"];
    const { hook, url } = await json("hooks", "create", "who am I", "--client", "demo", ...call);
    const answer = await fetch(url, { method: "POST", headers: { prefer: "wait=10" }, body: "{}" });
    expect(answer.status).toBe(200);
    expect((await cli("hooks", "list")).out).toContain("GET /api/auth/v1/info");
    expect(await cli("hooks", "remove", hook.id)).toMatchObject({ code: 0 });
    expect((await cli("hooks", "list")).out).toContain("There is no hook yet.");
    expect(await cli("hooks", "create", "x", "--client", "demo")).toMatchObject({ code: 2 });
  });

  test("says what is wrong with a watch, and that it has one schedule", async () => {
    const { code, err } = await cli(
      "watches",
      "create",
      "x",
      "--preset",
      "jobs",
      "--client",
      "nobody",
      "--every",
      "15",
    );
    expect(code).toBe(3);
    expect(err).toContain('There is no client "nobody"');
    const both = await cli("watches", "create", "x", "--every", "5", "--cron", "* * * * *");
    expect(both).toMatchObject({ code: 2 });
  });
});
