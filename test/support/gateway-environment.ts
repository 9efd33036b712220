/** The variables without which no function starts, as a deployment would set them. */
export const gatewayEnvironment = {
  GATEWAY_STAGE: "dev",
  GATEWAY_KEY_KIND: "live",
  GATEWAY_PUBLIC_URL: "https://gateway.example",
  GATEWAY_BUDGET_TABLE: "budget",
  GATEWAY_STATE_TABLE: "state",
  GATEWAY_SECRET_PREFIX: "upwork-gateway/dev",
  GATEWAY_UPSTREAM: "https://www.upwork.com",
};
