/** Every enum but those of offers, with the members that an introspection of April 2026 showed. */
export const enumTypes = /* GraphQL */ `
  enum ContractType { HOURLY FIXED }
  enum ExperienceLevel { ENTRY_LEVEL INTERMEDIATE EXPERT }
  enum FreelancerProfileExperienceLevel { NONE ENTRY_LEVEL INTERMEDIATE EXPERT }
  enum EngagementType { FULL_TIME PART_TIME AS_NEEDED NOT_SURE }
  enum JobDuration { WEEK MONTH QUARTER SEMESTER ONGOING }
  enum JobPostingHourlyBudgetType { DEFAULT MANUAL NOT_PROVIDED }
  enum WorkFlowStateStatus { CLOSED ACTIVE }
  enum ClientVerificationStatus {
    VERIFIED NOT_VERIFIED ACTIVE_BUT_NOT_VERIFIED VERIFICATION_IN_PROGRESS UNKNOWN
  }
  enum PaymentVerificationStatus {
    DEPOSIT_UNSUPPORTED ONHOLD EXPIRED DECLINED VERIFICATIONFAILED VERIFICATIONINPROGRESS VERIFIED ACTIVE
  }
  enum MarketplaceJobPostingSearchType { USER_JOBS_SEARCH JOBS_FEED USER_SITE_SEARCH_RSS }
  enum MarketplaceJobPostingSearchSortField { RECENCY RELEVANCE CLIENT_TOTAL_CHARGE CLIENT_RATING }
  enum SortOrder { ASC DESC }
  enum OrganizationType { BUSINESS SOLE_PROPRIETOR }
  enum OrganizationLegacyType { CLIENT VENDOR }
  enum CompanySelectorOrganizationType { Business SoleProprietor }
  enum CompanySelectorOrganizationLegacyType { Client Vendor }
  enum CompanySelectorOrganizationEnterpriseType { Standard Compliance }
  enum ContractStatus { ACTIVE CLOSED PAUSED }
  enum ContractKind { WEEKLY_RETAINER PAYROLL STAFF_AUG DIRECT_CONTRACT }
  enum VendorProposalSortAttributeType { CREATEDDATETIME MODIFIEDDATETIME }
  enum VendorProposalStatusFilterInput { Accepted Declined Withdrawn Offered Activated Archived Hired Pending }
  enum VendorProposalStatusName {
    Created Accepted Declined Withdrawn Replaced Offered Activated Archived Rejected Hired Pending Invalid
  }
  enum RoomType { ONE_ON_ONE GROUP INTERVIEW }
  enum RoomTypeFilter { ALL GROUP ONE_ON_ONE INTERVIEW }
  enum ReasonType {
    PROPOSAL_DECLINE PROPOSAL_WITHDRAW CONTRACT_END_HOURLY CONTRACT_END_FIXED CONTRACT_FEEDBACK_NOT_STARTED_CLIENT
    CONTRACT_FEEDBACK_STARTED_CLIENT CONTRACT_FEEDBACK_NOT_STARTED_FREELANCER CONTRACT_FEEDBACK_STARTED_FREELANCER
    PROPOSAL_REJECT JOB_POSTING_CLOSE OFFER_DECLINE INVITATION_WITHDRAW END_PROVIDER_CONTRACT END_CUSTOMER_CONTRACT
    DEACTIVATION_ACCOUNT
  }
`;
