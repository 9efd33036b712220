import { connectThroughConsent } from "../../local/connect-through-consent.ts";
import { type LocalGateway, type LocalOptions, startLocalGateway } from "../../local/gateway.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** The whole gateway in this process, on free ports and an empty data folder of its own. */
export type Stack = LocalGateway & {
  /** Connects an account of the sandbox, as a person with a browser would. */
  connect(connection: string, user?: string): Promise<void>;
  /** Calls the gateway with the demo client's key. */
  call(path: string, init?: RequestInit): Promise<Response>;
};

/** `GATEWAY_LIMITS` for tests that call more often in a second than any person: only the day's limit is the usual one. */
export const limitsForManyCalls = JSON.stringify([
  { name: "second", quota: 1_000, seconds: 1 },
  { name: "day", quota: 40_000, seconds: 86_400 },
]);

/** Starts a stack; one for a test file, because functions are loaded once in a process. Its data goes with the file's end. */
export async function startStack(options: Partial<LocalOptions> = {}): Promise<Stack> {
  const dataDir = options.dataDir ?? temporaryFolder("gateway-stack-");
  const gateway = await startLocalGateway({ port: 0, sandboxPort: 0, ...options, dataDir });
  return {
    ...gateway,
    async connect(connection, user = "ada") {
      const { status, page } = await connectThroughConsent(gateway.url, connection, "allow", { user });
      if (status !== 200) throw new Error(`Connecting "${connection}" ended with ${status}: ${page}`);
    },
    call(path, init = {}) {
      const headers = new Headers(init.headers);
      if (!headers.has("authorization")) headers.set("authorization", `Bearer ${gateway.clientKey}`);
      return fetch(gateway.url + path, { ...init, headers });
    },
  };
}
