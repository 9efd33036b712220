import type { Collection } from "./collection.ts";
import { type Application, type Contract, createHiring, type Hiring, type Offer, startContract } from "./hiring.ts";
import type { Job } from "./jobs.ts";
import type { Freelancer, People, User } from "./people.ts";
import { inventKey, type Seeded, seeded } from "./seeded.ts";

const dayMs = 86_400_000;

/**
 * The hiring that the accounts have to do with. Each of them owns a company that hires, and works for others: so
 * whoever signs in finds something on both sides of everything.
 */
export function makeHiring(seed: number, now: number, people: People, jobs: Collection<Job>): Hiring {
  const source = seeded(seed, "hiring");
  const hiring = createHiring();
  for (const account of people.accounts) {
    const company = people.companies.rows.find(({ ownerReference }) => ownerReference === account.reference);
    if (company === undefined) continue;
    const own = jobs.rows.filter((job) => job.companyReference === company.reference).toReversed();
    const strangers = people.freelancers.rows.filter(({ reference }) => !isAccount(people, reference));
    const others = jobs.rows.filter((job) => job.status === "Open" && !isAccount(people, job.createdBy)).slice(-40);
    makeClientSide({ source, hiring, people, now }, account, own, strangers);
    makeFreelancerSide({ source, hiring, people, now }, account, source.helpers.arrayElements(others, 8));
  }
  return hiring;
}

type Maker = { source: Seeded; hiring: Hiring; people: People; now: number };

const isAccount = ({ accounts }: People, reference: string) => accounts.some((user) => user.reference === reference);

/** Applications to the account's jobs, offers it made, and contracts it has with others. */
function makeClientSide(maker: Maker, account: User, own: readonly Job[], strangers: readonly Freelancer[]): void {
  const { source, people, now } = maker;
  const company = people.companies.rows.find(({ ownerReference }) => ownerReference === account.reference);
  if (company === undefined) return;
  const open = own.filter(({ status }) => status === "Open");
  for (const job of open) {
    for (const freelancer of source.helpers.arrayElements([...strangers], { min: 2, max: 5 })) {
      apply(maker, job, freelancer.reference, "application");
    }
  }
  // The other accounts apply too, so that two people of the sandbox can meet.
  for (const other of people.accounts) {
    if (other !== account && open[0]) apply(maker, open[0], other.reference, "application");
  }
  const team = { companyReference: company.reference, teamReference: company.reference, createdBy: account.reference };
  const [a, b, c, d, e, f] = source.helpers.arrayElements([...strangers], 6);
  const partner = people.accounts.find((other) => other !== account);
  for (const [index, freelancer] of [partner, a, b, c, d].entries()) {
    if (freelancer === undefined) continue;
    const jobType = index % 2 === 0 ? "hourly" : "fixed-price";
    const contract = employ(maker, { ...team, freelancerReference: freelancer.reference, jobType }, open[index]);
    if (index === 4)
      Object.assign(contract, {
        status: "closed",
        endedAt: now - 10 * dayMs,
        endReason: "API_REAS_JOB_COMPLETED_SUCCESSFULLY",
        feedback: { score: 5, comment: source.lorem.sentence() },
      });
  }
  for (const freelancer of [e, f, partner]) {
    if (freelancer) offer(maker, { ...team, freelancerReference: freelancer.reference, jobType: "hourly" }, open[5]);
  }
  if (e)
    offer(maker, { ...team, freelancerReference: e.reference, jobType: "fixed-price" }, open[6]).status = "declined";
}

/** What the account is asked to do for others, and does. */
function makeFreelancerSide(maker: Maker, account: User, jobs: readonly Job[]): void {
  const party = ({ companyReference, teamReference, createdBy }: Job) => ({
    companyReference,
    teamReference,
    createdBy,
    freelancerReference: account.reference,
  });
  const [first, second, third, fourth, ...rest] = jobs;
  if (first) employ(maker, { ...party(first), jobType: "hourly" }, first);
  if (second) employ(maker, { ...party(second), jobType: "fixed-price" }, second, false);
  if (third) offer(maker, { ...party(third), jobType: "hourly" }, third);
  if (fourth) offer(maker, { ...party(fourth), jobType: "fixed-price" }, fourth);
  for (const [index, job] of rest.entries()) {
    const application = apply(maker, job, account.reference, index === 0 ? "invitation" : "application");
    if (index === 1) application.status = "messaged";
  }
}

function apply(
  { source, hiring, now }: Maker,
  job: Job,
  freelancer: string,
  origin: Application["origin"],
): Application {
  const { applications } = hiring;
  return applications.add({
    reference: applications.nextReference(),
    jobReference: job.reference,
    freelancerReference: freelancer,
    status: source.helpers.arrayElement(["active", "active", "shortlisted", "messaged"]),
    origin,
    coverLetter: source.lorem.sentences(2),
    chargeRate: source.number.int({ min: 10, max: 120 }),
    createdAt: Math.min(now, job.createdAt + source.number.int({ min: 1, max: 30 }) * 60_000),
  });
}

type Terms = Pick<Offer, "companyReference" | "teamReference" | "createdBy" | "freelancerReference" | "jobType">;

function offer({ source, hiring, people, now }: Maker, terms: Terms, job: Job | undefined): Offer {
  const { offers } = hiring;
  const isHourly = terms.jobType === "hourly";
  const amounts = [1, 2, 3].map(() => source.number.int({ min: 2, max: 20 }) * 50);
  return offers.add({
    ...terms,
    reference: offers.nextReference(),
    key: inventKey(source, "~~"),
    title: job?.title ?? source.company.catchPhrase(),
    chargeRate: isHourly ? source.number.int({ min: 15, max: 90 }) : amounts.reduce((sum, amount) => sum + amount),
    weeklyLimit: isHourly ? source.helpers.arrayElement([10, 20, 40]) : 0,
    weeklyStipend: 0,
    message: source.lorem.sentence(),
    status: "new",
    agencyReference: people.freelancers.get(terms.freelancerReference)?.agencyReference ?? "",
    jobReference: job?.reference ?? "",
    applicationReference: "",
    contractReference: "",
    closesJob: false,
    milestones: isHourly
      ? []
      : amounts.map((amount, index) => ({
          description: source.lorem.words(3),
          amount,
          dueAt: now + (index + 1) * 14 * dayMs,
        })),
    createdAt: now - source.number.int({ min: 1, max: 5 }) * dayMs,
  });
}

/** A contract that has run for a while; of a fixed-price one, one milestone is paid and the next handed in, or under work. */
function employ(maker: Maker, terms: Terms, job: Job | undefined, isHandedIn = true): Contract {
  const { source, hiring, now } = maker;
  const startedAt = now - source.number.int({ min: 40, max: 120 }) * dayMs;
  const accepted = offer(maker, terms, job);
  accepted.createdAt = startedAt - dayMs;
  const contract = startContract(hiring, accepted, startedAt);
  const [paid, next] = hiring.milestones.rows.filter((row) => row.contractReference === contract.reference);
  if (paid) Object.assign(paid, { state: "paid", paidAmount: paid.amount, paidAt: startedAt + 14 * dayMs });
  if (next) next.state = isHandedIn ? "submitted" : "active";
  if (next && isHandedIn) {
    hiring.submissions.add({
      reference: hiring.submissions.nextReference(),
      milestoneReference: next.reference,
      note: source.lorem.sentence(),
      amount: next.amount,
      status: "pending",
      answer: "",
      createdAt: now - dayMs,
    });
  }
  return contract;
}
