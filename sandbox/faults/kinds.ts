import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import { errorAnswer, jsonAnswer } from "../http/answers.ts";
import type { Answer, Exchange } from "../http/exchange.ts";

/** What a fault needs of a sandbox. */
type Context = { clock: Clock };

/**
 * One way of going wrong. `instead` answers in the API's place, and nothing happens in the world; `after` spoils an
 * answer that was given, so that a write has happened although its caller cannot know. `around` is for what the API
 * itself must notice.
 */
type Kind = {
  /** What the number after `=` means, and what it is when left out; absent for a kind without one. */
  value?: { unit: "ms" | "s"; default: number; min: number; max: number };
  /** For a person who chooses one. */
  says: string;
  instead?: (context: Context, exchange: Exchange) => Answer;
  after?: (answer: Answer, value: number) => Answer | Promise<Answer>;
  around?: (
    context: Context,
    exchange: Exchange,
    value: number,
    next: () => Answer | Promise<Answer>,
  ) => ReturnType<typeof next>;
};

const anyTime = { unit: "ms", default: 1_000, min: 0, max: 600_000 } as const;

export const kinds = {
  latency: {
    says: "answers so much later",
    value: anyTime,
    after: async (answer, milliseconds) => {
      await sleep(milliseconds, undefined, { ref: false });
      return answer;
    },
  },
  hang: { says: "never answers; the call was carried out", after: (answer) => ({ ...answer, deliver: () => {} }) },
  "reset-before": {
    says: "resets the connection before any header; the call was carried out",
    after: (answer) => ({ ...answer, deliver: (response) => void response.socket?.resetAndDestroy() }),
  },
  "reset-after": {
    says: "resets the connection after the headers and half the body; the call was carried out",
    after: (answer) => ({
      ...answer,
      deliver: (response) => {
        sendHalf(response, answer);
        // Time for the headers to be read: a reset may overtake what is still on its way.
        setTimeout(() => response.socket?.resetAndDestroy(), 50).unref();
      },
    }),
  },
  truncate: {
    says: "ends the connection in the middle of the body, whose length it had promised",
    after: (answer) => ({
      ...answer,
      deliver: (response) => {
        const { socket } = response;
        sendHalf(response, answer);
        socket?.end();
      },
    }),
  },
  trickle: {
    says: "sends the body in 20 pieces, so long apart",
    value: { ...anyTime, default: 200 },
    after: (answer, milliseconds) => ({ ...answer, deliver: (response) => trickle(response, answer, milliseconds) }),
  },
  "wrong-json": {
    says: "sends JSON that breaks off, in an answer that is whole",
    after: (answer) => ({
      ...answer,
      headers: { ...answer.headers, "content-type": "application/json" },
      body: `${String(answer.body).slice(0, -1) || "{"}`,
    }),
  },
  "error-500": {
    says: "500 Internal server error",
    instead: ({ clock }, { path }) => errorAnswer(path, 500, "Internal server error", clock.now()),
  },
  unavailable: {
    says: "503's text, Service temporarily unavailable, with status 200",
    instead: () => ({
      status: 200,
      headers: { "content-type": "text/plain" },
      body: "Service temporarily unavailable",
    }),
  },
  cloudflare: { says: "Cloudflare's page Just a moment..., 403, instead of JSON", instead: cloudflare },
  clock: {
    says: "for this call the sandbox's clock is so far ahead, or behind with a minus",
    value: { unit: "s", default: 900, min: -100_000_000, max: 100_000_000 },
    around: ({ clock }, _exchange, seconds, next) => {
      clock.advance(seconds * 1000);
      try {
        // Whatever looks at the clock does so before anything is waited for.
        return next();
      } finally {
        clock.advance(-seconds * 1000);
      }
    },
  },
  "token-revoked": { says: "401, as if the token were revoked", instead: tokenRevoked },
  "permission-removed": {
    says: "as if the key had lost every permission",
    around: (_context, exchange, _value, next) => {
      exchange.hasNoPermission = true;
      return next();
    },
  },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as KindName[];
export const kindOf = (name: KindName): Kind => kinds[name];

function sendHalf(response: ServerResponse, { status, headers, body }: Answer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, "content-length": String(bytes.byteLength || 1) });
  response.flushHeaders();
  response.write(bytes.subarray(0, Math.floor(bytes.byteLength / 2)));
}

async function trickle(response: ServerResponse, { status, headers, body }: Answer, milliseconds: number) {
  const bytes = Buffer.from(body);
  const size = Math.max(1, Math.ceil(bytes.byteLength / 20));
  response.writeHead(status, { ...headers, "content-length": String(bytes.byteLength) });
  response.flushHeaders();
  for (let sent = 0; sent < bytes.byteLength && !response.destroyed; sent += size) {
    await sleep(milliseconds, undefined, { ref: false });
    response.write(bytes.subarray(sent, sent + size));
  }
  response.end();
}

/** What browsers see while Cloudflare makes up its mind; API clients get it instead of JSON. */
function cloudflare(): Answer {
  return {
    status: 403,
    headers: { "content-type": "text/html; charset=UTF-8", server: "cloudflare", "cf-mitigated": "challenge" },
    body: '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>',
  };
}

function tokenRevoked({ clock }: Context, { path, headers }: Exchange): Answer {
  const message = "Authentication failed";
  if (path === "/graphql") return jsonAnswer(401, { message });
  const { authorization = "" } = headers;
  const key = /oauth_consumer_key="?([^",]*)/.exec(authorization)?.[1] ?? "";
  const legacy = `The consumer_key "${key}" token combination does not exist or is not enabled.`;
  return errorAnswer(path, 401, /^Bearer/i.test(authorization) ? message : legacy, clock.now());
}
