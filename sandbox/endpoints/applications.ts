import type { Application } from "../world/hiring.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { inOrder, onPage, parsePage } from "./lister.ts";
import { publicUrl } from "./posting-shape.ts";
import { answered, failed, forbidden, missingParameter, notFound, type Result } from "./results.ts";
import { may } from "./roles.ts";
import { money, stamp } from "./shapes.ts";

/**
 * Applications for jobs, from the client's side and from the freelancer's: hr/v4. Upwork's Node client leaves out the
 * slash before a single one's reference, and so asks for a path that does not exist, here as there.
 */
export const applicationEndpoints = [
  {
    method: "GET",
    path: "/api/hr/v4/clients/applications",
    permission: "offersRead",
    shape: "guess",
    answer: clientList,
  },
  {
    method: "GET",
    path: "/api/hr/v4/clients/applications/{application}",
    permission: "offersRead",
    shape: "guess",
    answer: clientOne,
  },
  {
    method: "GET",
    path: "/api/hr/v4/contractors/applications",
    permission: "offersRead",
    shape: "guess",
    answer: freelancerList,
  },
  {
    method: "GET",
    path: "/api/hr/v4/contractors/applications/{application}",
    permission: "offersRead",
    shape: "guess",
    answer: (call) => {
      const application = call.world.hiring.applications.get(call.segment("application"));
      if (application === undefined) return notFound;
      return isOwn(call, application) ? answered({ data: applicationShape(call, application) }) : forbidden;
    },
  },
] as const satisfies readonly Endpoint[];

/** What the freelancer's list calls the kinds of application. */
const kinds = {
  interviews: ({ status }) => status === "messaged" || status === "shortlisted",
  invites: ({ origin }) => origin === "invitation",
  active: ({ status, origin }) => status !== "declined" && origin === "application",
} as const satisfies Record<string, (application: Application) => boolean>;

const clientStatuses = ["shortlisted", "messaged", "hired", "offered", "declined", "hidden"];

function isOwn({ user, switches }: Call, { freelancerReference }: Application): boolean {
  return !switches.checkUserPermissions || freelancerReference === user.reference;
}

function clientList(call: Call): Result {
  const { world, parameters } = call;
  const missing = missingParameter(parameters, ["buyer_team__reference", "job_key"]);
  if (missing !== undefined) return missing;
  const team = world.teams.get(parameters.get("buyer_team__reference"));
  const job = world.jobs.get(parameters.get("job_key"));
  if (team === undefined || job === undefined || job.companyReference !== team.companyReference) return notFound;
  if (!may(call, "manage_recruiting", team.reference)) return forbidden;
  const [status, profile] = [parameters.get("status"), world.users.get(parameters.get("profile_key"))];
  if (status !== "" && !clientStatuses.includes(status)) return failed(400, `Unknown status: ${status}`);
  return paged(
    call,
    world.hiring.applications.rows.filter(
      (row) =>
        row.jobReference === job.reference &&
        (status === "" || row.status === status) &&
        (parameters.get("profile_key") === "" || row.freelancerReference === profile?.reference),
    ),
  );
}

function clientOne(call: Call): Result {
  const { world, parameters } = call;
  const missing = missingParameter(parameters, ["buyer_team__reference"]);
  if (missing !== undefined) return missing;
  const application = world.hiring.applications.get(call.segment("application"));
  const job = world.jobs.get(application?.jobReference ?? "");
  if (application === undefined || job === undefined) return notFound;
  if (!may(call, "manage_recruiting", job.teamReference)) return forbidden;
  return answered({ data: applicationShape(call, application) });
}

function freelancerList(call: Call): Result {
  const status = call.parameters.get("status");
  const isWanted = Object.entries(kinds).find(([name]) => name === status)?.[1];
  if (status !== "" && isWanted === undefined) return failed(400, "Unknown status: interviews, invites or active");
  const own = call.world.hiring.applications.rows.filter((row) => row.freelancerReference === call.user.reference);
  return paged(call, isWanted === undefined ? own : own.filter(isWanted));
}

function paged(call: Call, applications: readonly Application[]): Result {
  const page = parsePage("page", call.parameters.get("page").replaceAll("None", "0"));
  if ("error" in page) return page;
  const rows = inOrder(
    applications.map((application) => applicationShape(call, application)),
    call.parameters.get("order_by"),
  );
  return answered({ data: { applications: onPage(rows, page), paging: { ...page, total: rows.length } } });
}

function applicationShape({ world }: Call, application: Application) {
  const job = world.jobs.get(application.jobReference);
  const freelancer = world.users.get(application.freelancerReference);
  return {
    reference: application.reference,
    status: application.status,
    created_type: application.origin === "invitation" ? "buyer" : "provider",
    cover_letter: application.coverLetter,
    charge_rate: money(application.chargeRate),
    created_time: stamp(application.createdAt),
    job__reference: application.jobReference,
    job__title: job?.title ?? "",
    job_key: job?.key ?? "",
    job_url: job === undefined ? "" : publicUrl(job),
    buyer_team__reference: job?.teamReference ?? "",
    provider__reference: application.freelancerReference,
    provider__id: freelancer?.id ?? "",
    provider__name: `${freelancer?.firstName} ${freelancer?.lastName}`,
    provider__profile_key: freelancer?.ciphertext ?? "",
  };
}
