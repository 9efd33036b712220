import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: more workers only fight each other for them.
    maxWorkers: 2,
    // The SDKs' clients must never look for real credentials or a real region.
    env: {
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_EC2_METADATA_DISABLED: "true",
      POWERTOOLS_DEV: "false",
      POWERTOOLS_METRICS_DISABLED: "true",
    },
  },
});
