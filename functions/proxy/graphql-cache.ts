import { stripIgnoredCharacters } from "graphql";
import { parseJson } from "../oauth/unknown-json.ts";
import type { Answer } from "./answer.ts";
import { type CacheRule, graphqlCacheRules } from "./cache-rules.ts";
import { isExactObject } from "./exact-json.ts";
import type { GraphqlDocument } from "./graphql-document.ts";

/** How long an answer to a document may be kept: as long as each of its root fields may; `undefined` for not at all. */
export function cacheRuleOf({ kind, fields }: Pick<GraphqlDocument, "kind" | "fields">): CacheRule | undefined {
  if (kind !== "query") return undefined;
  // The type's own name is always the same.
  const asked = fields.filter((field) => field !== "__typename");
  const rules = asked.map((field) => (Object.hasOwn(graphqlCacheRules, field) ? graphqlCacheRules[field] : undefined));
  const [first, ...others] = rules;
  return others.reduce((shortest, rule) => shortest && rule && shorterOf(shortest, rule), first);
}

function shorterOf(one: CacheRule, other: CacheRule): CacheRule {
  return {
    ttlSeconds: Math.min(one.ttlSeconds, other.ttlSeconds),
    staleSeconds: Math.min(one.staleSeconds, other.staleSeconds),
  };
}

/**
 * What a request asks: the same text for requests that differ only in layout, comments or the order of members. Of the
 * document the characters that GraphQL ignores are left out.
 */
export function askedBy({ query, operationName, variables }: GraphqlDocument): string {
  return JSON.stringify([stripIgnoredCharacters(query), operationName ?? "", variables ?? {}], inOrder);
}

function inOrder(_name: string, value: unknown): unknown {
  if (!isExactObject(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether an answer is all that was asked for: data, and no errors beside it. */
export function isWhole({ body }: Answer): boolean {
  const answer = parseJson(Buffer.from(body).toString("utf8"));
  if (typeof answer !== "object" || answer === null || "errors" in answer || !("data" in answer)) return false;
  return typeof answer.data === "object" && answer.data !== null;
}
