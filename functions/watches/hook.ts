import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import * as z from "zod/mini";
import { connectionNamePattern } from "../platform/connection-name.ts";
import { described } from "../platform/described.ts";
import { deleteItem, getItem, putItem, queryItems, type StateTable } from "../platform/state-table.ts";
import { callSchema, pathSchema } from "./watch.ts";

const values = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

/** What a hook does: one stored call, which may change things if its client may, or a run of a watch. */
export const actionSchema = z.union([
  z.strictObject({ watch: z.string().check(z.regex(/^wat_[0-9a-f]{20}$/)) }),
  z.strictObject({
    method: z._default(z.enum(["GET", "POST", "PUT", "DELETE"]), "GET"),
    path: pathSchema(),
    query: z._default(values, {}),
    json: described(z.optional(z.unknown()), "A JSON body."),
    form: described(z.optional(values), "A form body."),
  }),
  callSchema.def.options[1],
]);

/** Somebody else's webhook, and what it sets off here. */
export const hookDefinitionSchema = z.strictObject({
  name: z.string().check(z.minLength(1), z.maxLength(100)),
  client: described(z.string().check(z.minLength(1), z.maxLength(64)), "Id of the client whose call it is."),
  connection: z.optional(z.string().check(z.regex(connectionNamePattern))),
  action: actionSchema,
  auth: described(
    z._default(z.enum(["signature", "path"]), "signature"),
    "signature: the sender signs as Standard Webhooks has it. path: the address itself is the secret.",
  ),
});

export type Action = z.infer<typeof actionSchema>;
export type Hook = z.infer<typeof hookDefinitionSchema> & {
  id: string;
  /** SHA-256 of the secret part of its address, where that is what it is known by. */
  tokenHash?: string | undefined;
  createdAt: number;
};

const itemSchema = z.object({
  sk: z.string(),
  /** As a text of JSON, for its call's body may hold what DynamoDB's values cannot; older items are no text. */
  definition: z.unknown(),
  tokenHash: z.optional(z.string()),
  createdAt: z.number(),
});

const partition = "HOOK";

export type HookStore = {
  list(): Promise<Hook[]>;
  find(id: string): Promise<Hook | undefined>;
  create(hook: Hook): Promise<void>;
  remove(id: string): Promise<void>;
};

/** Keeps hooks in the State table. */
export function createHookStore(table: StateTable): HookStore {
  const read = (item: Record<string, unknown>): Hook => {
    const { sk, definition, ...rest } = itemSchema.parse(item);
    return {
      id: sk,
      ...hookDefinitionSchema.parse(typeof definition === "string" ? JSON.parse(definition) : definition),
      ...rest,
    };
  };
  return {
    async list() {
      return (await queryItems(table, partition)).map(read);
    },
    async find(id) {
      const item = await getItem(table, { pk: partition, sk: id });
      return item === undefined ? undefined : read(item);
    },
    async create({ id, tokenHash, createdAt, ...definition }) {
      const text = JSON.stringify(definition);
      await putItem(table, { pk: partition, sk: id, definition: text, tokenHash, createdAt });
    },
    async remove(id) {
      await deleteItem(table, { pk: partition, sk: id });
    },
  };
}

/** A new address that is a secret, and what is kept of it. */
export function createPathToken(): { token: string; tokenHash: string } {
  const token = randomBytes(32).toString("base64url");
  return { token, tokenHash: hashToken(token) };
}

/** The last part of a hook's address: its id, and the secret part where it has one. */
export function readAddress(segment: string): { id: string; token: string | undefined } | undefined {
  const match = /^(hook_[0-9a-f]{20})(?:\.([A-Za-z0-9_-]{43}))?$/.exec(segment);
  return match === null ? undefined : { id: match[1] ?? "", token: match[2] };
}

/** Compares in the same time whatever the token is. */
export function isToken(hook: Hook, token: string | undefined): boolean {
  const [known, given] = [hook.tokenHash ?? "", token === undefined ? "" : hashToken(token)].map((text) =>
    Buffer.from(text.padEnd(64)),
  );
  return known !== undefined && given !== undefined && hook.tokenHash !== undefined && timingSafeEqual(known, given);
}

const hashToken = (token: string) => createHash("sha256").update(token).digest("hex");
