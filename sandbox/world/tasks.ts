import { type Collection, createCollection } from "./collection.ts";
import type { Hiring } from "./hiring.ts";
import type { People } from "./people.ts";
import { seeded } from "./seeded.ts";

/** An activity: what hours can be booked on. Codes are unique in a company. */
export type Task = {
  reference: string;
  code: string;
  description: string;
  url: string;
  companyReference: string;
  teamReference: string;
  userReference: string;
  isArchived: boolean;
};

export const taskName = (companyReference: string, code: string) => `${companyReference} ${code}`;

/** Three activities in each team of the accounts' companies, the first two open to the company's hourly contracts. */
export function makeTasks(seed: number, { teams, accounts, companies }: People, hiring: Hiring): Collection<Task> {
  const source = seeded(seed, "tasks");
  const tasks = createTasks();
  for (const company of companies.rows) {
    if (!accounts.some(({ reference }) => reference === company.ownerReference)) continue;
    for (const team of teams.rows) {
      if (team.companyReference !== company.reference) continue;
      for (let count = 1; count <= 3; count += 1) {
        tasks.add({
          reference: tasks.nextReference(),
          code: `${team.name.slice(0, 4).toUpperCase().trim()}-${team.reference.slice(-2)}${count}`,
          description: `${source.hacker.verb()} ${source.hacker.noun()}`,
          url: "",
          companyReference: company.reference,
          teamReference: team.reference,
          userReference: "",
          isArchived: count === 3,
        });
      }
    }
  }
  for (const contract of hiring.contracts.rows) {
    const open = tasks.rows.filter(
      (task) =>
        task.companyReference === contract.companyReference && !task.isArchived && contract.jobType === "hourly",
    );
    contract.taskCodes = open.slice(0, 2).map(({ code }) => code);
  }
  return tasks;
}

export function createTasks(): Collection<Task> {
  return createCollection(8_000_001, ({ reference, companyReference, code }) => [
    reference,
    taskName(companyReference, code),
  ]);
}
