import type { Application } from "./tokens.ts";

/**
 * The key every sandbox knows, so that a gateway on the same machine works at once. It opens nothing but a sandbox:
 * these are not credentials.
 */
export const demoApplication = {
  consumerKey: "demo0000000000000000000000000001",
  consumerSecret: "demo-secret-0001",
  type: "web",
} as const satisfies Application;
