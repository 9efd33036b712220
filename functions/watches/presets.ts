import type { Definition, WatchCall } from "./watch.ts";

/** What a preset decides; the rest, and whatever else somebody wants, comes with the request. */
export type Preset = Pick<Definition, "items" | "itemId" | "listed"> &
  Partial<Pick<Definition, "on" | "changeOf" | "paging">> & {
    summary: string;
    /** A path may have variables in braces. */
    call: WatchCall;
    /** Variables that only the asker knows, by their paths, each with what to say where one is missing. */
    needs?: Readonly<Record<string, string>>;
  };

/** `order_by` puts the newest first; the REST API's lists are in no promised order without it. */
const newestFirst = { order_by: "created_time;D" };
const page = { parameter: "page", size: 20 };

/**
 * The things people watch most, in both of Upwork's worlds. Where facts about an answer's shape are weak, the expression
 * takes the shapes that clients have been seen to get; with `not_null`, for an empty list is one, and `||` would pass it by.
 */
export const presets = {
  jobs: {
    summary: "Jobs that a search finds; give `query` as for GET /api/profiles/v2/search/jobs",
    call: { path: "/api/profiles/v2/search/jobs", query: {} },
    items: "jobs",
    itemId: "id",
    listed: "newest-first",
    paging: { parameter: "paging", size: 20 },
  },
  applications: {
    summary: "Applications to a job of one's own; give buyer_team__reference and job_key in `query`",
    call: { path: "/api/hr/v4/clients/applications", query: newestFirst },
    items: "not_null(data.applications, applications)",
    itemId: "reference || application_reference || id",
    listed: "newest-first",
    paging: page,
  },
  invitations: {
    summary: "Invitations and interviews of a freelancer; narrow them with status in `query`",
    call: { path: "/api/hr/v4/contractors/applications", query: { ...newestFirst, status: "invites" } },
    items: "not_null(data.applications, applications)",
    itemId: "reference || application_reference || id",
    listed: "newest-first",
    paging: page,
  },
  offers: {
    summary: "New offers to a freelancer; others with status in `query`",
    call: { path: "/api/offers/v1/contractors/offers", query: newestFirst },
    items: "not_null(offers.offer, offers, offer)",
    itemId: "rid || reference || key",
    listed: "newest-first",
    on: "changed",
    changeOf: "status || last_event_state",
    paging: page,
  },
  messages: {
    summary: "Rooms with a new message; `fill.company` is a company's id",
    call: { path: "/api/messages/v3/{company}/rooms", query: {} },
    items: "rooms",
    itemId: "roomId || id",
    listed: "newest-first",
    on: "changed",
    changeOf: "recentTimestamp || latestStory",
    paging: { parameter: "paging", size: 20 },
  },
  contracts: {
    summary: "Contracts, and when their status changes",
    call: { path: "/api/hr/v2/engagements", query: newestFirst },
    items: "not_null(engagements.engagement, engagement, engagements)",
    itemId: "reference",
    listed: "newest-first",
    on: "changed",
    changeOf: "[status, engagement_end_date]",
    paging: page,
  },
  "graphql-jobs": {
    summary: "Jobs that a search finds; give marketPlaceJobFilter in `variables.filter`",
    call: {
      graphql: `query ($filter: MarketplaceJobPostingsSearchFilter, $sort: [MarketplaceJobPostingSearchSortAttribute]) {
  marketplaceJobPostingsSearch(marketPlaceJobFilter: $filter, searchType: USER_JOBS_SEARCH, sortAttributes: $sort) {
    edges { node {
      id ciphertext title description duration engagement experienceLevel category subcategory
      amount { rawValue currency displayValue } hourlyBudgetMin { rawValue } hourlyBudgetMax { rawValue }
      totalApplicants createdDateTime publishedDateTime skills { name prettyName }
      client { totalHires totalPostedJobs totalReviews totalFeedback verificationStatus location { country city } }
    } }
    pageInfo { endCursor hasNextPage }
  }
}`,
      variables: { filter: { pagination_eq: { after: "0", first: 20 } }, sort: [{ field: "RECENCY" }] },
    },
    items: "data.marketplaceJobPostingsSearch.edges[].node",
    itemId: "id",
    listed: "newest-first",
    paging: {
      variable: "filter.pagination_eq.after",
      cursor: "data.marketplaceJobPostingsSearch.pageInfo | hasNextPage && endCursor",
    },
  },
  "graphql-applications": {
    summary: "Proposals of a freelancer, and what becomes of them",
    call: {
      graphql: `query ($filter: VendorProposalFilter!, $sort: VendorProposalSortAttribute!, $pagination: Pagination!) {
  vendorProposals(filter: $filter, sortAttribute: $sort, pagination: $pagination) {
    edges { node {
      id status { status } proposalCoverLetter auditDetails { createdDateTime { rawValue displayValue } }
      marketplaceJobPosting { id content { title } }
    } }
    pageInfo { endCursor hasNextPage }
  }
}`,
      variables: {
        filter: { status_eq: "Activated" },
        sort: { field: "CREATEDDATETIME", sortOrder: "DESC" },
        pagination: { first: 20 },
      },
    },
    items: "data.vendorProposals.edges[].node",
    itemId: "id",
    listed: "newest-first",
    on: "changed",
    changeOf: "status.status",
    paging: {
      variable: "pagination.after",
      cursor: "data.vendorProposals.pageInfo | hasNextPage && endCursor",
    },
  },
  "graphql-offers": {
    summary:
      "Offers to an organisation, and what becomes of them; `variables.filter.id` is its id. With searchAttribute ClientOrg those it made",
    call: {
      // Of attachments and milestones nothing is asked for, and without them the answer comes sooner, says Upwork.
      graphql: `query ($filter: SearchOffersInput!) {
  offersByAttribute(filter: $filter) {
    offers {
      id title type state messageToContractor client { id name } freelancer { fullName }
      offerTerms {
        expectedStartDate expectedEndDate
        fixedPriceTerm { budget { rawValue currency } } hourlyTerms { rate { rawValue currency } weeklyHoursLimit }
      }
    }
  }
}`,
      variables: {
        filter: {
          searchAttribute: "VendorOrg",
          limit: 20,
          page: 1,
          ascendingOrder: false,
          includeAttachments: false,
          includeMilestones: false,
        },
      },
    },
    needs: {
      "filter.id": "the organisation's id, which { companySelector { items { title organizationId } } } lists",
    },
    items: "data.offersByAttribute.not_null(offers, `[]`)",
    itemId: "id",
    listed: "newest-first",
    on: "changed",
    changeOf: "state",
    paging: { variable: "filter.page", size: 20 },
  },
  "graphql-messages": {
    summary: "Rooms with a new message",
    call: {
      graphql: `query ($filter: RoomFilter, $pagination: Pagination) {
  roomList(filter: $filter, pagination: $pagination, sortOrder: DESC) {
    edges { node { id roomName topic roomType numUnread contractId latestStory { id message createdDateTime user { name } } } }
  }
}`,
      variables: { filter: { includeHidden_eq: true }, pagination: { first: 20 } },
    },
    items: "data.roomList.edges[].node",
    itemId: "id",
    listed: "newest-first",
    on: "changed",
    changeOf: "latestStory.id",
  },
  "graphql-contracts": {
    summary: "Contracts by their ids (`variables.ids`), and when their status changes",
    call: {
      graphql: `query ($ids: [ID!]!) {
  contractList(ids: $ids) { contracts { id title status kind startDate endDate freelancer { name } clientOrganization { name } } }
}`,
      variables: {},
    },
    needs: { ids: "a list of at most ten contracts' ids" },
    items: "data.contractList.contracts",
    itemId: "id",
    listed: "oldest-first",
    on: "changed",
    changeOf: "[status, endDate]",
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]];
