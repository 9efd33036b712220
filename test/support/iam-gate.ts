import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type FunctionName, secretNames } from "../../functions/platform/names.ts";
import { permissions } from "../../infra/constructs/permissions.ts";

type Names = { budget: string; state: string; secretPrefix: string };
export type IamGate = {
  /** The endpoint for one function: it lets through what the function's role allows, and refuses the rest as AWS does. */
  urlFor(name: FunctionName): string;
  /** What was refused, as `function: action on thing`. */
  refused: string[];
  close(): void;
};

/** IAM before a store: the very table that the roles are made of decides on every call. */
export async function startIamGate(target: string, names: Names): Promise<IamGate> {
  const refused: string[] = [];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = request.url?.split("/")[1] as FunctionName;
    const body = await text(request);
    const action = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    const thing = thingOf(JSON.parse(body), names);
    const allowed: Partial<Record<string, readonly string[]>> = permissions[name];
    if (!allowed[thing]?.includes(action)) {
      refused.push(`${name}: ${action} on ${thing}`);
      const message = `User is not authorized to perform: ${action} on ${thing}`;
      response.writeHead(400, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify({ __type: "AccessDeniedException", message }));
      return;
    }
    const { "content-length": _length, connection: _connection, host: _host, ...headers } = request.headers;
    const answered = await fetch(target, { method: "POST", body, headers: headers as Record<string, string> });
    response.writeHead(answered.status, {
      "content-type": answered.headers.get("content-type") ?? "application/x-amz-json-1.1",
      ...(answered.headers.has("x-amz-crc32") ? { "x-amz-crc32": String(answered.headers.get("x-amz-crc32")) } : {}),
    });
    response.end(Buffer.from(await answered.arrayBuffer()));
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(502).end(String(error)));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    urlFor: (name) => `http://127.0.0.1:${port}/${name}`,
    refused,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Which row of the permissions a request is about. */
function thingOf(input: Record<string, unknown>, { budget, state, secretPrefix }: Names): string {
  if (input.TableName === budget) return "budget";
  if (input.TableName === state) return input.IndexName === undefined ? "state" : "dueIndex";
  // A secret is asked for by its name, or by its ARN: the name and six characters more.
  const secret = String(input.SecretId ?? input.Name ?? "").replace(/^arn:.*:secret:(.*)-.{6}$/, "$1");
  const { adminKey, oauth1Application, oauth2Application } = secretNames;
  if (secret === adminKey(secretPrefix)) return "adminKey";
  if ([oauth1Application, oauth2Application].some((nameOf) => nameOf(secretPrefix) === secret)) return "application";
  // Secrets made at run time: the row is called as the part of the name below the prefix.
  return secret.startsWith(`${secretPrefix}/`)
    ? (secret.slice(secretPrefix.length + 1).split("/")[0] ?? "")
    : "unknown";
}
