import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGuardedPost, type PostError, type ResolveAll } from "../../../functions/webhooks/guarded-post.ts";

let server: Server;
let port: number;
const seen: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.url ?? "");
    if (request.url === "/redirect") response.writeHead(302, { location: `http://127.0.0.1:${port}/inside` }).end();
    else if (request.url === "/slow") response.writeHead(503, { "retry-after": "7" }).end("later");
    else if (request.url === "/flood") response.end("x".repeat(100_000));
    else if (request.url === "/cut") response.writeHead(200, { "content-length": "10" }).write("half");
    else if (request.url !== "/hang") response.writeHead(204).end();
    if (request.url === "/cut") setImmediate(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const local = createGuardedPost({ reach: "loopback" });
const send = (post: ReturnType<typeof createGuardedPost>, url: string, timeoutMs = 5_000) =>
  post({ url, headers: { "content-type": "application/json" }, body: "{}", timeoutMs });
const reasonOf = (sent: Promise<unknown>) =>
  sent.then(
    () => "answered",
    (error: PostError) => error.reason,
  );

describe("sending a webhook", () => {
  test("returns status and Retry-After", async () => {
    expect(await send(local, `http://127.0.0.1:${port}/ok`)).toEqual({ status: 204, retryAfter: undefined });
    expect(await send(local, `http://127.0.0.1:${port}/slow`)).toEqual({ status: 503, retryAfter: "7" });
  });

  test("follows no redirect", async () => {
    expect((await send(local, `http://127.0.0.1:${port}/redirect`)).status).toBe(302);
    expect(seen).not.toContain("/inside");
  });

  test("ends after its time, and says what went wrong otherwise", async () => {
    const at = (path: string, timeoutMs?: number) =>
      reasonOf(send(local, `http://127.0.0.1:${port}${path}`, timeoutMs));
    expect(await at("/hang", 50)).toBe("timeout");
    expect(await at("/flood")).toBe("answer-too-large");
    expect(await at("/cut")).toBe("unreachable");
    expect(await reasonOf(send(local, "http://127.0.0.1:1/"))).toBe("unreachable");
    // Speaks plain http where TLS is expected.
    expect(await reasonOf(send(local, `https://127.0.0.1:${port}/`))).toBe("tls");
  });

  test("takes another connection where a kept one was closed meanwhile", async () => {
    let connections = 0;
    const closing = createTcpServer((socket) => {
      connections += 1;
      let requests = 0;
      socket.on("error", () => undefined);
      socket.on("data", () => {
        requests += 1;
        if (requests === 1) socket.write("HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n");
        else socket.resetAndDestroy();
      });
    });
    await new Promise<void>((resolve) => closing.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(closing.address() as AddressInfo).port}/`;
    expect((await send(local, url)).status).toBe(204);
    expect((await send(local, url)).status).toBe(204);
    expect(connections).toBe(2);
    closing.close();
  });
});

describe("names", () => {
  const resolving = (...answers: string[][]) => {
    const asked: string[] = [];
    const resolve: ResolveAll = (hostname, done) => {
      const addresses = answers[asked.length] ?? answers.at(-1) ?? [];
      asked.push(hostname);
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
    };
    return { asked, resolve };
  };

  test.each([
    [["127.0.0.1"]],
    [["10.0.0.7"]],
    [["169.254.169.254"]],
    [["100.64.1.1"]],
    [["::1"]],
    [["::ffff:192.168.0.1"]],
    [["64:ff9b::a9fe:a9fe"]],
    [["fd00:ec2::254"]],
    [["93.184.216.34", "10.0.0.7"]],
  ])("that resolve to %j are refused, and nothing is connected to", async (addresses) => {
    const { resolve } = resolving(addresses);
    const post = createGuardedPost({ reach: "public", resolve });
    const before = seen.length;
    expect(await reasonOf(send(post, "https://innocent.example/"))).toBe("address-refused");
    expect(seen.length).toBe(before);
  });

  test("that resolve to something else the second time are asked once a connection, and every answer is checked", async () => {
    // DNS rebinding: public while it is checked, inward when it is used. Here the checked answer is the one used.
    const { asked, resolve } = resolving(["192.0.2.1"], ["127.0.0.1"]);
    const post = createGuardedPost({ reach: "public", resolve });
    expect(await reasonOf(send(post, "https://rebinding.example/"))).toBe("address-refused");
    expect(asked).toEqual(["rebinding.example"]);
    expect(await reasonOf(send(post, "https://rebinding.example/"))).toBe("address-refused");
    expect(asked).toHaveLength(2);
  });

  test("lead to the very address that was checked", async () => {
    const { asked, resolve } = resolving(["127.0.0.1"], ["192.168.7.7"]);
    const post = createGuardedPost({ reach: "loopback", resolve });
    // A name is not loopback by itself, so it needs https; the connection reaches our plain server and fails in TLS.
    expect(await reasonOf(send(post, "https://receiver.example:8443/", 2_000))).toBe("unreachable");
    expect(asked).toEqual(["receiver.example"]);
  });

  test("that do not resolve are unreachable", async () => {
    const post = createGuardedPost({ reach: "public", resolve: (_name, done) => done(new Error("ENOTFOUND"), []) });
    expect(await reasonOf(send(post, "https://nowhere.example/"))).toBe("unreachable");
  });
});
