import type { AdminDoor } from "../clients/admin-door.ts";
import type { HttpRequest } from "../platform/http.ts";
import { Problem } from "../platform/problem.ts";
import { requireSameSite } from "../platform/same-site.ts";

/**
 * Lets an admin's request pass: with the admin key, or with a session of the console. What a browser adds by itself
 * (a cookie, the way to an open door) does not count when another site's page sent the request.
 *
 * The returned function throws Problem `admin-key-refused` or `other-site-refused`.
 */
export function createAdmit(door: AdminDoor): (request: HttpRequest) => Promise<void> {
  return async (request) => {
    // Of what else may stand there a browser sends some by itself, such as the user and password of an address.
    const hasKey = /^Bearer /i.test(request.headers.authorization ?? "");
    if (!hasKey) requireSameSite(request);
    if (await door.admits(request)) return;
    throw new Problem(
      "admin-key-refused",
      hasKey
        ? "This is not the admin key. It is in Secrets Manager, under the stage's prefix, as admin-key."
        : "Send the admin key as Authorization: Bearer ugw_admin_..., or log in at the console.",
      { headers: { "www-authenticate": 'Bearer realm="upwork-gateway admin"' } },
    );
  };
}
