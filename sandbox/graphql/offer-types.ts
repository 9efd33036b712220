/** Offers, as Upwork's schema of April 2026 has them (an introspection of it that somebody published). */
export const offerTypes = /* GraphQL */ `
  enum OfferSearchAttribute {
    JobApplication JobPosting ClientUser VendorUser ClientTeam VendorTeam ClientOrg VendorOrg Contract Project
  }
  enum OfferLegacyState {
    Draft DraftChanged New Accepted Declined Expired Withdrawn Changed Canceled Submitted
  }
  enum OfferState {
    DRAFT DRAFT_CHANGED DISCARDED SUBMITTED WITHDRAWN REPLACED AWAITING_APPROVAL APPROVED PENDING_VENDOR_ACCEPTANCE
    PENDING_VENDOR_ACCEPTANCE_AFTER_REMINDER ACCEPTED REJECTED FAILED EXPIRED CANCELED DENIED PENDING_FUND
    FUNDING_FAILED FUNDED DELETED
  }
  enum OfferType { MARKET_PLACE_HOURLY MARKET_PLACE_FIXED_PRICE ENTERPRISE_HOURLY ENTERPRISE_FIXED_PRICE }
  enum OfferMilestoneState {
    NotFunded InOffer Active Submitted Rejected RejectedByUpwork Paid PaidByUpwork NotFundedClosed CancelledByClient
    CancelledByFreelancer CancelledByUpwork OfferCancelled
  }

  input SearchOffersInput {
    id: ID!
    searchAttribute: OfferSearchAttribute!
    states: [OfferLegacyState!]
    limit: Int = 10
    page: Int = 1
    ascendingOrder: Boolean = true
    includeAttachments: Boolean = true
    includeMilestones: Boolean = true
  }

  extend type Query {
    offer(id: ID!): Offer @scope(any: ["pub-offer:read:all", "pub-offer:write:all"])
    offersByAttribute(filter: SearchOffersInput!): OfferList @scope(any: ["pub-offer:read:all", "pub-offer:write:all"])
  }

  type OfferList { offers: [Offer] }
  type FixedPriceTerm { budget: Money }
  type HourlyTerms { rate: Money weeklyHoursLimit: Int weeklyStipend: Money manualTimeAllowed: Boolean }
  type OfferTerms {
    expectedStartDate: String expectedEndDate: String fixedPriceTerm: FixedPriceTerm hourlyTerms: HourlyTerms
  }
  type PublicCompanyInfo { id: ID! name: String description: String logoURL: String }
  type FreelancerProfile { userDetails: GenericUser! fullName: String! firstName: String! lastName: String! }
  type Milestone {
    id: ID! dueDateTime: String state: OfferMilestoneState description: String depositAmount: Money paid: Money
    sequenceId: Int
  }
  type Offer @scope(any: ["pub-offer:read:all", "pub-offer:write:all"]) {
    id: ID! title: String! description: String type: OfferType! job: MarketplaceJobPosting
    vendorProposal: VendorProposal closeJobPostingOnAccept: Boolean! client: GenericOrganization!
    offerTerms: OfferTerms! messageToContractor: String state: OfferState clientCompany: PublicCompanyInfo
    milestones: [Milestone] createdUsingBYOFlow: Boolean! freelancer: FreelancerProfile! payrollOffer: Boolean
  }
`;
