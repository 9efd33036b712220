import type { Company, User } from "../world/people.ts";
import type { World } from "../world/world.ts";

/**
 * An organisation a person can act in: their own as a freelancer, and every company they have a role in. The header
 * `X-Upwork-API-TenantId` chooses one by id.
 */
export type Tenant = {
  id: string;
  rid: string;
  legacyId: string;
  name: string;
  kind: "individual" | Company["kind"];
  reference: string;
  /** Milliseconds. */
  createdAt: number;
};

/** The person's own first: that is where calls without the header go. */
export function tenantsOf(world: World, user: User): Tenant[] {
  const companies = new Set(
    world.roles.rows
      .filter(({ userReference }) => userReference === user.reference)
      .map(({ companyReference }) => companyReference),
  );
  return [
    individual(world, user),
    ...world.companies.rows.filter(({ reference }) => companies.has(reference)).map(companyTenant),
  ];
}

export function individual(world: World, user: User): Tenant {
  return {
    id: `118192187${user.reference}000`,
    rid: user.reference,
    legacyId: user.id,
    name: `${user.firstName} ${user.lastName}`,
    kind: "individual",
    reference: user.reference,
    createdAt: world.freelancers.get(user.reference)?.memberSince ?? 0,
  };
}

export function companyTenant(company: Company): Tenant {
  const { uid, reference, id, name, kind, memberSince } = company;
  return { id: uid, rid: reference, legacyId: id, name, kind, reference, createdAt: memberSince };
}
