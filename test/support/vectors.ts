import * as z from "zod/mini";
import { signRequest } from "../../functions/oauth/signing.ts";

const pairs = z.array(z.tuple([z.string(), z.string()]));
const keyPair = z.object({ key: z.string(), secret: z.string() });
const vectorSchema = z.object({
  method: z.string(),
  url: z.string(),
  query: pairs,
  form: pairs,
  consumer: keyPair,
  token: z.nullish(keyPair),
  nonce: z.string(),
  timestamp: z.number(),
  base_string: z.string(),
  signature: z.string(),
});
export type Vector = z.infer<typeof vectorSchema>;

/** Reads signature vectors made by an independent implementation. */
export function readVectors(text: string): Vector[] {
  return z.array(vectorSchema).parse(JSON.parse(text));
}

/** Signs every vector and counts the ones whose base string and signature are equal. */
export function checkVectors(vectors: readonly Vector[]) {
  const differences: string[] = [];
  for (const [index, vector] of vectors.entries()) {
    const { baseString, signature } = signRequest({
      method: vector.method,
      url: new URL(vector.url),
      parameters: [...vector.query, ...vector.form],
      consumer: vector.consumer,
      ...(vector.token ? { token: vector.token } : {}),
      nonce: vector.nonce,
      timestamp: vector.timestamp,
    });
    if (baseString !== vector.base_string) {
      differences.push(`vector ${index}: base string\n  ours   ${baseString}\n  theirs ${vector.base_string}`);
    } else if (signature !== vector.signature) differences.push(`vector ${index}: signature`);
  }
  return { vectors: vectors.length, equal: vectors.length - differences.length, differences };
}
