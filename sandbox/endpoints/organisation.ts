import type { Company } from "../world/people.ts";
import type { Endpoint } from "./endpoint.ts";

/** Companies, teams, users and roles, as hr/v2 shows them. */
export const organisationEndpoints = [
  {
    method: "GET",
    path: "/api/hr/v2/companies",
    permission: "organisation",
    answer: ({ world, user }) => {
      const own = world.roles.rows.filter(({ userReference }) => userReference === user.reference);
      const references = new Set(own.map(({ companyReference }) => companyReference));
      const companies = [...references].flatMap((reference) => world.companies.get(reference) ?? []);
      return { payload: { companies: companies.map(companyShape) } };
    },
  },
] as const satisfies readonly Endpoint[];

function companyShape({ reference, id, name, ownerReference }: Company) {
  return { reference, company_id: id, name, status: "active", owner_user_id: ownerReference };
}
