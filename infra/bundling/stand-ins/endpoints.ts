/** Domains of the regions whose names begin so; all others are below `amazonaws.com`. */
const domains: readonly (readonly [regions: string, domain: string])[] = [
  ["cn-", "amazonaws.com.cn"],
  ["eusc-", "amazonaws.eu"],
  ["us-iso-", "c2s.ic.gov"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["us-isof-", "csp.hci.ic.gov"],
  ["eu-isoe-", "cloud.adc-e.uk"],
];

type EndpointParameters = { Region?: string; Endpoint?: string | undefined; UseFIPS?: boolean; UseDualStack?: boolean };

/**
 * Stands in for a client's rules for endpoints, which know every partition of AWS in 20 KB: the region's address of a
 * service, or the one that `AWS_ENDPOINT_URL` or its like names.
 *
 * @throws Error where FIPS or dual-stack addresses are asked for, rather than call another address than was asked for
 */
export function endpointsOf(service: string) {
  return ({ Region = "", Endpoint, UseFIPS, UseDualStack }: EndpointParameters) => {
    if (UseFIPS || UseDualStack) {
      throw new Error(
        "The gateway's bundles know no FIPS and no dual-stack addresses; unset AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT.",
      );
    }
    const domain = domains.find(([regions]) => Region.startsWith(regions))?.[1] ?? "amazonaws.com";
    return { url: new URL(Endpoint ?? `https://${service}.${Region}.${domain}`), properties: {}, headers: {} };
  };
}

/** The address that the environment names for a service, such as `AWS_ENDPOINT_URL_SECRETS_MANAGER`, or for all. */
export async function getEndpointFromConfig(serviceId: string): Promise<string | undefined> {
  // Variable by variable: to copy the environment takes as long as all else that the SDK does for a call.
  const { env } = process;
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === "true") return undefined;
  const named = env[`AWS_ENDPOINT_URL_${serviceId.replaceAll(" ", "_").toUpperCase()}`];
  return named || env.AWS_ENDPOINT_URL || undefined;
}

type Setting<Value> = () => Promise<Value>;
type ClientConfig = {
  serviceId: string;
  endpointProvider: ReturnType<typeof endpointsOf>;
  region: Setting<string>;
  useFipsEndpoint: Setting<boolean>;
  useDualstackEndpoint: Setting<boolean>;
};

/** Stands in for filling a service's rules with values from a client and from a call's parameters: ours need no call's. */
export async function resolveParams(_input: unknown, _instructions: unknown, config: ClientConfig) {
  return {
    Region: await config.region(),
    UseFIPS: await config.useFipsEndpoint(),
    UseDualStack: await config.useDualstackEndpoint(),
  };
}

export function bindGetEndpointFromInstructions(configured: typeof getEndpointFromConfig) {
  return async (input: unknown, instructions: unknown, config: ClientConfig) => {
    const Endpoint = await configured(config.serviceId);
    return config.endpointProvider({ ...(await resolveParams(input, instructions, config)), Endpoint });
  };
}

/** What those rules may ask, and the prefix that only a replaced list of partitions has. */
export const awsEndpointFunctions = {};
export const getUserAgentPrefix = () => "";

// Named by an index of the SDK, called by nobody.
export const partition = undefined;
export const setPartitionInfo = undefined;
export const useDefaultPartitionInfo = undefined;
