import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Webhook } from "standardwebhooks";
import { closeServer, listenOnLoopback } from "./loopback.ts";

export type Received = {
  at: number;
  headers: Record<string, string>;
  body: string;
  /** The body, once its signature was verified; `undefined` where it is wrong or there was no secret to verify with. */
  verified: unknown;
};

export type Receiver = {
  url: string;
  received: Received[];
  /** Resolves once so many deliveries have arrived. */
  count(wanted: number): Promise<Received[]>;
  /** Ends what hangs. */
  closeConnections(): void;
  close(): Promise<void>;
};

type Answer = (response: ServerResponse, received: Received, index: number) => void;

/**
 * A webhook receiver on loopback. It verifies with the `standardwebhooks` package, which shares no code with the gateway.
 *
 * @param answer what it answers; 204 by default
 */
export async function startReceiver(
  options: { port?: number; secret?: () => string; answer?: Answer } = {},
): Promise<Receiver> {
  const received: Received[] = [];
  let waiting: { wanted: number; resolve: () => void }[] = [];
  const { secret, answer = (response: ServerResponse) => response.writeHead(204).end() } = options;
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    const headers = request.headers as Record<string, string>;
    const one = { at: Date.now(), headers, body, verified: verify(secret?.(), headers, body) };
    received.push(one);
    waiting = waiting.filter(({ wanted, resolve }) => {
      if (received.length < wanted) return true;
      resolve();
      return false;
    });
    answer(response, one, received.length - 1);
  });
  const port = await listenOnLoopback(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    async count(wanted) {
      if (received.length < wanted) await new Promise<void>((resolve) => waiting.push({ wanted, resolve }));
      return received;
    },
    closeConnections: () => server.closeAllConnections(),
    close: () => closeServer(server),
  };
}

function verify(secret: string | undefined, headers: Record<string, string>, body: string): unknown {
  if (secret === undefined) return undefined;
  try {
    return new Webhook(secret).verify(body, headers);
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
