import type { User } from "../world/people.ts";
import type { World } from "../world/world.ts";
import { dateTime } from "./scalars.ts";
import { companyTenant, individual, type Tenant } from "./tenants.ts";

/** The person a token belongs to. */
export const currentUser = (user: User) => ({ ...genericUser(user), email: user.email });

export function genericUser(user: User) {
  return {
    id: user.uid,
    nid: user.id,
    rid: user.reference,
    name: `${user.firstName} ${user.lastName}`,
    publicUrl: `https://www.upwork.com/freelancers/${user.ciphertext}`,
    ciphertext: user.ciphertext,
  };
}

/** As a contract and a profile have somebody, with either name by itself. */
export function namedPersonView(world: World, reference: string) {
  const user = personOf(world, reference);
  return { ...genericUser(user), firstName: user.firstName, lastName: user.lastName };
}

/** Somebody by reference; whoever is not in the world is shown as the first account rather than breaking an answer. */
export const personView = (world: World, reference: string) => genericUser(personOf(world, reference));

function personOf(world: World, reference: string): User {
  const user = world.users.get(reference) ?? world.accounts[0];
  if (user === undefined) throw new Error("A world without people.");
  return user;
}

const kinds = {
  individual: { type: "SOLE_PROPRIETOR", legacyType: "VENDOR", typeTitle: "Freelancer" },
  client: { type: "BUSINESS", legacyType: "CLIENT", typeTitle: "Client" },
  agency: { type: "BUSINESS", legacyType: "VENDOR", typeTitle: "Agency" },
} as const;
/** The selector writes the same in another way. */
const inSelector = {
  SOLE_PROPRIETOR: "SoleProprietor",
  BUSINESS: "Business",
  CLIENT: "Client",
  VENDOR: "Vendor",
} as const;

export function organisationView({ id, rid, legacyId, name, kind, createdAt }: Tenant) {
  const { type, legacyType } = kinds[kind];
  return {
    id,
    rid,
    legacyId,
    name,
    type,
    legacyType,
    active: true,
    hidden: false,
    flag: {
      client: kind === "client",
      vendor: kind !== "client",
      agency: kind === "agency",
      individual: kind === "individual",
    },
    creationDate: dateTime(createdAt),
  };
}

/** A company, or a freelancer's own organisation, by reference. */
export function organisationOf(world: World, reference: string) {
  const company = world.companies.get(reference);
  if (company !== undefined) return organisationView(companyTenant(company));
  return organisationView(individual(world, personOf(world, reference)));
}

export function selectorItem({ id, rid, name, kind }: Tenant) {
  const { type, legacyType, typeTitle } = kinds[kind];
  return {
    title: name,
    organizationId: id,
    organizationRid: rid,
    organizationType: inSelector[type],
    organizationLegacyType: inSelector[legacyType],
    legacyEnterpriseOrganization: false,
    typeTitle,
  };
}
