import type { Contract } from "../world/hiring.ts";
import type { Team } from "../world/people.ts";
import { type Task, taskName } from "../world/tasks.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { clientSide, eitherSide, onContract } from "./parties.ts";
import { answered, failed, forbidden, missingParameter, notFound, type Result } from "./results.ts";
import { isIn, may } from "./roles.ts";
import { flag, oneOrMany, wrapped } from "./shapes.ts";

const company = "/api/otask/v1/tasks/companies/{company}";
const team = `${company}/teams/{team}`;

/** Activities that hours are booked on: otask/v1 and tasks/v2. A company's own are those of its topmost team. */
export const activityEndpoints = [
  { method: "GET", path: `${team}/tasks`, permission: "tasksRead", shape: "client", answer: inTeam(list) },
  { method: "GET", path: `${team}/tasks/{codes}`, permission: "tasksRead", shape: "client", answer: inTeam(some) },
  { method: "POST", path: `${team}/tasks`, permission: "tasksWrite", shape: "guess", answer: managing(add) },
  { method: "PUT", path: `${team}/tasks/{codes}`, permission: "tasksWrite", shape: "guess", answer: managing(edit) },
  {
    method: "PUT",
    path: `${team}/archive/{codes}`,
    permission: "tasksWrite",
    shape: "guess",
    answer: managing(archive(true)),
  },
  {
    method: "PUT",
    path: `${team}/unarchive/{codes}`,
    permission: "tasksWrite",
    shape: "guess",
    answer: managing(archive(false)),
  },
  { method: "PUT", path: `${company}/tasks/batch`, permission: "tasksWrite", shape: "guess", answer: managing(batch) },
  {
    method: "PUT",
    path: `${team}/engagements/{contract}/tasks`,
    permission: "tasksWrite",
    shape: "guess",
    answer: onContract(clientSide, assign),
  },
  {
    method: "GET",
    path: "/api/tasks/v2/tasks/contracts/{contract}",
    permission: "tasksRead",
    shape: "guess",
    answer: onContract(eitherSide, ({ world }, { companyReference, taskCodes }) => {
      const tasks = taskCodes.flatMap((code) => world.tasks.get(taskName(companyReference, code)) ?? []);
      return answered({ tasks: wrapped("task", tasks.map(taskShape)) });
    }),
  },
  {
    method: "PUT",
    path: "/api/tasks/v2/tasks/contracts/{contract}",
    permission: "tasksWrite",
    shape: "guess",
    answer: onContract(clientSide, assign),
  },
] as const satisfies readonly Endpoint[];

function teamOf({ world, segment }: Call): Team | undefined {
  const found = world.teams.get(segment("team") || segment("company"));
  const owner = world.companies.get(segment("company"));
  return found?.companyReference === owner?.reference ? found : undefined;
}

function inTeam(answer: (call: Call, team: Team) => Result) {
  return (call: Call): Result => {
    const found = teamOf(call);
    if (found === undefined) return notFound;
    return isIn(call, found.companyReference) ? answer(call, found) : forbidden;
  };
}

function managing(answer: (call: Call, team: Team) => Result) {
  return inTeam((call, found) => (may(call, "manage_employment", found.reference) ? answer(call, found) : forbidden));
}

const tasksOf = ({ world }: Call, { reference }: Team) =>
  world.tasks.rows.filter(({ teamReference }) => teamReference === reference);

const namedIn = (call: Call, found: Team) => {
  const codes = call.segment("codes").split(";");
  return tasksOf(call, found).filter(({ code }) => codes.includes(code));
};

function list(call: Call, found: Team): Result {
  return answered({ tasks: wrapped("task", tasksOf(call, found).map(taskShape)) });
}

function some(call: Call, found: Team): Result {
  const tasks = namedIn(call, found);
  return tasks.length === 0 ? notFound : answered({ tasks: { task: oneOrMany(tasks.map(taskShape)) } });
}

function add(call: Call, found: Team): Result {
  const { world, parameters } = call;
  const missing = missingParameter(parameters, ["code", "description"]);
  if (missing !== undefined) return missing;
  const code = parameters.get("code");
  if (world.tasks.get(taskName(found.companyReference, code))) return failed(400, `The code ${code} is taken`);
  const task = put(call, found, code, parameters.get("description"), parameters.get("url"));
  openTo(call, found, [code]);
  return answered({ message: "Task created", task: taskShape(task) });
}

function put({ world }: Call, found: Team, code: string, description: string, url: string): Task {
  const known = world.tasks.get(taskName(found.companyReference, code));
  if (known) return world.tasks.change(known, { description, url });
  return world.tasks.add({
    reference: world.tasks.nextReference(),
    code,
    description,
    url,
    companyReference: found.companyReference,
    teamReference: found.reference,
    userReference: "",
    isArchived: false,
  });
}

/** Opens activities to the contracts that the call names, or to all of the company's. */
function openTo({ world, parameters }: Call, found: Team, codes: readonly string[]): void {
  const named = parameters
    .all("engagements")
    .flatMap((text) => text.split(";"))
    .filter(Boolean);
  const isForAll = ["1", "true"].includes(parameters.get("all_in_company")) && named.length === 0;
  for (const contract of world.hiring.contracts.rows) {
    if (contract.companyReference !== found.companyReference) continue;
    if (!isForAll && !named.includes(contract.reference)) continue;
    world.hiring.contracts.change(contract, { taskCodes: [...new Set([...contract.taskCodes, ...codes])] });
  }
}

function edit(call: Call, found: Team): Result {
  const { parameters } = call;
  const missing = missingParameter(parameters, ["description"]);
  if (missing !== undefined) return missing;
  const [task] = namedIn(call, found);
  if (task === undefined) return notFound;
  put(call, found, task.code, parameters.get("description"), parameters.get("url"));
  openTo(call, found, [task.code]);
  return answered({ message: "Task updated", task: taskShape(task) });
}

function archive(isArchived: boolean) {
  return (call: Call, found: Team): Result => {
    const tasks = namedIn(call, found);
    if (tasks.length === 0) return notFound;
    for (const task of tasks) call.world.tasks.change(task, { isArchived });
    return answered({ message: isArchived ? "Tasks archived" : "Tasks unarchived" });
  };
}

/** Lines of `"companyid","teamid","userid","taskid","description","url"`, parted by `<br>` (python-upwork). */
function batch(call: Call, found: Team): Result {
  const { world, parameters } = call;
  const missing = missingParameter(parameters, ["data"]);
  if (missing !== undefined) return missing;
  const rows = parameters
    .get("data")
    .split(/<br\s*\/?>|\n/i)
    .filter((line) => line.trim() !== "")
    .map(fieldsOf);
  for (const [index, fields] of rows.entries()) {
    const [, teamId = "", , code = "", description = ""] = fields;
    const isKnown = teamId === "" || world.teams.get(teamId)?.companyReference === found.companyReference;
    if (fields.length < 5 || code === "" || description === "" || !isKnown) {
      return failed(
        400,
        `Line ${index + 1} is not companyid, teamid, userid, taskid, description, url of this company`,
      );
    }
  }
  for (const [, teamId = "", , code = "", description = "", url = ""] of rows) {
    put(call, world.teams.get(teamId) ?? found, code, description, url);
  }
  return answered({ message: `${rows.length} tasks updated` });
}

/** The fields of one line of CSV, in which a doubled quote stands for a quote. */
function fieldsOf(line: string): string[] {
  return [...line.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/g)]
    .slice(0, 6)
    .map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare?.trim() ?? "");
}

function assign({ world, parameters }: Call, contract: Contract): Result {
  const codes = parameters
    .all("tasks")
    .flatMap((text) => text.split(";"))
    .filter(Boolean);
  const unknown = codes.find((code) => world.tasks.get(taskName(contract.companyReference, code)) === undefined);
  if (unknown !== undefined) return failed(400, `Unknown task code: ${unknown}`);
  world.hiring.contracts.change(contract, { taskCodes: codes });
  return answered({ message: "Tasks assigned" });
}

function taskShape(task: Task) {
  return {
    reference: task.reference,
    company_reference: task.companyReference,
    team__reference: task.teamReference,
    user__reference: task.userReference,
    code: task.code,
    description: task.description,
    url: task.url,
    level: task.teamReference === task.companyReference ? "company" : "team",
    archived: flag(task.isArchived),
  };
}
