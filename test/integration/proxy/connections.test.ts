import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { sendUpstream } from "../../../functions/platform/upstream.ts";

let opened = 0;
const upstream = createServer((_request, response) => response.end("{}"));
upstream.on("connection", () => {
  opened += 1;
});

beforeAll(() => new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve)));
afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});
afterEach(() => vi.useRealTimers());

const send = () =>
  sendUpstream({
    method: "POST",
    url: new URL(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`),
    headers: {},
    body: Buffer.from("a"),
    timeoutMs: 2_000,
  });

test("a connection is used again, but not once it has been idle for so long that it may be dead without a sign", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await send();
  vi.advanceTimersByTime(49_000);
  await send();
  expect(opened).toBe(1);
  vi.advanceTimersByTime(51_000);
  await send();
  expect(opened).toBe(2);
});

test("calls under way keep theirs", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const first = send();
  vi.advanceTimersByTime(51_000);
  expect((await Promise.all([first, send()])).map(({ status }) => status)).toEqual([200, 200]);
});
