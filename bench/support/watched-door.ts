import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";

/** Told of what passes; what it returns is waited for before the request, or the answer, goes on. */
export type DoorWatch = {
  /** A whole request is here, and not yet at the server; `false` keeps it from getting there. */
  asked(what: string): Promise<boolean>;
  /** The server has acted on it. */
  answered(what: string, status: number): Promise<void>;
};

export type Door = {
  url: string;
  /** Resolves when nobody stands in it any more: all that was sent through it has got where it was going. */
  empty(): Promise<void>;
  close(): void;
};

/** A door to a server for one process, so that what the process asked, and what came of it, is known from outside. */
export async function openDoor(target: string, watch: DoorWatch): Promise<Door> {
  const sockets = new Set<Socket>();
  const passing = new Set<Promise<void>>();

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const operation = String(request.headers["x-amz-target"] ?? "").split(".")[1];
    const what = operation ?? `${request.method} ${request.url?.split("?")[0]}`;
    if (!(await watch.asked(what))) return void response.destroy();
    const { host: _host, connection: _connection, "content-length": _length, ...headers } = request.headers;
    const answer = await fetch(new URL(request.url ?? "/", target), {
      method: request.method ?? "GET",
      headers: headers as Record<string, string>,
      ...(body.byteLength === 0 ? {} : { body }),
    });
    const content = Buffer.from(await answer.arrayBuffer());
    await watch.answered(what, answer.status);
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" }).end(content);
  }

  const server = createServer((request, response) => {
    // A process that was killed takes its request back half-way, or does not hear the answer.
    const passed = pass(request, response).catch(() => void response.destroy());
    passing.add(passed);
    void passed.finally(() => passing.delete(passed));
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async empty() {
      while (sockets.size > 0 || passing.size > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
