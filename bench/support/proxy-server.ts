import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import httpProxy from "@fastify/http-proxy";
import fastify from "fastify";
import OAuth from "oauth-1.0a";
import { RateLimiterDynamo } from "rate-limiter-flexible";
import { createTable } from "../../local/dynamodb.ts";
import { startHttpApi } from "../../local/http-api.ts";
import { benchKeys, benchLimits, openBenchGateway } from "./bench-gateway.ts";

// One server in a process of its own; says where it listens, and the key that it asks for.
const [kind = "", dynamoUrl = "", upstream = ""] = process.argv.slice(2);

function startUpstream(): Promise<string> {
  const body = JSON.stringify({ jobs: Array.from({ length: 20 }, (_, id) => ({ id, title: "A job to be done" })) });
  const server = createServer((_request, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(body),
  );
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
  );
}

async function startOurs(): Promise<{ url: string; key: string }> {
  const { key, handler } = await openBenchGateway(dynamoUrl, upstream);
  const routes = [{ method: "ANY", path: "/api/{path+}", functionName: "proxy" }] as const;
  const { port } = await startHttpApi({ port: 0, routes, handlers: { proxy: handler } });
  return { url: `http://127.0.0.1:${port}`, key };
}

/** What one would build of well-known parts: one limiter a window, on the same DynamoDB; OAuth 1.0a; a proxy. */
async function startPeer(): Promise<{ url: string; key: string }> {
  const key = "bench-key";
  const dynamo = new DynamoDB({ endpoint: dynamoUrl, maxAttempts: 1 });
  const tableName = `peer-${process.pid}`;
  await createTable(dynamo, {
    TableName: tableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "key", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "key", KeyType: "HASH" }],
  });
  const limiters = benchLimits.map(
    ({ name, quota, seconds }) =>
      new RateLimiterDynamo({
        storeClient: dynamo,
        tableName,
        keyPrefix: name,
        points: quota,
        duration: seconds,
        tableCreated: true,
        ttlSet: true,
      }),
  );
  const oauth = new OAuth({
    consumer: benchKeys.consumer,
    signature_method: "HMAC-SHA1",
    hash_function: (base, secret) => createHmac("sha1", secret).update(base).digest("base64"),
  });
  const app = fastify();
  await app.register(httpProxy, {
    upstream,
    preHandler: async (request, reply) => {
      if (request.headers.authorization !== `Bearer ${key}`) return reply.code(401).send();
      await Promise.all(limiters.map((limiter) => limiter.consume("application")));
    },
    replyOptions: {
      rewriteRequestHeaders: (request, headers) => {
        const signed = oauth.authorize(
          { url: upstream + request.url, method: request.method ?? "GET" },
          benchKeys.token,
        );
        return { ...headers, ...oauth.toHeader(signed) };
      },
    },
  });
  return { url: await app.listen({ port: 0, host: "127.0.0.1" }), key };
}

const started =
  kind === "upstream" ? { url: await startUpstream(), key: "" } : await (kind === "ours" ? startOurs() : startPeer());
console.log(JSON.stringify(started));
