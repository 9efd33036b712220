import type { Collection } from "../world/collection.ts";
import type { Role, RolePermission } from "../world/people.ts";
import type { Call } from "./endpoint.ts";

/** Whether the user has a role in a company at all. */
export function isIn(call: Call, companyReference: string): boolean {
  return (
    !call.switches.checkUserPermissions || rolesOf(call).some((role) => role.companyReference === companyReference)
  );
}

/**
 * Whether the user may do something in a team: by a role there, or by one in the company's topmost team, whose owner may
 * do everything (Upwork's support pages: permissions are relative to a team, an owner is relative to a company).
 */
export function may(call: Call, permission: RolePermission, teamReference: string): boolean {
  if (!call.switches.checkUserPermissions) return true;
  const parent = call.world.teams.get(teamReference)?.parentReference;
  return rolesOf(call).some(
    (role) =>
      (role.teamReference === teamReference || role.teamReference === parent) && role.permissions.includes(permission),
  );
}

type ByUser = { counted: number; roles: Map<string, Role[]> };
const byUser = new WeakMap<Collection<Role>, ByUser>();

/** The user's roles, looked up and not searched for: every call asks, and a list asks for each of its rows. */
function rolesOf({ world, user }: Call): readonly Role[] {
  const { rows } = world.roles;
  const known = byUser.get(world.roles);
  const { roles } = known?.counted === rows.length ? known : regroup(world.roles);
  return roles.get(user.reference) ?? [];
}

function regroup(roles: Collection<Role>): ByUser {
  const grouped = { counted: roles.rows.length, roles: Map.groupBy(roles.rows, ({ userReference }) => userReference) };
  byUser.set(roles, grouped);
  return grouped;
}
