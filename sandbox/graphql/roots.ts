import { catalogue, idOf, reasons, regions, topics } from "../world/catalogue.ts";
import { addStory } from "../world/messages.ts";
import { authorizationFailed, badInput, UpworkGraphQLError } from "./graphql-error.ts";
import { contractView, isPartyTo, proposalStatus, proposalView } from "./hiring-views.ts";
import { type JobFilter, type JobSort, searchJobs } from "./job-search.ts";
import { postingView, searchResult, skillView } from "./job-views.ts";
import { lastActivity, roomsOf, roomView, type StoryFilter, storyConnection, storyView } from "./message-views.ts";
import { type OffersAsked, offersPage, offerView } from "./offers.ts";
import { currentUser, organisationView, selectorItem } from "./people-views.ts";
import { connection, type Pagination } from "./scalars.ts";
import { tenantsOf } from "./tenants.ts";
import { type TimeReportFilter, timeReports } from "./time-reports.ts";
import type { Viewer } from "./viewer.ts";

/** Searches end here, as those of REST do; the total stays true. */
const maxResults = 5_000;
const maxPage = 100;

type JobsAsked = {
  marketPlaceJobFilter?: JobFilter | null;
  sortAttributes?: readonly (JobSort | null)[] | null;
};
type ProposalsAsked = {
  filter: {
    status_eq: string;
    freelancerId_eq?: string | null;
    organizationId_eq?: string | null;
    jobPostingIds_any?: readonly string[] | null;
  };
  sortAttribute: { sortOrder: "ASC" | "DESC" };
  pagination: Pagination;
};
type RoomsAsked = {
  filter?: { roomType_eq?: string | null; activeSince_eq?: string | null; includeHidden_eq?: boolean | null } | null;
  pagination?: Pagination | null;
  sortOrder?: "ASC" | "DESC" | null;
};

/** Every query and mutation, each a function of its arguments (which the schema has checked) and of who asks. */
export const roots = {
  user: (_: unknown, { user }: Viewer) => currentUser(user),
  organization: (_: unknown, { tenant }: Viewer) => organisationView(tenant),
  companySelector: (_: unknown, { world, user }: Viewer) => ({ items: tenantsOf(world, user).map(selectorItem) }),

  marketplaceJobPostingsSearch({ marketPlaceJobFilter, sortAttributes }: JobsAsked, viewer: Viewer) {
    const filter = marketPlaceJobFilter ?? {};
    const found = searchJobs(
      viewer,
      filter,
      (sortAttributes ?? []).filter((sort) => sort !== null),
    );
    const asked = viewer.switches.searchIgnoresPaging ? { first: 10 } : (filter.pagination_eq ?? { first: 10 });
    const page = { ...asked, first: Math.min(asked.first, maxPage) };
    const reachable = found.slice(0, maxResults);
    return { ...connection(reachable, page, (job) => searchResult(viewer, job)), totalCount: found.length };
  },

  marketplaceJobPosting({ id }: { id: string }, { world }: Viewer) {
    // Numbers only: the ciphertext of a job's URL is what callers take for its id again and again.
    const job = /^\d+$/.test(id) ? world.jobs.get(id) : undefined;
    if (job === undefined) throw new UpworkGraphQLError(`Opening not found for uid='${id}'`);
    return postingView(world, job);
  },

  contractList({ ids: asked }: { ids?: readonly string[] | null }, { world, tenant }: Viewer) {
    const ids = asked ?? [];
    if (ids.length > 10) throw badInput("CL-1");
    const found = ids.map((id) => world.hiring.contracts.get(id)).filter((contract) => contract !== undefined);
    const own = found.filter((contract) => isPartyTo(tenant, contract));
    if (found.length > 0 && own.length === 0) throw authorizationFailed();
    return { contracts: own.map((contract) => contractView(world, contract)) };
  },

  contractDetails({ id }: { id: string }, { world, tenant }: Viewer) {
    const contract = world.hiring.contracts.get(id);
    if (contract === undefined) throw new UpworkGraphQLError(`Contract not found for id='${id}'`);
    if (!isPartyTo(tenant, contract)) throw authorizationFailed();
    return contractView(world, contract);
  },

  offer({ id }: { id: string }, { world, tenant }: Viewer) {
    const offer = world.hiring.offers.get(id);
    if (offer === undefined) throw new UpworkGraphQLError(`Offer not found for id='${id}'`);
    if (!isPartyTo(tenant, offer)) throw authorizationFailed();
    return offerView(world, offer);
  },

  offersByAttribute({ filter }: { filter: OffersAsked }, viewer: Viewer) {
    const shown = offersPage(viewer, filter);
    return { offers: shown.map((offer) => offerView(viewer.world, offer, filter.includeMilestones !== false)) };
  },

  /** Of the freelancer one acts as; a client has none, and gets an empty list rather than an error. */
  vendorProposals({ filter, sortAttribute, pagination }: ProposalsAsked, viewer: Viewer) {
    const { world, tenant, switches } = viewer;
    if (switches.smallProposalPages && pagination.first > 40) throw badInput("VJCA-6");
    const jobs = filter.jobPostingIds_any?.map((id) => world.jobs.get(id)?.reference ?? id);
    const found = world.hiring.applications.rows.filter(
      ({ freelancerReference, jobReference, status }) =>
        tenant.kind === "individual" &&
        freelancerReference === tenant.reference &&
        proposalStatus[status] === filter.status_eq &&
        (jobs?.includes(jobReference) ?? true) &&
        (filter.organizationId_eq ?? tenant.id) === tenant.id,
    );
    const order = sortAttribute.sortOrder === "ASC" ? 1 : -1;
    const sorted = found.toSorted((a, b) => (a.createdAt - b.createdAt) * order);
    return connection(sorted, pagination, (application) => proposalView(world, application));
  },

  roomList({ filter, pagination, sortOrder }: RoomsAsked, viewer: Viewer) {
    const { world, switches, now } = viewer;
    const since = Date.parse(filter?.activeSince_eq ?? "");
    // Some rooms stay away until one asks for hidden ones: which, nobody knows; here those nobody wrote in of late.
    const isHidingQuiet = switches.roomListHidesQuiet && filter?.includeHidden_eq !== true;
    const found = roomsOf(viewer)
      .map((room) => ({ room, at: lastActivity(world, room) }))
      .filter(({ room, at }) => {
        const fits = (filter?.roomType_eq ?? room.type) === room.type && !(at < since);
        return fits && !(isHidingQuiet && at < now - 30 * 86_400_000);
      });
    const order = sortOrder === "ASC" ? 1 : -1;
    const sorted = found.toSorted((a, b) => (a.at - b.at) * order);
    return connection(sorted, pagination ?? { first: 20 }, ({ room }) => roomView(world, room));
  },
  room: ({ id }: { id: string }, viewer: Viewer) => roomView(viewer.world, visibleRoom(viewer, id)),
  roomStories({ filter }: { filter?: { roomId_eq: string; storyFilter?: StoryFilter | null } | null }, viewer: Viewer) {
    if (!filter) throw badInput("RS-1");
    return storyConnection(viewer.world, visibleRoom(viewer, filter.roomId_eq), filter.storyFilter ?? {});
  },
  createRoomStoryV2({ input }: { input: { roomId?: string | null; message?: string | null } }, viewer: Viewer) {
    const { world, user, now } = viewer;
    const room = visibleRoom(viewer, input.roomId ?? "");
    if (!input.message?.trim()) throw badInput("RSC-1");
    if (room.isReadOnly) throw authorizationFailed();
    return storyView(world, room, addStory(world.messages, room, user.reference, input.message, now));
  },

  ontologyCategories: () =>
    Object.entries(catalogue).map(([category, groups]) => ({
      ...ontologyView(category),
      subcategories: Object.keys(groups).map((topic) => ({ ...ontologyView(topic), services: [] })),
      services: [],
    })),
  ontologySkills: ({ limit, offset }: { limit: number; offset?: number | null }) =>
    skillNames.slice(offset ?? 0, (offset ?? 0) + Math.max(0, limit)).map(skillView),
  regions: () => regions.map((name) => ({ id: idOf(name), name, parentRegion: null })),
  reasons: ({ reasonType }: { reasonType: ReasonType }) => reasonsFor(reasonType),

  timeReport({ filter }: { filter?: TimeReportFilter | null }, viewer: Viewer) {
    if (!filter) throw badInput("TR-1");
    const tenant = tenantsOf(viewer.world, viewer.user).find(({ id }) => id === filter.organizationId_eq);
    if (tenant === undefined) throw authorizationFailed();
    return timeReports(viewer, tenant, filter);
  },
};

/** Which of REST's lists a type of reason has is a guess. */
const reasonLists = {
  PROPOSAL_DECLINE: "RejectCandidate",
  PROPOSAL_WITHDRAW: "CancelCandidacy",
  PROPOSAL_REJECT: "RejectCandidate",
  OFFER_DECLINE: "RejectInterviewInvite",
  INVITATION_WITHDRAW: "RejectInterviewInvite",
  JOB_POSTING_CLOSE: "CloseOpening",
  CONTRACT_END_HOURLY: "EndCustomerContract",
  CONTRACT_END_FIXED: "EndCustomerContract",
  CONTRACT_FEEDBACK_NOT_STARTED_CLIENT: "EmployerEndsNoStartContract",
  CONTRACT_FEEDBACK_STARTED_CLIENT: "EndCustomerContract",
  CONTRACT_FEEDBACK_NOT_STARTED_FREELANCER: "EndProviderContract",
  CONTRACT_FEEDBACK_STARTED_FREELANCER: "EndProviderContract",
  END_PROVIDER_CONTRACT: "EndProviderContract",
  END_CUSTOMER_CONTRACT: "EndCustomerContract",
  DEACTIVATION_ACCOUNT: "CancelCandidacy",
} as const satisfies Record<string, keyof typeof reasons>;
type ReasonType = keyof typeof reasonLists;

const reasonsFor = (type: ReasonType) =>
  reasons[reasonLists[type]].map(([id, reason, alias]) => ({ id, reason, alias }));

const skillNames = [...new Set(topics.flatMap(([, , names]) => names))].toSorted();

const ontologyView = (name: string) => ({
  id: idOf(name),
  preferredLabel: name,
  altLabel: [],
  slug: name.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
  ontologyId: `upworkOntology:${idOf(name)}`,
});

function visibleRoom(viewer: Viewer, id: string) {
  const room = viewer.world.messages.rooms.get(id);
  if (room === undefined) throw new UpworkGraphQLError(`Room not found for id='${id}'`);
  if (!roomsOf(viewer).includes(room)) throw authorizationFailed();
  return room;
}
