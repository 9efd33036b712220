import type { Server } from "node:http";
import type { AddressInfo, Server as NetServer } from "node:net";

/** Listens on loopback and returns the port; 0 takes any free one. */
export async function listenOnLoopback(server: NetServer, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/** Stops listening, lets requests that are under way end within `graceMs`, and then ends every connection. */
export function closeServer(server: Server, graceMs = 0): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Whether a `Host` header names this machine. A web page can point a name of its own at 127.0.0.1 and then talk to
 * servers there as if they were its own (DNS rebinding); its requests carry that name.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host ?? "");
}
