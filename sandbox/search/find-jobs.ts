import type { Parameters } from "../endpoints/endpoint.ts";
import type { Job } from "../world/jobs.ts";

/** Searches end here (Upwork FAQ); the total stays true. */
const maxResults = 5_000;

/**
 * Finds jobs as `profiles/v2/search/jobs` does, newest first; `undefined` where `paging` is wrong.
 * Words of `q` must all occur in title, text or skills.
 */
export function findJobs(jobs: readonly Job[], parameters: Parameters) {
  const values = (name: string) => parameters.all(name).map((value) => value.toLowerCase());
  const paging = /^(\d{1,6});(\d{1,3})$/.exec(parameters.get("paging") || "0;20");
  const [offset, count] = [Number(paging?.[1]), Number(paging?.[2])];
  if (paging === null || count > 100) return undefined;

  const words = values("q").flatMap((q) => q.split(/[\s"]+/).filter((word) => word !== ""));
  const titles = values("title");
  const skills = values("skills").flatMap((list) => list.split(/[;,]/));
  const jobType = values("job_type")[0];
  const status = values("job_status")[0];
  const found = jobs
    .filter((job) => {
      const text = `${job.title} ${job.description} ${job.skills.join(" ")}`.toLowerCase();
      return (
        words.every((word) => text.includes(word)) &&
        titles.every((title) => job.title.toLowerCase().includes(title)) &&
        skills.every((skill) => job.skills.includes(skill)) &&
        (jobType === undefined || job.jobType.toLowerCase() === jobType) &&
        (status === undefined || job.status.toLowerCase() === status)
      );
    })
    .toSorted((a, b) => b.createdAt - a.createdAt);
  return {
    jobs: found.slice(0, maxResults).slice(offset, offset + count),
    paging: { offset, count, total: found.length },
  };
}
