import type { Job } from "../world/jobs.ts";
import type { World } from "../world/world.ts";
import { money, stamp } from "./shapes.ts";

/** What hr/v2 calls the statuses of a job. */
export const postingStatuses = { Open: "open", Completed: "filled", Cancelled: "cancelled" } as const satisfies Record<
  Job["status"],
  string
>;

/** Where a job stands on Upwork's site. */
export const publicUrl = ({ key }: Job) => `https://www.upwork.com/jobs/${key}`;

/** A job as its own client sees it. */
export function postingShape(job: Job, world: World) {
  const team = world.teams.get(job.teamReference);
  const creator = world.users.get(job.createdBy);
  const company = world.companies.get(job.companyReference);
  const candidates = world.hiring.applications.rows.filter(({ jobReference }) => jobReference === job.reference);
  const count = String(candidates.length);
  const active = String(candidates.filter(({ status }) => status !== "declined" && status !== "hidden").length);
  return {
    reference: job.reference,
    title: job.title,
    description: job.description,
    job_type: job.jobType === "Hourly" ? "hourly" : "fixed-price",
    status: postingStatuses[job.status],
    visibility: job.visibility,
    category2: job.category,
    subcategory2: job.subcategory,
    budget: job.jobType === "Hourly" ? "" : money(job.budget).replace(".00", ""),
    duration: job.duration ?? "",
    skills: job.skills.join(";"),
    start_date: stamp(job.startsAt),
    end_date: stamp(job.endedAt),
    created_time: stamp(job.createdAt),
    created_by: creator?.id ?? "",
    created_by_name: `${creator?.firstName} ${creator?.lastName}`,
    filled_date: job.status === "Completed" ? stamp(job.endedAt) : "",
    cancelled_date: job.status === "Cancelled" ? stamp(job.endedAt) : "",
    public_url: publicUrl(job),
    num_candidates: count,
    num_active_candidates: active,
    num_new_candidates: "0",
    count_total_applicants: count,
    count_total_candidates: count,
    count_new_applicants: "0",
    last_candidacy_access_time: "",
    attachment_file_url: "",
    off_the_network: "",
    buyer_team__id: team?.id ?? "",
    buyer_team__reference: job.teamReference,
    buyer_team__name: team?.name ?? "",
    buyer_company__reference: job.companyReference,
    buyer_company__name: company?.name ?? "",
  };
}
