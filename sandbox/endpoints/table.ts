import type { Endpoint } from "./endpoint.ts";
import { identityEndpoints } from "./identity.ts";
import { metadataEndpoints } from "./metadata.ts";
import { organisationEndpoints } from "./organisation.ts";
import { postingEndpoints } from "./postings.ts";
import { searchEndpoints } from "./searches.ts";

/** Every REST endpoint as a row of data, by area. */
export const endpoints: readonly Endpoint[] = [
  ...identityEndpoints,
  ...metadataEndpoints,
  ...searchEndpoints,
  ...organisationEndpoints,
  ...postingEndpoints,
];
