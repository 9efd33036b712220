import type { OAuth2Application } from "./oauth2/tokens.ts";
import type { PermissionName } from "./permissions.ts";

/** An application's key, as Upwork's API Center hands it out. */
export type Application = {
  consumerKey: string;
  consumerSecret: string;
  /** Web keys send the browser back to a callback; desktop keys print the verifier. */
  type: "web" | "desktop";
  callbackUrl?: string;
  /** What the key may do; everything, where absent. Upwork fixes it when the key is made, not when a user consents. */
  permissions?: readonly PermissionName[];
};

/**
 * The key every sandbox knows, so that a gateway on the same machine works at once. It opens nothing but a sandbox:
 * these are not credentials.
 */
export const demoApplication = {
  consumerKey: "demo0000000000000000000000000001",
  consumerSecret: "demo-secret-0001",
  type: "web",
} as const satisfies Application;

/** The same for OAuth 2.0: a local gateway on any port may be called back. */
export const demoOAuth2Application = {
  clientId: "demo0000000000000000000000000002",
  clientSecret: "demo-secret-0002",
  ownerId: "ada",
  redirectUris: ["http://localhost/oauth/callback", "http://127.0.0.1/oauth/callback"],
  grants: ["authorization_code"],
} as const satisfies OAuth2Application;

/** A key that acts for its owner without asking anybody: the client-credentials grant. */
export const demoServiceApplication = {
  clientId: "demo0000000000000000000000000003",
  clientSecret: "demo-secret-0003",
  ownerId: "ada",
  redirectUris: [],
  grants: ["client_credentials"],
} as const satisfies OAuth2Application;
