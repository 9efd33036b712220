import type { HttpRequest } from "../platform/http.ts";

/** Parameters as they are stored: a value, or several of one name. */
type Values = Readonly<Record<string, string | readonly string[]>>;

/** Parameters as a query or a form. */
export function encodeValues(values: Values): string {
  const pairs = new URLSearchParams();
  for (const [name, given] of Object.entries(values)) {
    for (const value of [given].flat()) pairs.append(name, value);
  }
  return pairs.toString();
}

/** A stored call of the REST API as a request to the gateway; `headers` say how it is to be made. */
export function restRequest(
  call: { method: string; path: string; query: Values; body?: { type: string; text: string } | undefined },
  headers: Record<string, string>,
  id: string,
): HttpRequest {
  const { method, path, query, body } = call;
  return {
    id,
    method,
    // Paths arrive percent-decoded, as API Gateway hands them over.
    path: decodeURIComponent(path),
    rawQuery: encodeValues(query),
    headers: { ...headers, ...(body === undefined || body.text === "" ? {} : { "content-type": body.type }) },
    cookies: {},
    body: Buffer.from(body?.text ?? ""),
    sourceIp: "",
  };
}

/** A stored GraphQL call as a request to the gateway. */
export function graphqlRequest(
  call: { graphql: string; variables: Readonly<Record<string, unknown>>; tenant?: string | undefined },
  headers: Record<string, string>,
  id: string,
): HttpRequest {
  const { graphql, variables, tenant } = call;
  const body = { type: "application/json", text: JSON.stringify({ query: graphql, variables }) };
  const organisation = tenant === undefined ? {} : { "x-upwork-api-tenantid": tenant };
  return restRequest({ method: "POST", path: "/graphql", query: {}, body }, { ...headers, ...organisation }, id);
}
