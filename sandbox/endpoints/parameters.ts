import type { Pair } from "../oauth1/signature.ts";

/** A call's parameters, from query, form and JSON alike; `oauth_*` are not among them. */
export type Parameters = {
  readonly pairs: readonly Pair[];
  /** The first value, or `""`: to Upwork's XML heritage absent and empty are the same. */
  get(name: string): string;
  /** Every value of `name`, `name[]`, `name[0]` ... */
  all(name: string): string[];
};

/** Parameters by name, from decoded pairs in their order. */
export function parametersOf(pairs: readonly Pair[]): Parameters {
  return {
    pairs,
    get: (name) => pairs.find(([known]) => known === name)?.[1] ?? "",
    all: (name) => pairs.filter(([known]) => known === name || known.startsWith(`${name}[`)).map(([, value]) => value),
  };
}
