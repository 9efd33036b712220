/**
 * The part of Upwork's schema that callers use most, with the names and nullabilities that an introspection of April 2026
 * showed. `@scope` says what a key needs for a type's fields or for one field; which scope goes with which type is a guess
 * from the scopes' own descriptions.
 */
export const typeDefinitions = /* GraphQL */ `
  directive @scope(any: [String!]!) on OBJECT | FIELD_DEFINITION

  input IntRange { rangeStart: Int rangeEnd: Int }
  input DateTimeRange { rangeStart: String rangeEnd: String }
  input Pagination { after: String first: Int! }
  input SearchTerm {
    andTerms_all: [String!] orTerms_any: [String!] exactTerms_any: [String!] excludeTerms_any: [String!]
  }
  input AreaFilter { latitude: Float! longitude: Float! radius: Float! }
  input MarketplaceJobPostingsSearchFilter {
    searchExpression_eq: String
    skillExpression_eq: String
    titleExpression_eq: String
    searchTerm_eq: SearchTerm
    categoryIds_any: [ID!]
    subcategoryIds_any: [ID!]
    occupationIds_any: [ID!]
    ontologySkillIds_all: [ID!]
    jobType_eq: ContractType
    workload_eq: EngagementType
    clientHiresRange_eq: IntRange
    budgetRange_eq: IntRange
    hourlyRate_eq: IntRange
    verifiedPaymentOnly_eq: Boolean
    previousClients_eq: Boolean
    experienceLevel_eq: ExperienceLevel
    locations_any: [String!]
    timezone_eq: String
    ptcIds_any: [ID!]
    ptcOnly_eq: Boolean
    enterpriseOnly_eq: Boolean
    proposalRange_eq: IntRange
    pagination_eq: Pagination
    area_eq: AreaFilter
    preserveFacet_eq: String
    userLocationMatch_eq: Boolean
    visitorCountry_eq: String
  }
  input MarketplaceJobPostingSearchSortAttribute { field: MarketplaceJobPostingSearchSortField! }
  input VendorProposalFilter {
    status_eq: VendorProposalStatusFilterInput!
    freelancerId_eq: ID
    organizationId_eq: ID
    jobPostingIds_any: [ID!]
  }
  input VendorProposalSortAttribute { field: VendorProposalSortAttributeType! sortOrder: SortOrder! }
  input RoomFilter {
    roomType_eq: RoomTypeFilter
    activeSince_eq: String
    includeHidden_eq: Boolean
    subscribed_eq: Boolean
    unreadRoomsOnly_eq: Boolean
    includeFavorites_eq: Boolean
    includeUnreadIfActive_eq: Boolean
    objectReferenceId_eq: ID
  }
  input StoryFilter { storyCreatedDateTime_bt: DateTimeRange pagination: Pagination }
  input RoomStoryFilter { roomId_eq: ID! storyFilter: StoryFilter }
  input RoomStoryCreateInputV2 { roomId: ID message: String }
  input TimeReportFilter { organizationId_eq: ID! timeReportDate_bt: DateTimeRange! contractIds: [ID] }

  type Query {
    user: CurrentUser @scope(any: ["pub-commons:read:all", "pub-commons:write:all"])
    organization: CurrentOrganization @scope(any: ["pub-commons:read:all", "pub-commons:write:all"])
    companySelector: CompanySelector! @scope(any: ["pub-commons:read:all", "pub-commons:write:all"])
    marketplaceJobPostingsSearch(
      marketPlaceJobFilter: MarketplaceJobPostingsSearchFilter
      searchType: MarketplaceJobPostingSearchType
      sortAttributes: [MarketplaceJobPostingSearchSortAttribute]
    ): MarketplaceJobPostingSearchConnection @scope(any: ["pub-marketplace-job-postings:read:all"])
    marketplaceJobPosting(id: ID!): MarketplaceJobPosting @scope(any: ["pub-marketplace-job-postings:read:all"])
    contractList(ids: [ID!]): ContractList @scope(any: ["pub-contract:write:all"])
    contractDetails(id: ID!, date: String): ContractDetails! @scope(any: ["pub-contract:write:all"])
    vendorProposals(
      filter: VendorProposalFilter!
      sortAttribute: VendorProposalSortAttribute!
      pagination: Pagination!
    ): VendorProposalsConnection! @scope(any: ["pub-client-proposals:write:all", "pub-submit-proposal:write:all"])
    roomList(filter: RoomFilter, pagination: Pagination, sortOrder: SortOrder): RoomConnection!
      @scope(any: ["pub-messages:read:all", "pub-messages:write:all"])
    room(id: ID!): Room! @scope(any: ["pub-messages:read:all", "pub-messages:write:all"])
    roomStories(filter: RoomStoryFilter): RoomStoryConnection
      @scope(any: ["pub-messages:read:all", "pub-messages:write:all"])
    ontologyCategories: [OntologyCategory!]! @scope(any: ["pub-ontology:read:all"])
    ontologySkills(limit: Int!, offset: Int): [Skill!]! @scope(any: ["pub-ontology:read:all"])
    regions: [Region!] @scope(any: ["pub-commons:read:all", "pub-commons:write:all"])
    reasons(reasonType: ReasonType!, all: Boolean): [ReasonsMetadata!]!
      @scope(any: ["pub-commons:read:all", "pub-commons:write:all"])
    timeReport(filter: TimeReportFilter): [TimeReport!] @scope(any: ["pub-time-sheet:read:all"])
  }
  type Mutation {
    createRoomStoryV2(input: RoomStoryCreateInputV2!): RoomStory! @scope(any: ["pub-messages:write:all"])
  }

  type PageInfo { endCursor: String hasNextPage: Boolean }
  type Money @scope(any: ["pub-commons:read:all", "pub-commons:write:all"]) {
    rawValue: String! currency: String! displayValue: String!
  }
  interface User { id: ID! }
  type CurrentUser implements User @scope(any: ["pub-commons:read:all", "pub-commons:write:all"]) {
    id: ID! nid: ID! rid: ID! name: String photoUrl: String ciphertext: String email: String
  }
  type GenericUser implements User @scope(any: ["pub-commons:read:all", "pub-commons:write:all"]) {
    id: ID! nid: ID! rid: ID! name: String photoUrl: String ciphertext: String publicUrl: String
  }
  type OrganizationFlag { client: Boolean vendor: Boolean agency: Boolean individual: Boolean }
  type CurrentOrganization @scope(any: ["pub-commons:read:all", "pub-commons:write:all"]) {
    id: ID! rid: ID legacyId: ID name: String type: OrganizationType legacyType: OrganizationLegacyType
    flag: OrganizationFlag
    active: Boolean hidden: Boolean photoUrl: String creationDate: String
  }
  type GenericOrganization @scope(any: ["pub-commons:read:all", "pub-commons:write:all"]) {
    id: ID! rid: ID legacyId: ID name: String type: OrganizationType legacyType: OrganizationLegacyType
    flag: OrganizationFlag
    active: Boolean hidden: Boolean photoUrl: String creationDate: String
  }
  type CompanySelector { items: [CompanySelectorItem!]! }
  type CompanySelectorItem {
    title: String! photoUrl: String organizationId: String! organizationRid: String
    organizationType: CompanySelectorOrganizationType organizationLegacyType: CompanySelectorOrganizationLegacyType
    organizationEnterpriseType: CompanySelectorOrganizationEnterpriseType legacyEnterpriseOrganization: Boolean
    typeTitle: String
  }

  type MarketplaceJobPostingSearchConnection {
    totalCount: Int edges: [MarketplaceJobpostingSearchEdge] pageInfo: PageInfo
  }
  type MarketplaceJobpostingSearchEdge { cursor: String! node: MarketplaceJobPostingSearchResult! }
  type MarketplaceJobPostingSearchResult @scope(any: ["pub-marketplace-job-postings:read:all"]) {
    id: ID! job: MarketplaceJobPosting title: String! description: String! ciphertext: String!
    duration: JobDuration durationLabel: String engagement: String amount: Money! recordNumber: String!
    experienceLevel: FreelancerProfileExperienceLevel! category: String subcategory: String freelancersToHire: Int!
    totalApplicants: Int! premium: Boolean! enterprise: Boolean! applied: Boolean!
    createdDateTime: String! publishedDateTime: String! renewedDateTime: String
    client: MarketplaceJobPostingSearchClientInfo! skills: [MarketplaceJobPostingSearchSkill]!
    occupations: MarketplaceJobPostingSearchOccupations
    hourlyBudgetType: JobPostingHourlyBudgetType hourlyBudgetMin: Money hourlyBudgetMax: Money weeklyBudget: Money
    teamId: ID
  }
  type MarketplaceJobPostingSearchSkill { id: ID name: String! prettyName: String! highlighted: Boolean }
  type MarketplaceJobPostingSearchOccupation { id: ID! prefLabel: String! }
  type MarketplaceJobPostingSearchOccupations {
    category: MarketplaceJobPostingSearchOccupation! subCategories: [MarketplaceJobPostingSearchOccupation]
  }
  type MarketPlaceJobSearchLocation { city: String country: String timezone: String state: String }
  type MarketplaceJobPostingSearchClientInfo {
    memberSinceDateTime: String totalHires: Int! totalPostedJobs: Int! totalSpent: Money
    verificationStatus: ClientVerificationStatus
    location: MarketPlaceJobSearchLocation totalReviews: Int! totalFeedback: Float! companyRid: ID!
    companyName: String companyOrgUid: ID! hasFinancialPrivacy: Boolean!
  }
  type MarketplaceJobPosting @scope(any: ["pub-marketplace-job-postings:read:all"]) {
    id: ID! workFlowState: MarketplacePostingWorkFlowState ownership: MarketplacePostingOwnership
    activityStat: MarketplacePostingActivityStat content: MarketplaceJobPostingContent
    classification: MarketplacePostingClassification contractTerms: MarketplaceContractTerms
    clientCompanyPublic: MarketplacePublicCompanyInfo canClientReceiveContractProposal: Boolean!
  }
  type MarketplacePostingWorkFlowState { closeResult: String status: WorkFlowStateStatus! }
  type MarketplacePostingOwnership { company: GenericOrganization team: GenericOrganization }
  type JobActivity { invitesSent: Int! totalInvitedToInterview: Int! totalHired: Int! totalUnansweredInvites: Int! totalOffered: Int! }
  type MarketplacePostingActivityStat { jobActivity: JobActivity }
  type MarketplaceJobPostingContent { title: String! description: String! }
  type JobCategory { id: ID! ontologyId: String! preferredLabel: String! }
  type MarketplacePostingClassification { category: JobCategory subCategory: JobCategory skills: [Skill!] additionalSkills: [Skill!] }
  type HourlyContractTerms {
    engagementType: EngagementType! hourlyBudgetType: JobPostingHourlyBudgetType hourlyBudgetMin: Float hourlyBudgetMax: Float
  }
  type FixedPriceContractTerms { amount: Money! maxAmount: Money }
  type MarketplaceContractTerms {
    contractType: ContractType! personsToHire: Int! experienceLevel: ExperienceLevel
    fixedPriceContractTerms: FixedPriceContractTerms hourlyContractTerms: HourlyContractTerms
  }
  type PaymentVerificationResult { status: PaymentVerificationStatus paymentVerified: Boolean }
  type Country { name: String }
  type MarketplacePublicCompanyInfo { id: ID! country: Country city: String paymentVerification: PaymentVerificationResult }

  type ContractList { contracts: [ContractDetails] }
  type ContractUser { id: ID! rid: ID! name: String photoUrl: String firstName: String lastName: String }
  type ClosingReason { id: ID! apiRef: String reason: String }
  type FixedPriceContractTerm { id: ID! fixedAmount: Money startDate: String endDate: String milestones: [Milestone] }
  type HourlyContractTerm { id: ID! hourlyRate: Money startDate: String endDate: String }
  type ContractTerms { fixedPriceTerms: [FixedPriceContractTerm] hourlyTerms: [HourlyContractTerm] }
  type HourlyLimit { id: ID! weeklyLimit: String startDate: String endDate: String }
  type JobPosting { id: ID! content: JobPostingContent }
  type JobPostingContent { title: String! description: String! }
  type ContractDetails @scope(any: ["pub-contract:write:all"]) {
    id: ID! title: String status: ContractStatus closingReason: ClosingReason kind: ContractKind createDate: String
    startDate: String endDate: String offerId: ID job: JobPosting! freelancer: ContractUser!
    vendorOrganization: GenericOrganization! clientOrganization: GenericOrganization! clientTeam: GenericOrganization!
    hiringManager: ContractUser hourlyLimits: [HourlyLimit] terms: ContractTerms
  }

  type VendorProposalsConnection { totalCount: Int edges: [VendorProposalsEdge] pageInfo: PageInfo }
  type VendorProposalsEdge { cursor: String node: VendorProposal }
  type VendorProposalStatus { status: VendorProposalStatusName! }
  type ProposalTerms { chargeRate: Money! }
  type DateTime { rawValue: String! displayValue: String! }
  type ProposalAuditDetails { createdByUser: GenericUser! createdDateTime: DateTime! }
  type VendorProposal {
    id: ID! user: GenericUser! organization: GenericOrganization! marketplaceJobPosting: MarketplaceJobPosting!
    terms: ProposalTerms! coverLetter: String proposalCoverLetter: String auditDetails: ProposalAuditDetails!
    status: VendorProposalStatus!
  }

  type RoomConnection { totalCount: Int edges: [RoomEdge] pageInfo: PageInfo }
  type RoomEdge { node: Room }
  type RoomUser { user: GenericUser organization: GenericOrganization role: String }
  type Room {
    id: ID! roomName: String topic: String roomType: RoomType createdAtDateTime: String creator: RoomUser
    roomUsers: [RoomUser!] numUsers: Int readOnly: Boolean favorite: Boolean hidden: Boolean muted: Boolean!
    numUnread: Int contractId: ID latestStory: RoomStory stories(filter: StoryFilter): RoomStoryConnection
  }
  type RoomStoryConnection { totalCount: Int edges: [RoomStoryEdge] pageInfo: PageInfo }
  type RoomStoryEdge { cursor: String node: RoomStory }
  type RoomStory {
    id: ID! room: Room! createdDateTime: String! updatedDateTime: String! user: GenericUser! message: String
  }

  type OntologyService { id: ID! preferredLabel: String ontologyId: String }
  type OntologySubcategory { id: ID! preferredLabel: String altLabel: [String] slug: String ontologyId: String services: [OntologyService!]! }
  type OntologyCategory {
    id: ID! preferredLabel: String altLabel: [String] slug: String ontologyId: String
    subcategories: [OntologySubcategory!]! services: [OntologyService!]!
  }
  type Skill @scope(any: ["pub-ontology:read:all"]) {
    id: ID! ontologyId: String! preferredLabel: String! prettyName: String legacySkillNid: String
  }
  type Region { id: ID! name: String! parentRegion: Region }
  type ReasonsMetadata { id: ID! reason: String alias: String }

  type TimeReport @scope(any: ["pub-time-sheet:read:all"]) {
    dateWorkedOn: String! weekWorkedOn: String! monthWorkedOn: String! yearWorkedOn: String! freelancer: GenericUser
    team: GenericOrganization contract: ContractDetails task: String taskDescription: String memo: String
    totalHoursWorked: Float totalCharges: Float totalOnlineHoursWorked: Float totalOnlineCharge: Float
    totalOfflineHoursWorked: Float totalOfflineCharge: Float
  }
`;
