import type { IncomingHttpHeaders, ServerResponse } from "node:http";

/** One request as it came over the wire, read once and whole, and what the layers found out about it. */
export type Exchange = {
  method: string;
  /** The request target's path, still percent-encoded. */
  path: string;
  /** The request target's query without the question mark, still percent-encoded. */
  query: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  remoteAddress: string;
  /** By the sandbox's clock, in milliseconds. */
  receivedAt: number;
  /** What a layer found out; the call log shows it. */
  note: Note;
  /** Set by a fault that takes the key's permissions away for this call. */
  hasNoPermission?: boolean;
};

export type Note = {
  consumerKey?: string;
  userId?: string;
  /** The row of the endpoint table that answered, such as `GET /api/hr/v2/jobs/{key}`. */
  endpoint?: string;
  /** Why the call ended as it did, in a few words: `ok`, `bad signature`, `limited`, `fault: hang` ... */
  verdict?: string;
  /** For a person who wants to know more. */
  explanation?: string;
};

export type Answer = {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
  /** Sends the answer in another way than whole and at once: a fault that hangs, resets or trickles. */
  deliver?: (response: ServerResponse, answer: Answer) => void | Promise<void>;
};

/** Answers an exchange, or leaves it to the layers below by calling `next`; may change what they answered. */
export type Layer = (exchange: Exchange, next: () => Answer | Promise<Answer>) => Answer | Promise<Answer>;

/** Layers as one: the first is asked first; whoever comes last has nobody below it. */
export function stack(layers: readonly Layer[], bottom: (exchange: Exchange) => Answer) {
  const run = (index: number, exchange: Exchange): Answer | Promise<Answer> => {
    const layer = layers[index];
    return layer === undefined ? bottom(exchange) : layer(exchange, () => run(index + 1, exchange));
  };
  return (exchange: Exchange) => run(0, exchange);
}
