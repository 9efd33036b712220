import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";

export type DroppingProxy = {
  url: string;
  /** Answers that reached the proxy and nobody else. */
  dropped: number;
  /** Asked of each request with DynamoDB's name for it, such as `UpdateItem`: whether its answer gets lost. */
  drops: (operation: string) => boolean;
  close(): Promise<void>;
};

/** Stands between a process and its DynamoDB: every request arrives, and some answers do not come back. */
export async function startDroppingProxy(target: string): Promise<DroppingProxy> {
  const server = createServer(async (incoming, response) => {
    const body = await read(incoming);
    const { method, url, headers } = incoming;
    const forwarded = request(new URL(url ?? "/", target), { method, headers }, async (answer) => {
      const answered = await read(answer);
      if (proxy.drops(String(headers["x-amz-target"]).split(".")[1] ?? "")) {
        proxy.dropped += 1;
        incoming.socket.destroy();
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers).end(answered);
    });
    forwarded.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: DroppingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dropped: 0,
    drops: () => false,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
