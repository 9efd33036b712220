/** Domains of the regions whose names begin so; all others are below `amazonaws.com`. */
const domains: readonly (readonly [regions: string, domain: string])[] = [
  ["cn-", "amazonaws.com.cn"],
  ["eusc-", "amazonaws.eu"],
  ["us-iso-", "c2s.ic.gov"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["us-isof-", "csp.hci.ic.gov"],
  ["eu-isoe-", "cloud.adc-e.uk"],
];

type EndpointParameters = { Region?: string; Endpoint?: string; UseFIPS?: boolean; UseDualStack?: boolean };

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

/** The list of partitions, which only those rules read. */
export const partitionsInfo = { partitions: [], version: "1.1" };
