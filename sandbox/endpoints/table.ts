import { activityEndpoints } from "./activities.ts";
import { applicationEndpoints } from "./applications.ts";
import { contractEndpoints } from "./contracts.ts";
import { diaryEndpoints } from "./diaries.ts";
import type { Endpoint } from "./endpoint.ts";
import { identityEndpoints } from "./identity.ts";
import { messageEndpoints } from "./messages.ts";
import { metadataEndpoints } from "./metadata.ts";
import { milestoneEndpoints } from "./milestones.ts";
import { offerEndpoints } from "./offers.ts";
import { olderOfferEndpoints } from "./offers-v2.ts";
import { organisationEndpoints } from "./organisation.ts";
import { postingEndpoints } from "./postings.ts";
import { profileEndpoints } from "./profiles.ts";
import { reportEndpoints } from "./reports.ts";
import { searchEndpoints } from "./searches.ts";
import { submissionEndpoints } from "./submissions.ts";

/** Every REST endpoint as a row of data, by area. */
export const endpoints: readonly Endpoint[] = [
  ...identityEndpoints,
  ...metadataEndpoints,
  ...searchEndpoints,
  ...profileEndpoints,
  ...organisationEndpoints,
  ...postingEndpoints,
  ...applicationEndpoints,
  ...offerEndpoints,
  ...olderOfferEndpoints,
  ...contractEndpoints,
  ...milestoneEndpoints,
  ...submissionEndpoints,
  ...messageEndpoints,
  ...diaryEndpoints,
  ...activityEndpoints,
  ...reportEndpoints,
];
