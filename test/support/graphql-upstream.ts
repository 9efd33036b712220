import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One GraphQL request as it reached the upstream. */
export type GraphqlReceived = { headers: IncomingHttpHeaders; body: { query?: string } & Record<string, unknown> };

/** A GraphQL upstream that answers as a test wants. */
export type GraphqlUpstream = {
  url: string;
  received: GraphqlReceived[];
  answer: (request: GraphqlReceived, response: ServerResponse) => void;
  close(): void;
};

/** The answer to who is asking, and for which organisations. */
export const adaWithTwoTenants = {
  user: { id: "1181921839933591552", nid: "ada", rid: "1000001" },
  companySelector: {
    items: [
      { title: "Ada Larsen", organizationId: "1001" },
      { title: "Larsen & Co", organizationId: "1002" },
    ],
  },
};

export const sendJson = (response: ServerResponse, value: unknown, status = 200) =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));

export async function startGraphqlUpstream(): Promise<GraphqlUpstream> {
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const received = { headers: incoming.headers, body: JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}") };
      upstream.received.push(received);
      upstream.answer(received, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const upstream: GraphqlUpstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    answer: (_request, response) => sendJson(response, { data: adaWithTwoTenants }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return upstream;
}
