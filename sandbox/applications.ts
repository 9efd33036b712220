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
