/**
 * Stands in the bundles for the SDK's `@aws-sdk/middleware-endpoint-discovery`, which asks DynamoDB for other addresses
 * where somebody has switched that on, and keeps them in a cache of its own. DynamoDB answers at its region's address.
 */
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: undefined,
};

export const resolveEndpointDiscoveryConfig = <Config extends object>(config: Config): Config => config;
