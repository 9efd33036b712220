/**
 * What may be answered twice, as data: by template of a path, and by root field of a GraphQL query. What is not named
 * here is never cached: messages, writes, finance, and whatever a program changes and then reads back.
 *
 * Upwork's terms allow content to be kept for 24 h, so fresh and stale time together never exceed that.
 */
export type CacheRule = {
  /** How long an answer is served as it is. */
  ttlSeconds: number;
  /** How long after that it may be served, marked, when the budget is used up or Upwork is down. */
  staleSeconds: number;
};

const minute = 60;
const hour = 3_600;
export const maxCachedSeconds = 24 * hour;

const metadata: CacheRule = { ttlSeconds: 12 * hour, staleSeconds: 12 * hour };
const search: CacheRule = { ttlSeconds: minute, staleSeconds: hour };
const profile: CacheRule = { ttlSeconds: 5 * minute, staleSeconds: hour };
const structure: CacheRule = { ttlSeconds: 5 * minute, staleSeconds: hour };

export const cacheRules: Readonly<Record<string, CacheRule>> = {
  "/api/profiles/v2/metadata/categories": metadata,
  "/api/profiles/v1/metadata/categories": metadata,
  "/api/profiles/v1/metadata/skills": metadata,
  "/api/profiles/v2/metadata/skills": metadata,
  "/api/profiles/v1/metadata/specialties": metadata,
  "/api/profiles/v1/metadata/regions": metadata,
  "/api/profiles/v1/metadata/tests": metadata,
  "/api/profiles/v1/metadata/reasons": metadata,
  "/api/profiles/v2/search/jobs": search,
  "/api/profiles/v2/search/providers": search,
  "/api/profiles/v1/jobs/{job_key}": profile,
  "/api/profiles/v1/providers/{profile_key}": profile,
  "/api/profiles/v1/providers/{profile_key}/brief": profile,
  "/api/hr/v2/companies": structure,
  "/api/hr/v2/companies/{company_reference}": structure,
  "/api/hr/v2/companies/{company_reference}/teams": structure,
  "/api/hr/v2/companies/{company_reference}/users": structure,
  "/api/hr/v2/teams": structure,
  "/api/hr/v2/teams/{team_reference}": structure,
  "/api/hr/v2/teams/{team_reference}/users": structure,
};

/** A document is kept as long as each of its root fields may be, and not at all where one of them has no rule. */
export const graphqlCacheRules: Readonly<Record<string, CacheRule>> = {
  ontologyCategories: metadata,
  ontologyElementsSearchByPrefLabel: metadata,
  ontologyEntities: metadata,
  ontologyEntitiesFiltered: metadata,
  ontologyEntity: metadata,
  ontologyEntitySearchRecords: metadata,
  ontologyOccupationsCategoriesServices: metadata,
  ontologySkills: metadata,
  countries: metadata,
  languages: metadata,
  reasons: metadata,
  regions: metadata,
  timeZones: metadata,
  freelancerProfileSearchRecords: search,
  marketplaceJobPostings: search,
  marketplaceJobPostingsSearch: search,
  publicMarketplaceJobPostingsSearch: search,
};
