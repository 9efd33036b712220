/** What a server may answer: as a gateway would, or as nothing that a gateway is. */
export type Served = {
  status: number;
  body: string | Uint8Array | (() => ReadableStream);
  headers?: Record<string, string>;
};

export function responseOf({ status, body, headers = {} }: Served): Response {
  const content = typeof body === "function" ? body() : body;
  // A status without content takes none.
  const isBare = [204, 304].includes(status) || content === "";
  return new Response(isBare ? null : (content as string | Uint8Array<ArrayBuffer> | ReadableStream), {
    status,
    headers,
  });
}

const thing = {
  id: "thing-1",
  name: "acme",
  status: "connected",
  stage: "dev",
  key: { key: "ugw_test_new", id: "0123456789" },
  client: "crm",
  url: "https://gateway.example/",
  time: "2026-11-24T08:00:00.000Z",
  hour: "2026-11-24T08:00:00.000Z",
  outcome: "done",
  delivered: true,
  replayed: 1,
  secret: "whsec_new",
  consumerKey: "k",
  consumerSecret: "s",
  token: "t",
  tokenSecret: "u",
  cost: {},
  applications: { oauth1: true, oauth2: true },
  gate: { state: "open", retry_after_seconds: 0 },
  limits: [{ name: "day", quota: 10, used: 1, left: 9, resets_in_seconds: 5 }],
  binding: "day",
  companies: "",
  teams: "",
};

/** All that any command looks for in an answer. */
const everything = {
  ...thing,
  client: "crm",
  items: [thing],
  watch: thing,
  webhook: thing,
  hook: thing,
  preview: { items: [thing] },
  data: { companySelector: { items: [] } },
};

/** An answer that every command takes for what it asked for. */
export function goodAnswer(method: string, path: string): Served {
  if (method === "DELETE") return { status: 204, body: "" };
  // Here the client is a thing of its own, elsewhere its name.
  const isNewClient = method === "POST" && path === "/admin/clients";
  return json(isNewClient ? 201 : 200, isNewClient ? { ...everything, client: thing } : everything);
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Served {
  const type = status >= 400 ? "application/problem+json" : "application/json";
  return { status, body: JSON.stringify(value), headers: { "content-type": type, ...headers } };
}

export function page(
  status: number,
  body: string | Uint8Array = "<html><body><h1>Bad Gateway</h1></body></html>",
): Served {
  return { status, body, headers: { "content-type": "text/html" } };
}
