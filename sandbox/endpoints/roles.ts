import type { RolePermission } from "../world/people.ts";
import type { Call } from "./endpoint.ts";

/** Whether the user has a role in a company at all. */
export function isIn({ world, user, switches }: Call, companyReference: string): boolean {
  return (
    !switches.checkUserPermissions ||
    world.roles.rows.some((role) => role.userReference === user.reference && role.companyReference === companyReference)
  );
}

/**
 * Whether the user may do something in a team: by a role there, or by one in the company's topmost team, whose owner may
 * do everything (Upwork's support pages: permissions are relative to a team, an owner is relative to a company).
 */
export function may({ world, user, switches }: Call, permission: RolePermission, teamReference: string): boolean {
  if (!switches.checkUserPermissions) return true;
  const team = world.teams.get(teamReference);
  return world.roles.rows.some(
    ({ userReference, permissions, ...role }) =>
      userReference === user.reference &&
      (role.teamReference === teamReference || role.teamReference === team?.parentReference) &&
      permissions.includes(permission),
  );
}
