import { type Collection, createCollection } from "./collection.ts";
import type { Job } from "./jobs.ts";
import type { Freelancer } from "./people.ts";

/** What leads from a job post to a contract, and what a contract consists of. Times are milliseconds, 0 for never. */
export type Application = {
  reference: string;
  jobReference: string;
  freelancerReference: string;
  status: "active" | "shortlisted" | "messaged" | "offered" | "hired" | "declined" | "hidden";
  /** Who began: the freelancer applied, or the client invited. */
  origin: "application" | "invitation";
  coverLetter: string;
  chargeRate: number;
  createdAt: number;
};

export type OfferStatus = "new" | "accepted" | "declined" | "expired" | "withdrawn" | "cancelled" | "changed";

export type Offer = {
  reference: string;
  /** The old kind of key, `~~` and 16 hex digits. */
  key: string;
  title: string;
  jobType: "hourly" | "fixed-price";
  /** An hour's price, or that of the whole. */
  chargeRate: number;
  weeklyLimit: number;
  weeklyStipend: number;
  message: string;
  status: OfferStatus;
  companyReference: string;
  teamReference: string;
  freelancerReference: string;
  agencyReference: string;
  jobReference: string;
  applicationReference: string;
  contractReference: string;
  closesJob: boolean;
  milestones: readonly MilestonePlan[];
  createdBy: string;
  createdAt: number;
};

export type MilestonePlan = { description: string; amount: number; dueAt: number };

export type Contract = {
  reference: string;
  /** The long number that GraphQL knows the contract by. */
  uid: string;
  title: string;
  jobType: "hourly" | "fixed-price";
  status: "active" | "suspended" | "closed";
  companyReference: string;
  teamReference: string;
  freelancerReference: string;
  agencyReference: string;
  jobReference: string;
  offerReference: string;
  /** Hourly contracts only. */
  chargeRate: number;
  weeklyLimit: number;
  /** Fixed-price contracts only. */
  amount: number;
  startedAt: number;
  endedAt: number;
  endReason: string;
  feedback: { score: number; comment: string } | undefined;
  /** Codes of the activities that time on it can be booked on. */
  taskCodes: readonly string[];
};

export type Milestone = {
  reference: string;
  contractReference: string;
  description: string;
  amount: number;
  dueAt: number;
  state: "not-funded" | "active" | "submitted" | "paid" | "deleted";
  paidAmount: number;
  createdAt: number;
  paidAt: number;
};

export type Submission = {
  reference: string;
  milestoneReference: string;
  note: string;
  amount: number;
  status: "pending" | "approved" | "rejected";
  answer: string;
  createdAt: number;
};

/** A payment besides hours and milestones: a bonus. */
export type Adjustment = {
  reference: string;
  contractReference: string;
  teamReference: string;
  amount: number;
  comments: string;
  notes: string;
  createdAt: number;
};

export type Hiring = {
  applications: Collection<Application>;
  offers: Collection<Offer>;
  contracts: Collection<Contract>;
  milestones: Collection<Milestone>;
  submissions: Collection<Submission>;
  adjustments: Collection<Adjustment>;
};

export function createHiring(): Hiring {
  return {
    applications: createCollection(4_000_001, ({ reference }) => [reference]),
    offers: createCollection(5_000_001, ({ reference, key }) => [reference, key]),
    contracts: createCollection(6_000_001, ({ reference, uid }) => [reference, uid]),
    milestones: createCollection(7_000_001, ({ reference }) => [reference]),
    submissions: createCollection(7_500_001, ({ reference }) => [reference]),
    adjustments: createCollection(9_000_001, ({ reference }) => [reference]),
  };
}

/** Makes a candidate of somebody who did not apply, at the rate of his profile. */
export function invite(
  { applications }: Hiring,
  job: Pick<Job, "reference">,
  freelancer: Pick<Freelancer, "reference" | "rate">,
  coverLetter: string,
  now: number,
): Application {
  return applications.add({
    reference: applications.nextReference(),
    jobReference: job.reference,
    freelancerReference: freelancer.reference,
    status: "active",
    origin: "invitation",
    coverLetter,
    chargeRate: freelancer.rate,
    createdAt: now,
  });
}

/** Makes the contract that an accepted offer is about, its milestones with it, and closes the job where the offer says so. */
export function startContract(hiring: Hiring, offer: Offer, now: number): Contract {
  const { contracts, milestones } = hiring;
  const reference = contracts.nextReference();
  const isHourly = offer.jobType === "hourly";
  const contract = contracts.add({
    reference,
    uid: `118192186${reference}000`,
    title: offer.title,
    jobType: offer.jobType,
    status: "active",
    companyReference: offer.companyReference,
    teamReference: offer.teamReference,
    freelancerReference: offer.freelancerReference,
    agencyReference: offer.agencyReference,
    jobReference: offer.jobReference,
    offerReference: offer.reference,
    chargeRate: isHourly ? offer.chargeRate : 0,
    weeklyLimit: offer.weeklyLimit,
    amount: isHourly ? 0 : offer.chargeRate,
    startedAt: now,
    endedAt: 0,
    endReason: "",
    feedback: undefined,
    taskCodes: [],
  });
  for (const [index, plan] of offer.milestones.entries()) {
    milestones.add({
      ...plan,
      reference: milestones.nextReference(),
      contractReference: reference,
      // The first is paid into escrow when the contract starts.
      state: index === 0 ? "active" : "not-funded",
      paidAmount: 0,
      createdAt: now,
      paidAt: 0,
    });
  }
  offer.status = "accepted";
  offer.contractReference = reference;
  return contract;
}
