import { randomUUID } from "node:crypto";

/** Stands in for a length that may be that of a file or a stream: every request here has a text or bytes as its body. */
export function calculateBodyLength(body: string | Uint8Array | undefined): number {
  if (body === undefined) return 0;
  return typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
}

/** Stands in for SHA-256 in software, which the SDK has for a Node without crypto. */
export const Sha256Js = undefined;

/** Stands in for ids that are made from random bytes, and bring all of Web Crypto with them. */
export const v4 = randomUUID;
export const bindV4 = () => randomUUID;

/** Stands in for where in a request a parameter goes: with the JSON protocols of our clients all go into the body. */
export const getHttpOperationBindings = () => [];
export function HttpBindingNormalizedSchema() {}

/** Stands in for the headers of events: the signer makes one when it is made, and never signs an event. */
export class HeaderFormatter {}
