import { sendUpstream } from "../platform/upstream.ts";
import type { Account, Tenant } from "./account.ts";
import { TokenStepError } from "./token-step.ts";
import { member, parseJson, textMember } from "./unknown-json.ts";
import type { Oauth2Provider } from "./upstream-oauth2.ts";

const userQuery = "user { id nid rid }";
const tenantsQuery = "companySelector { items { title organizationId } }";

/**
 * Asks whose access token this is, and which organisations it can act for. What the key lacks the permission to read
 * stays empty: tokens that work are not thrown away over a name.
 *
 * @throws TokenStepError, UpstreamError, or what `spend` throws
 */
export async function getAccountAndTenants(
  provider: Oauth2Provider,
  accessToken: string,
): Promise<{ account: Account; tenants: Tenant[] }> {
  const both = await query(provider, accessToken, `query { ${userQuery} ${tenantsQuery} }`);
  // Upwork aborts the whole document over one field that the key may not read; each half may still be allowed.
  const [user, tenants] =
    member(both, "user") == null && member(both, "companySelector") == null
      ? [
          await query(provider, accessToken, `query { ${userQuery} }`),
          await query(provider, accessToken, `query { ${tenantsQuery} }`),
        ]
      : [both, both];
  return { account: readAccount(member(user, "user")), tenants: readTenants(member(tenants, "companySelector")) };
}

function readAccount(user: unknown): Account {
  const reference = textMember(user, "rid") || textMember(user, "id");
  return { reference, name: textMember(user, "nid") || reference, profileUrl: "" };
}

function readTenants(selector: unknown): Tenant[] {
  const items = member(selector, "items");
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    const id = textMember(item, "organizationId");
    return tenantIdPattern.test(id) ? [{ id, name: textMember(item, "title") || id }] : [];
  });
}

/** An organisation's id travels in a header. */
const tenantIdPattern = /^[\x21-\x7e]{1,100}$/;

/** The `data` of one query, `undefined` where there is none. */
async function query(provider: Oauth2Provider, accessToken: string, document: string): Promise<unknown> {
  const { status, body } = await provider.spend(() =>
    sendUpstream({
      method: "POST",
      url: new URL("/graphql", provider.graphqlOrigin),
      headers: {
        authorization: `Bearer ${accessToken}`,
        "content-type": "application/json",
        accept: "application/json",
        "accept-encoding": "identity",
        "user-agent": "upwork-gateway",
      },
      body: Buffer.from(JSON.stringify({ query: document })),
      timeoutMs: provider.timeoutMs,
    }),
  );
  const answer = parseJson(Buffer.from(body).toString("utf8"));
  if (status !== 200) throw new TokenStepError("account", status, "it is an error");
  if (answer === undefined) throw new TokenStepError("account", status, "it is not JSON");
  return member(answer, "data") ?? undefined;
}
