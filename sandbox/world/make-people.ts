import { countries, topics } from "./catalogue.ts";
import { createCollection } from "./collection.ts";
import {
  allRolePermissions,
  type Company,
  type Freelancer,
  type People,
  type Role,
  type RolePermission,
  type Team,
  type User,
} from "./people.ts";
import { inventKey, type Seeded, seeded } from "./seeded.ts";

const clientCount = 120;
const freelancerCount = 500;
const dayMs = 86_400_000;

const accounts = [
  ["ada", "Ada", "Larsen", "Oslo", "Norway"],
  ["bruno", "Bruno", "Costa", "Porto", "Portugal"],
  ["chidi", "Chidi", "Okafor", "Lagos", "Nigeria"],
] as const;

/** Companies, teams and people. The three who can sign in each have a company; all three also work for others. */
export function makePeople(seed: number, now: number): People {
  const source = seeded(seed, "people");
  const people = {
    users: createCollection<User>(1_000_001, ({ reference, id, ciphertext, uid }) => [reference, id, ciphertext, uid]),
    companies: createCollection<Company>(2_000_001, ({ reference, id, uid }) => [reference, id, uid]),
    teams: createCollection<Team>(2_100_001, ({ reference, id }) => [reference, id]),
    roles: createCollection<Role>(1_500_001, ({ reference }) => [reference]),
    freelancers: createCollection<Freelancer>(0, ({ reference, ciphertext }) => [reference, ciphertext]),
  };
  for (const [id, firstName, lastName, city, country] of accounts) {
    addUser(people, source, { id, firstName, lastName, city, country });
  }
  const signedIn = [...people.users.rows];
  for (const user of signedIn) {
    addFreelancer(people, source, user, now, "");
    const company = addCompany(people, source, user, "client", now);
    for (const name of ["Product", "Marketing"]) addTeam(people, company, name);
  }
  // Chidi hires for Ada's product team, and may do no more there.
  const [ada, , chidi] = signedIn;
  const product = people.teams.get("adastudio:product");
  if (ada && chidi && product) addRole(people, chidi, product, "manager", ["manage_recruiting"]);
  for (let count = 0; count < clientCount; count += 1) {
    addCompany(people, source, inventUser(people, source), "client", now);
  }
  const agencies = Array.from({ length: 12 }, () =>
    addCompany(people, source, inventUser(people, source), "agency", now),
  );
  for (let count = 0; count < freelancerCount; count += 1) {
    const user = inventUser(people, source);
    const agency = source.helpers.maybe(() => source.helpers.arrayElement(agencies), { probability: 0.2 });
    addFreelancer(people, source, user, now, agency?.reference ?? "");
    const team = agency && people.teams.get(agency.reference);
    if (team) addRole(people, user, team, "member", []);
  }
  return { ...people, accounts: signedIn };
}

type Made = Omit<People, "accounts">;

function inventUser(people: Made, source: Seeded): User {
  const [firstName, lastName] = [source.person.firstName(), source.person.lastName()];
  const id = `${firstName}${lastName}${people.users.rows.length}`.toLowerCase().replace(/[^a-z0-9]/g, "");
  const country = source.helpers.arrayElement(Object.keys(countries));
  return addUser(people, source, { id, firstName, lastName, city: source.location.city(), country });
}

function addUser(
  { users }: Made,
  source: Seeded,
  user: Pick<User, "id" | "firstName" | "lastName" | "city" | "country">,
): User {
  const reference = users.nextReference();
  return users.add({
    ...user,
    reference,
    uid: `118192183${reference}000`,
    email: `${user.id}@example.com`,
    ciphertext: inventKey(source),
    timezone: "UTC",
    timezoneOffset: "0",
    isActive: true,
  });
}

function addCompany(people: Made, source: Seeded, owner: User, kind: Company["kind"], now: number): Company {
  const reference = people.companies.nextReference();
  const hires = source.number.int({ min: 0, max: 60 });
  const isNew = hires === 0;
  const company = people.companies.add({
    reference,
    uid: `118192184${reference}000`,
    id: `${owner.id}studio`,
    name: source.company.name(),
    kind,
    ownerReference: owner.reference,
    country: owner.country,
    city: owner.city,
    isVerified: source.datatype.boolean({ probability: 0.8 }),
    feedback: isNew ? 0 : source.number.int({ min: 300, max: 500 }) / 100,
    reviews: isNew ? 0 : source.number.int({ min: 1, max: hires }),
    jobsPosted: hires + source.number.int({ min: 1, max: 30 }),
    hires,
    totalCharge: isNew ? 0 : source.number.int({ min: 100, max: 250_000 }),
    totalHours: isNew ? 0 : source.number.int({ min: 0, max: 9_000 }),
    memberSince: now - source.number.int({ min: 30, max: 3_000 }) * dayMs,
  });
  const root = people.teams.add({
    reference,
    id: company.id,
    name: company.name,
    companyReference: reference,
    parentReference: reference,
  });
  addRole(people, owner, root, "owner", allRolePermissions);
  return company;
}

function addTeam({ teams }: Made, company: Company, name: string): Team {
  return teams.add({
    reference: teams.nextReference(),
    id: `${company.id}:${name.toLowerCase()}`,
    name,
    companyReference: company.reference,
    parentReference: company.reference,
  });
}

function addRole(
  { roles }: Made,
  user: User,
  team: Team,
  role: Role["role"],
  permissions: readonly RolePermission[],
): Role {
  return roles.add({
    reference: roles.nextReference(),
    userReference: user.reference,
    teamReference: team.reference,
    companyReference: team.companyReference,
    role,
    permissions,
    engagementReference: "",
  });
}

function addFreelancer({ freelancers }: Made, source: Seeded, user: User, now: number, agencyReference: string): void {
  const [category, subcategory, skills] = source.helpers.arrayElement(topics);
  const chosen = source.helpers.arrayElements([...skills], { min: 1, max: 3 });
  const hours = source.number.int({ min: 0, max: 8_000 });
  freelancers.add({
    reference: user.reference,
    ciphertext: user.ciphertext,
    title: `${source.person.jobDescriptor()} ${chosen[0]} specialist`,
    overview: source.lorem.sentences(3),
    category,
    subcategory,
    skills: chosen,
    rate: source.number.int({ min: 8, max: 150 }),
    feedback: hours === 0 ? 0 : source.number.int({ min: 300, max: 500 }) / 100,
    reviews: hours === 0 ? 0 : source.number.int({ min: 1, max: 80 }),
    hours,
    recentHours: Math.min(hours, source.number.int({ min: 0, max: 600 })),
    englishSkill: source.number.int({ min: 1, max: 5 }),
    isUpworkReady: source.datatype.boolean({ probability: 0.7 }),
    agencyReference,
    testsPassed: source.helpers.arrayElements(["509", "741", "687", "1006", "571", "1044"], { min: 0, max: 4 }),
    portfolioItems: source.number.int({ min: 0, max: 12 }),
    memberSince: now - source.number.int({ min: 30, max: 3_000 }) * dayMs,
    lastActivity: now - source.number.int({ min: 0, max: 200 }) * dayMs,
  });
}
