import type { RequestOf } from "./secret-requests.ts";
import { type Secret, SecretsManagerError, type Vault } from "./secret-vault.ts";

type Filter = NonNullable<RequestOf<"ListSecrets">["Filters"]>[number];

/** What each filter looks at. Filters match prefixes; only descriptions are compared without regard to case. */
const attributes: Record<Filter["Key"], (secret: Secret) => string[]> = {
  name: ({ name }) => [name],
  description: ({ description }) => [(description ?? "").toLowerCase()],
  "tag-key": ({ tags }) => Object.keys(tags),
  "tag-value": ({ tags }) => Object.values(tags),
};

/**
 * One page of the secrets that match, by creation date. A page goes on after the last secret of the one before, so
 * secrets that come or go between two pages shift nothing.
 *
 * @throws SecretsManagerError `InvalidNextTokenException` for a token that no page has given
 */
export function listSecrets(vault: Vault, request: RequestOf<"ListSecrets">): { page: Secret[]; next?: string } {
  const sign = request.SortOrder === "desc" ? -1 : 1;
  const found = [...vault.values()]
    .filter(({ deletesAt }) => deletesAt === undefined || request.IncludePlannedDeletion === true)
    .filter((secret) => (request.Filters ?? []).every((filter) => matches(filter, secret)))
    .toSorted((a, b) => sign * compare(positionOf(a), positionOf(b)));
  const after = request.NextToken === undefined ? undefined : readToken(request.NextToken);
  const rest = after === undefined ? found : found.filter((secret) => sign * compare(positionOf(secret), after) > 0);
  const page = rest.slice(0, request.MaxResults ?? 100);
  const last = page.at(-1);
  return { page, ...(last && page.length < rest.length ? { next: writeToken(positionOf(last)) } : {}) };
}

/** Any of a filter's values is enough; a `!` in front of the first makes the filter mean the opposite. */
function matches({ Key, Values }: Filter, secret: Secret): boolean {
  const isNegated = Values[0]?.startsWith("!") === true;
  const prefixes = Values.map((value) => value.replace(/^!/, "")).map((value) =>
    Key === "description" ? value.toLowerCase() : value,
  );
  const candidates = attributes[Key](secret);
  return isNegated !== candidates.some((candidate) => prefixes.some((prefix) => candidate.startsWith(prefix)));
}

type Position = readonly [createdAt: number, name: string];

const positionOf = ({ createdAt, name }: Secret): Position => [createdAt, name];

function compare([timeA, nameA]: Position, [timeB, nameB]: Position): number {
  if (timeA !== timeB) return timeA - timeB;
  return nameA === nameB ? 0 : nameA < nameB ? -1 : 1;
}

function writeToken([createdAt, name]: Position): string {
  return Buffer.from(`${createdAt} ${name}`).toString("base64url");
}

function readToken(token: string): Position {
  const match = /^(\d+) (.+)$/.exec(Buffer.from(token, "base64url").toString("utf8"));
  if (match === null) throw new SecretsManagerError("InvalidNextTokenException", "The NextToken value is invalid.");
  return [Number(match[1]), match[2] ?? ""];
}
