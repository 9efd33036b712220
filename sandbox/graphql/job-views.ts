import { idOf } from "../world/catalogue.ts";
import type { Job } from "../world/jobs.ts";
import type { World } from "../world/world.ts";
import { organisationOf } from "./people-views.ts";
import { dateTime, dateTimeOf, money } from "./scalars.ts";
import type { Viewer } from "./viewer.ts";

const levels = { 1: "ENTRY_LEVEL", 2: "INTERMEDIATE", 3: "EXPERT" } as const;
const engagements = {
  "Less than 10 hrs/week": "AS_NEEDED",
  "10-30 hrs/week": "PART_TIME",
  "30+ hrs/week": "FULL_TIME",
} as const;
const durations = {
  "Less than 1 week": "WEEK",
  "Less than 1 month": "MONTH",
  "1 to 3 months": "QUARTER",
  "3 to 6 months": "SEMESTER",
  "More than 6 months": "ONGOING",
} as const;
const hourlyRanges = { 1: [10, 25], 2: [25, 50], 3: [50, 100] } as const;

export const experienceLevel = ({ tier }: Job) => levels[tier];
export const engagementType = ({ workload }: Job) => (workload === null ? null : engagements[workload]);
/** Dollars from and to; the world's jobs have a tier, and the tier has a range. */
export const hourlyRange = ({ tier }: Job) => hourlyRanges[tier];
const contractType = ({ jobType }: Job) => (jobType === "Hourly" ? "HOURLY" : "FIXED");

export function skillView(name: string) {
  const prettyName = name.charAt(0).toUpperCase() + name.slice(1);
  return { id: idOf(name), ontologyId: `upworkOntology:${name}`, preferredLabel: prettyName, prettyName, name };
}

const categoryView = (name: string) => ({
  id: idOf(name),
  ontologyId: `upworkOntology:${name}`,
  preferredLabel: name,
});

/** A row of the marketplace search. */
export function searchResult({ world, user }: Viewer, job: Job) {
  const isHourly = job.jobType === "Hourly";
  const [from, to] = hourlyRange(job);
  return {
    id: job.uid,
    job: () => postingView(world, job),
    title: job.title,
    description: job.description,
    ciphertext: job.key,
    recordNumber: job.reference,
    duration: job.duration === null ? null : durations[job.duration],
    durationLabel: job.duration,
    engagement: job.workload,
    amount: money(job.budget),
    hourlyBudgetType: isHourly ? "MANUAL" : null,
    hourlyBudgetMin: isHourly ? money(from) : null,
    hourlyBudgetMax: isHourly ? money(to) : null,
    experienceLevel: experienceLevel(job),
    category: job.category,
    subcategory: job.subcategory,
    occupations: {
      category: { id: idOf(job.category), prefLabel: job.category },
      subCategories: [{ id: idOf(job.subcategory), prefLabel: job.subcategory }],
    },
    skills: job.skills.map((name) => ({ ...skillView(name), highlighted: false })),
    freelancersToHire: 1,
    totalApplicants: job.applicants,
    premium: false,
    enterprise: false,
    applied: () =>
      world.hiring.applications.rows.some(
        ({ jobReference, freelancerReference }) =>
          jobReference === job.reference && freelancerReference === user.reference,
      ),
    createdDateTime: dateTimeOf(job.createdAt),
    publishedDateTime: dateTimeOf(job.createdAt),
    teamId: job.teamReference,
    client: () => clientView(world, job),
  };
}

function clientView(world: World, job: Job) {
  const company = world.companies.get(job.companyReference);
  return {
    memberSinceDateTime: dateTime(company?.memberSince ?? 0),
    totalHires: company?.hires ?? 0,
    totalPostedJobs: company?.jobsPosted ?? 0,
    totalReviews: company?.reviews ?? 0,
    totalFeedback: company?.feedback ?? 0,
    totalSpent: money(company?.totalCharge ?? 0),
    verificationStatus: company?.isVerified ? "VERIFIED" : "NOT_VERIFIED",
    location: { country: company?.country, city: company?.city },
    companyRid: job.companyReference,
    companyName: null,
    companyOrgUid: company?.uid ?? "",
    hasFinancialPrivacy: false,
  };
}

/** One job as `marketplaceJobPosting` has it. */
export function postingView(world: World, job: Job) {
  const isHourly = job.jobType === "Hourly";
  const [from, to] = hourlyRange(job);
  const company = world.companies.get(job.companyReference);
  const applications = () =>
    world.hiring.applications.rows.filter(({ jobReference }) => jobReference === job.reference);
  return {
    id: job.uid,
    workFlowState: { status: job.status === "Open" ? "ACTIVE" : "CLOSED", closeResult: null },
    ownership: () => ({
      company: organisationOf(world, job.companyReference),
      team: organisationOf(world, job.companyReference),
    }),
    activityStat: () => ({
      jobActivity: {
        invitesSent: applications().filter(({ origin }) => origin === "invitation").length,
        totalInvitedToInterview: applications().filter(({ status }) => status === "messaged").length,
        totalHired: applications().filter(({ status }) => status === "hired").length,
        totalUnansweredInvites: 0,
        totalOffered: applications().filter(({ status }) => status === "offered").length,
      },
    }),
    content: { title: job.title, description: job.description },
    classification: {
      category: categoryView(job.category),
      subCategory: categoryView(job.subcategory),
      skills: job.skills.map(skillView),
      additionalSkills: [],
    },
    contractTerms: {
      contractType: contractType(job),
      personsToHire: 1,
      experienceLevel: experienceLevel(job),
      fixedPriceContractTerms: isHourly ? null : { amount: money(job.budget) },
      hourlyContractTerms: isHourly
        ? {
            engagementType: engagementType(job),
            hourlyBudgetType: "MANUAL",
            hourlyBudgetMin: from,
            hourlyBudgetMax: to,
          }
        : null,
    },
    clientCompanyPublic: {
      id: company?.uid ?? "",
      country: { name: company?.country },
      city: company?.city,
      paymentVerification: {
        status: company?.isVerified ? "VERIFIED" : null,
        paymentVerified: company?.isVerified === true,
      },
    },
    canClientReceiveContractProposal: job.status === "Open",
  };
}
