import type { Company, Role, Team, User } from "../world/people.ts";
import type { World } from "../world/world.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { answered, forbidden, notFound, type Result } from "./results.ts";
import { isIn, may } from "./roles.ts";
import { flag, listed, oneOrMany, wrapped } from "./shapes.ts";

/** Companies, teams, users and roles, as hr/v2 shows them. */
export const organisationEndpoints = [
  {
    method: "GET",
    path: "/api/hr/v2/users/me",
    permission: "organisation",
    shape: "client",
    answer: ({ world, user }) => answered({ user: userShape(user, world) }),
  },
  {
    method: "GET",
    path: "/api/hr/v2/users/{user}",
    permission: "organisation",
    shape: "client",
    answer: ({ world, segment }) => {
      const user = world.users.get(segment("user"));
      return user === undefined ? notFound : answered({ user: userShape(user, world) });
    },
  },
  {
    method: "GET",
    path: "/api/hr/v2/companies",
    permission: "organisation",
    shape: "client",
    answer: ({ world, user }) => answered({ companies: listed(companiesOf(world, user).map(companyShape)) }),
  },
  {
    method: "GET",
    path: "/api/hr/v2/companies/{company}",
    permission: "organisation",
    shape: "client",
    answer: inCompany((_call, company) => ({ company: companyShape(company) })),
  },
  {
    method: "GET",
    path: "/api/hr/v2/companies/{company}/teams",
    permission: "organisation",
    shape: "client",
    answer: inCompany(({ world }, company) => ({
      teams: listed(teamsOf(world, company).map((team) => teamShape(team, world))),
    })),
  },
  {
    method: "GET",
    path: "/api/hr/v2/companies/{company}/users",
    permission: "organisation",
    shape: "client",
    answer: inCompany(({ world, parameters }, company) => {
      const roles = world.roles.rows.filter(({ companyReference }) => companyReference === company.reference);
      return { users: usersOf(world, roles, parameters.get("status_in_company")) };
    }),
  },
  {
    method: "GET",
    path: "/api/hr/v2/teams",
    permission: "organisation",
    shape: "client",
    answer: ({ world, user }) => {
      const teams = companiesOf(world, user).flatMap((company) => teamsOf(world, company));
      return answered({ teams: listed(teams.map((team) => teamShape(team, world))) });
    },
  },
  {
    method: "GET",
    path: "/api/hr/v2/teams/{team}",
    permission: "organisation",
    shape: "client",
    answer: inTeam(({ world, parameters }, team) => {
      const withUsers = ["1", "true", "True"].includes(parameters.get("include_users"));
      const users = withUsers ? { users: usersOf(world, rolesIn(world, team), "") } : {};
      return { team: { ...teamShape(team, world), ...users } };
    }),
  },
  {
    method: "GET",
    path: "/api/hr/v2/teams/{team}/users",
    permission: "organisation",
    shape: "client",
    answer: inTeam(({ world, parameters }, team) => ({
      users: usersOf(world, rolesIn(world, team), parameters.get("status_in_team")),
    })),
  },
  {
    method: "GET",
    path: "/api/hr/v2/userroles",
    permission: "organisation",
    shape: "client",
    answer: ({ world, user }) => answered({ userroles: rolesShape(world, user) }),
  },
  {
    method: "GET",
    path: "/api/hr/v2/userroles/{user}",
    permission: "organisation",
    shape: "client",
    answer: (call) => {
      const user = call.world.users.get(call.segment("user"));
      if (user === undefined) return notFound;
      const shared = call.world.roles.rows.filter(
        ({ userReference, companyReference }) =>
          userReference === user.reference && may(call, "manage_employment", companyReference),
      );
      if (user !== call.user && shared.length === 0) return forbidden;
      return answered({ userroles: rolesShape(call.world, user) });
    },
  },
] as const satisfies readonly Endpoint[];

function inCompany(payload: (call: Call, company: Company) => Record<string, unknown>) {
  return (call: Call): Result => {
    const company = call.world.companies.get(call.segment("company"));
    if (company === undefined) return notFound;
    return isIn(call, company.reference) ? answered(payload(call, company)) : forbidden;
  };
}

function inTeam(payload: (call: Call, team: Team) => Record<string, unknown>) {
  return (call: Call): Result => {
    const team = call.world.teams.get(call.segment("team"));
    if (team === undefined) return notFound;
    return isIn(call, team.companyReference) ? answered(payload(call, team)) : forbidden;
  };
}

function companiesOf(world: World, user: User): Company[] {
  const own = world.roles.rows.filter(({ userReference }) => userReference === user.reference);
  const references = new Set(own.map(({ companyReference }) => companyReference));
  return [...references].flatMap((reference) => world.companies.get(reference) ?? []);
}

const teamsOf = ({ teams }: World, company: Company) =>
  teams.rows.filter(({ companyReference }) => companyReference === company.reference);

/** Roles that reach into a team: those in it and those in its parent. */
const rolesIn = ({ roles }: World, team: Team) =>
  roles.rows.filter(({ teamReference }) => teamReference === team.reference || teamReference === team.parentReference);

function usersOf(world: World, roles: readonly Role[], status: string) {
  const references = new Set(roles.map(({ userReference }) => userReference));
  const users = [...references].flatMap((reference) => world.users.get(reference) ?? []);
  const wanted = users.filter(({ isActive }) => status === "" || isActive === (status === "active"));
  return listed(wanted.map((user) => userShape(user, world)));
}

function userShape(user: User, { freelancers }: World) {
  return {
    id: user.id,
    reference: user.reference,
    first_name: user.firstName,
    last_name: user.lastName,
    email: user.email,
    status: user.isActive ? "active" : "inactive",
    timezone: user.timezone,
    timezone_offset: user.timezoneOffset,
    public_url: `https://www.upwork.com/users/${user.ciphertext}`,
    profile_key: user.ciphertext,
    is_provider: flag(freelancers.get(user.reference) !== undefined),
  };
}

function companyShape({ reference, id, name, ownerReference }: Company) {
  return { reference, company_id: id, name, status: "active", owner_user_id: ownerReference };
}

function teamShape({ reference, id, name, companyReference, parentReference }: Team, { companies, teams }: World) {
  const parent = teams.get(parentReference);
  return {
    reference,
    id,
    name,
    status: "active",
    company__reference: companyReference,
    company_name: companies.get(companyReference)?.name ?? "",
    parent_team__id: parent?.id ?? "",
    parent_team__reference: parentReference,
    parent_team__name: parent?.name ?? "",
    is_hidden: "",
  };
}

function rolesShape(world: World, user: User) {
  const roles = world.roles.rows.filter(({ userReference }) => userReference === user.reference);
  return wrapped(
    "userrole",
    roles.map((role) => roleShape(role, user, world)),
  );
}

function roleShape(role: Role, user: User, { teams, companies, freelancers }: World) {
  const team = teams.get(role.teamReference);
  const parent = teams.get(team?.parentReference ?? "");
  return {
    reference: role.reference,
    role: role.role === "owner" ? "admin" : role.role,
    is_owner: flag(role.role === "owner"),
    user__id: user.id,
    user__reference: user.reference,
    user__first_name: user.firstName,
    user__last_name: user.lastName,
    user__is_provider: flag(freelancers.get(user.reference) !== undefined),
    team__id: team?.id ?? "",
    team__reference: role.teamReference,
    team__name: team?.name ?? "",
    team__is_hidden: "",
    parent_team__id: parent?.id ?? "",
    parent_team__reference: parent?.reference ?? "",
    parent_team__name: parent?.name ?? "",
    company__reference: role.companyReference,
    company__name: companies.get(role.companyReference)?.name ?? "",
    engagement__reference: role.engagementReference,
    affiliation_status: "none",
    has_team_room_access: "1",
    permissions: role.permissions.length === 0 ? "" : { permission: oneOrMany(role.permissions) },
  };
}
