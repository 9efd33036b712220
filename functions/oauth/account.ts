/** Who an access token belongs to. */
export type Account = {
  /** Upwork's numeric id of the user, the same in both generations of the API; empty where Upwork did not say. */
  reference: string;
  name: string;
  profileUrl: string;
};

/** An organisation that calls can be made for: a freelancer's own, an agency's, a client's. */
export type Tenant = { id: string; name: string };

/** A member of a JSON value that nothing is known of. */
export function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** A member that should be text; empty where it is absent or something else. Upwork's ids are text or numbers. */
export function textMember(value: unknown, name: string): string {
  const found = member(value, name);
  return typeof found === "string" || typeof found === "number" ? String(found) : "";
}
