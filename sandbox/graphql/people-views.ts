import type { User } from "../world/people.ts";
import type { World } from "../world/world.ts";
import { dateTime } from "./scalars.ts";
import { companyTenant, individual, type Tenant } from "./tenants.ts";

export const userView = ({ uid, id, reference }: User) => ({ id: uid, nid: id, rid: reference });

export function genericUser(user: User) {
  return {
    ...userView(user),
    name: `${user.firstName} ${user.lastName}`,
    firstName: user.firstName,
    lastName: user.lastName,
    publicUrl: `https://www.upwork.com/freelancers/${user.ciphertext}`,
    email: user.email,
    ciphertext: user.ciphertext,
    location: {
      countryName: user.country,
      cityName: user.city,
      timezone: user.timezone,
      offsetToUTC: Number(user.timezoneOffset),
    },
  };
}

/** Somebody by reference; whoever is not in the world is shown as the first account rather than breaking an answer. */
export function personView(world: World, reference: string) {
  const user = world.users.get(reference) ?? world.accounts[0];
  if (user === undefined) throw new Error("A world without people.");
  return genericUser(user);
}

const kinds = {
  individual: { type: "INDIVIDUAL", legacyType: "FREELANCER", typeTitle: "Freelancer" },
  client: { type: "BUSINESS", legacyType: "CLIENT", typeTitle: "Client" },
  agency: { type: "BUSINESS", legacyType: "VENDOR", typeTitle: "Agency" },
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
  const user = world.users.get(reference) ?? world.accounts[0];
  if (user === undefined) throw new Error("A world without people.");
  return organisationView(individual(world, user));
}

export function selectorItem({ id, rid, name, kind }: Tenant) {
  const { type, legacyType, typeTitle } = kinds[kind];
  return {
    title: name,
    organizationId: id,
    organizationRid: rid,
    organizationType: type,
    organizationLegacyType: legacyType,
    legacyEnterpriseOrganization: false,
    typeTitle,
  };
}
