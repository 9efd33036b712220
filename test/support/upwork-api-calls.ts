import type { World } from "../../sandbox/world/world.ts";

/** One call site of Upwork's own Node client, `upwork-api` 1.3.8, with arguments that make sense in a sandbox's world. */
export type ApiCall = {
  /** Below `upwork-api/lib/routers/`, without `.js`. */
  router: string;
  method: string;
  /** What goes before the callback. */
  values: readonly unknown[];
  /** What the client asks for: the method it means, and the path without its query. */
  sends: `${"GET" | "POST" | "PUT" | "DELETE"} /${string}`;
  /** What Upwork answers; not 200 where the client has a mistake of its own. */
  status: number;
  /** A member of the answer that shows it is the right one. */
  shows: string;
};

/**
 * Every call site of the client's routers but one, `milestones.delete`, which throws a ReferenceError before it sends
 * anything. They are Ada's to make, in this order: later ones rely on what earlier ones wrote.
 *
 * @param day a recent workday as `yyyymmdd`
 */
export function upworkApiCalls(world: World, day: string): readonly ApiCall[] {
  const { hiring } = world;
  const ada = found(world.accounts.find(({ id }) => id === "ada"));
  const company = found(world.companies.get("adastudio"));
  const team = found(world.teams.get("adastudio:product"));
  const job = found(
    world.jobs.rows.findLast((row) => row.companyReference === company.reference && row.status === "Open"),
  );
  const other = found(world.jobs.rows.find((row) => row.companyReference !== company.reference));
  const freelancer = found(world.freelancers.rows.findLast(({ reference }) => reference !== ada.reference));
  const own = hiring.contracts.rows.filter(({ freelancerReference }) => freelancerReference === ada.reference);
  const bought = hiring.contracts.rows.filter((row) => row.companyReference === company.reference);
  const hourly = found(bought.find(({ jobType, status }) => jobType === "hourly" && status === "active"));
  const ending = found(bought.findLast(({ jobType, status }) => jobType === "hourly" && status === "active"));
  const [fixed, rejecting] = bought
    .filter(({ jobType }) => jobType === "fixed-price")
    .map(({ reference }) => reference);
  const ownHourly = found(own.find(({ jobType }) => jobType === "hourly"));
  const milestonesOf = (contract: string | undefined) =>
    hiring.milestones.rows
      .filter(({ contractReference }) => contractReference === contract)
      .map(({ reference }) => reference);
  const submissionOn = (contract: string | undefined) =>
    found(hiring.submissions.rows.find(({ milestoneReference }) => milestonesOf(contract).includes(milestoneReference)))
      .reference;
  // Milestones of a contract: the first is paid, the second handed in, the third not yet paid into escrow.
  const [, , third = ""] = milestonesOf(fixed);
  const [, , rejected = ""] = milestonesOf(rejecting);
  const [received, declined] = hiring.offers.rows.filter(
    (row) => row.freelancerReference === ada.reference && row.status === "new",
  );
  const made = found(
    hiring.offers.rows.find((row) => row.companyReference === company.reference && row.status === "new"),
  );
  const application = found(hiring.applications.rows.find(({ jobReference }) => jobReference === job.reference));
  const rooms = world.messages.rooms.rows.filter((row) => row.companyReference === company.reference);
  const roomAbout = (name: "offerReference" | "applicationReference" | "contractReference") =>
    found(rooms.find((row) => row[name] !== ""));
  const room = found(rooms[0]).id;
  const task = found(world.tasks.rows.find(({ teamReference }) => teamReference === team.reference)).code;
  const contractTask = found(
    world.tasks.rows.find(({ companyReference }) => companyReference === company.reference),
  ).code;
  const cell = found(lastCell(world, ownHourly.reference, day));
  const newJob = world.jobs.nextReference();
  const teamPath = `/api/otask/v1/tasks/companies/${company.id}/teams/${team.id}` as const;
  const tq = { tq: "SELECT worked_on, memo, hours WHERE worked_on >= '2020-01-01' ORDER BY worked_on" };
  const fq = { tq: "SELECT reference, date, type, subtype, amount WHERE date >= '2020-01-01'" };

  const reports: ApiCall[] = [
    timeReport("getByTeamFull", [company.id, team.id], `companies/${company.id}/teams/${team.id}`),
    timeReport("getByTeamLimited", [company.id, team.id], `companies/${company.id}/teams/${team.id}/hours`),
    timeReport("getByAgency", [company.id, company.id], `companies/${company.id}/agencies/${company.id}`),
    timeReport("getByCompany", [company.id], `companies/${company.id}`),
    timeReport("getByFreelancerLimited", [ada.id], `providers/${ada.id}/hours`),
    timeReport("getByFreelancerFull", [ada.id], `providers/${ada.id}`),
    ...(["billings", "earnings"] as const).flatMap((kind) => [
      moneyReport(kind, "getByFreelancer", ada.reference, `providers/${ada.reference}/${kind}`),
      moneyReport(kind, "getByFreelancersTeam", company.reference, `provider_teams/${company.reference}/${kind}`),
      moneyReport(
        kind,
        "getByFreelancersCompany",
        company.reference,
        `provider_companies/${company.reference}/${kind}`,
      ),
      moneyReport(kind, "getByBuyersTeam", team.reference, `buyer_teams/${team.reference}/${kind}`),
      moneyReport(kind, "getByBuyersCompany", company.reference, `buyer_companies/${company.reference}/${kind}`),
    ]),
    moneyReport("accounts", "getOwned", ada.reference, `financial_account_owner/${ada.reference}`),
    moneyReport("accounts", "getSpecific", company.reference, `financial_accounts/${company.reference}`),
  ];
  function timeReport(method: string, values: string[], path: string): ApiCall {
    const sends = `GET /gds/timereports/v1/${path}` as const;
    return { router: "reports/time", method, values: [...values, tq], sends, status: 200, shows: "table" };
  }
  function moneyReport(router: string, method: string, entity: string, path: string): ApiCall {
    const sends = `GET /gds/finreports/v2/${path}` as const;
    return { router: `reports/finance/${router}`, method, values: [entity, fq], sends, status: 200, shows: "table" };
  }
  type Row = [
    router: string,
    method: string,
    values: unknown[],
    sends: ApiCall["sends"],
    shows: string,
    status?: number,
  ];
  const rows: Row[] = [
    ["auth", "getUserInfo", [], "GET /api/auth/v1/info", "info"],

    ["metadata", "getCategoriesV2", [], "GET /api/profiles/v2/metadata/categories", "categories"],
    ["metadata", "getSkills", [], "GET /api/profiles/v1/metadata/skills", "skills"],
    ["metadata", "getSkillsV2", [], "GET /api/profiles/v2/metadata/skills", "skills"],
    ["metadata", "getSpecialties", [], "GET /api/profiles/v1/metadata/specialties", "specialties"],
    ["metadata", "getRegions", [], "GET /api/profiles/v1/metadata/regions", "regions"],
    ["metadata", "getTests", [], "GET /api/profiles/v1/metadata/tests", "tests"],
    ["metadata", "getReasons", [{ type: "CloseOpening" }], "GET /api/profiles/v1/metadata/reasons", "reasons"],

    [
      "jobs/search",
      "find",
      [{ q: "node.js OR title:report", paging: "0;10", skills: ["python"] }],
      "GET /api/profiles/v2/search/jobs",
      "jobs",
    ],
    [
      "jobs/profile",
      "getSpecific",
      [`${job.key};${other.key}`],
      `GET /api/profiles/v1/jobs/${job.key};${other.key}`,
      "profiles",
    ],
    [
      "freelancers/search",
      "find",
      [{ q: "specialist", rate: "[10 TO 90]" }],
      "GET /api/profiles/v2/search/providers",
      "providers",
    ],
    [
      "freelancers/profile",
      "getSpecific",
      [freelancer.ciphertext],
      `GET /api/profiles/v1/providers/${freelancer.ciphertext}`,
      "profile",
    ],
    [
      "freelancers/profile",
      "getSpecificBrief",
      [freelancer.ciphertext],
      `GET /api/profiles/v1/providers/${freelancer.ciphertext}/brief`,
      "profile",
    ],

    ["organization/users", "getMyInfo", [], "GET /api/hr/v2/users/me", "user"],
    ["organization/users", "getSpecific", [ada.reference], `GET /api/hr/v2/users/${ada.reference}`, "user"],
    ["organization/companies", "getList", [], "GET /api/hr/v2/companies", "companies"],
    [
      "organization/companies",
      "getSpecific",
      [company.reference],
      `GET /api/hr/v2/companies/${company.reference}`,
      "company",
    ],
    [
      "organization/companies",
      "getTeams",
      [company.reference],
      `GET /api/hr/v2/companies/${company.reference}/teams`,
      "teams",
    ],
    [
      "organization/companies",
      "getUsers",
      [company.reference],
      `GET /api/hr/v2/companies/${company.reference}/users`,
      "users",
    ],
    ["organization/teams", "getList", [], "GET /api/hr/v2/teams", "teams"],
    ["organization/teams", "getUsersInTeam", [team.reference], `GET /api/hr/v2/teams/${team.reference}/users`, "users"],
    ["hr/roles", "getAll", [], "GET /api/hr/v2/userroles", "userroles"],
    ["hr/roles", "getBySpecificUser", [ada.reference], `GET /api/hr/v2/userroles/${ada.reference}`, "userroles"],

    [
      "hr/jobs",
      "getList",
      [{ buyer_team__reference: company.reference, include_sub_teams: 1, page: "0;5" }],
      `GET /api/hr/v2/jobs`,
      "jobs",
    ],
    ["hr/jobs", "getSpecific", [job.key], `GET /api/hr/v2/jobs/${job.key}`, "job"],
    [
      "hr/jobs",
      "postJob",
      [
        {
          buyer_team__reference: team.reference,
          title: "Tune a harpsichord ~ & a clavichord",
          job_type: "fixed-price",
          description: "A = 415 Hz; 100 % by ear + patience",
          visibility: "public",
          category2: "Writing",
          subcategory2: "Copywriting",
          budget: "500",
          skills: "php;node.js",
        },
      ],
      "POST /api/hr/v2/jobs",
      "job",
    ],
    [
      "hr/jobs",
      "editJob",
      [
        newJob,
        {
          buyer_team__reference: team.reference,
          title: "Tune a harpsichord",
          description: "A = 440 Hz",
          visibility: "public",
          category2: "Writing",
          subcategory2: "Copywriting",
          budget: "600",
          status: "open",
        },
      ],
      `PUT /api/hr/v2/jobs/${newJob}`,
      "message",
    ],
    [
      "hr/interviews",
      "invite",
      [newJob, { cover: "Would you?", profile_key: freelancer.ciphertext }],
      `POST /api/hr/v1/jobs/${newJob}/candidates`,
      "candidate",
    ],
    ["hr/jobs", "deleteJob", [newJob, { reason_code: "41" }], `DELETE /api/hr/v2/jobs/${newJob}`, "message"],

    [
      "hr/clients/applications",
      "getList",
      [{ buyer_team__reference: job.teamReference, job_key: job.key }],
      `GET /api/hr/v4/clients/applications`,
      "data",
    ],
    // The client leaves out the slash, here and for freelancers, and so asks for what is not there.
    [
      "hr/clients/applications",
      "getSpecific",
      [application.reference, { buyer_team__reference: job.teamReference }],
      `GET /api/hr/v4/clients/applications${application.reference}`,
      "error",
      404,
    ],
    [
      "hr/freelancers/applications",
      "getList",
      [{ status: "active" }],
      "GET /api/hr/v4/contractors/applications",
      "data",
    ],
    [
      "hr/freelancers/applications",
      "getSpecific",
      [application.reference],
      `GET /api/hr/v4/contractors/applications${application.reference}`,
      "error",
      404,
    ],

    [
      "hr/clients/offers",
      "getList",
      [{ company_id: company.reference, status: "new" }],
      `GET /api/offers/v1/clients/offers`,
      "offers",
    ],
    [
      "hr/clients/offers",
      "getSpecific",
      [made.reference, { company_id: company.reference }],
      `GET /api/offers/v1/clients/offers/${made.reference}`,
      "offer",
    ],
    [
      "hr/clients/offers",
      "makeOffer",
      [
        {
          title: "Tune it",
          job_type: "fixed-price",
          charge_rate: "300",
          message_to_contractor: "Please",
          contractor_reference: freelancer.reference,
          team__reference: team.reference,
          "milestones[0][milestone_description]": "All of it",
          "milestones[0][deposit_amount]": "300",
          "milestones[0][due_date]": "12-24-2026",
        },
      ],
      "POST /api/offers/v1/clients/offers",
      "offer",
    ],
    ["hr/freelancers/offers", "getList", [{ status: "new" }], "GET /api/offers/v1/contractors/offers", "offers"],
    [
      "hr/freelancers/offers",
      "getSpecific",
      [received?.reference],
      `GET /api/offers/v1/contractors/offers/${received?.reference}`,
      "offer",
    ],
    [
      "hr/freelancers/offers",
      "actions",
      [declined?.reference, { action_name: "accept" }],
      `POST /api/offers/v1/contractors/actions/${declined?.reference}`,
      "engagement__reference",
    ],

    ["hr/engagements", "getList", [{ status: "active", page: "0;20" }], "GET /api/hr/v2/engagements", "engagements"],
    [
      "hr/engagements",
      "getSpecific",
      [hourly.reference],
      `GET /api/hr/v2/engagements/${hourly.reference}`,
      "engagement",
    ],
    [
      "hr/contracts",
      "suspendContract",
      [ending.reference, { message: "A pause" }],
      `PUT /api/hr/v2/contracts/${ending.reference}/suspend`,
      "message",
    ],
    [
      "hr/contracts",
      "restartContract",
      [ending.reference, { message: "Go on" }],
      `PUT /api/hr/v2/contracts/${ending.reference}/restart`,
      "message",
    ],
    [
      "hr/contracts",
      "endContract",
      [ending.reference, { reason: "API_REAS_JOB_COMPLETED_SUCCESSFULLY", would_hire_again: "yes" }],
      `DELETE /api/hr/v2/contracts/${ending.reference}`,
      "message",
    ],
    [
      "payments",
      "submitBonus",
      [company.reference, { engagement__reference: hourly.reference, comments: "Well done", charge_amount: "50" }],
      `POST /api/hr/v2/teams/${company.reference}/adjustments`,
      "adjustment",
    ],

    [
      "hr/milestones",
      "getActiveMilestone",
      [fixed],
      `GET /api/hr/v3/fp/milestones/statuses/active/contracts/${fixed}`,
      "milestone",
    ],
    [
      "hr/milestones",
      "getSubmissions",
      [milestonesOf(fixed)[1]],
      `GET /api/hr/v3/fp/milestones/${milestonesOf(fixed)[1]}/submissions`,
      "submissions",
    ],
    [
      "hr/submissions",
      "approve",
      [submissionOn(fixed), { amount: "5000" }],
      `PUT /api/hr/v3/fp/submissions/${submissionOn(fixed)}/approve`,
      "milestone",
    ],
    [
      "hr/submissions",
      "reject",
      [submissionOn(rejecting), { note2contractor: "Not yet" }],
      `PUT /api/hr/v3/fp/submissions/${submissionOn(rejecting)}/reject`,
      "submission",
    ],
    [
      "hr/milestones",
      "edit",
      [rejected, { milestone_description: "The rest", deposit_amount: "120" }],
      `PUT /api/hr/v3/fp/milestones/${rejected}`,
      "milestone",
    ],
    [
      "hr/milestones",
      "activate",
      [third, { message: "Please begin" }],
      `PUT /api/hr/v3/fp/milestones/${third}/activate`,
      "milestone",
    ],
    [
      "hr/milestones",
      "approve",
      [third, { bonus: "10", pay_comments: "Thanks" }],
      `PUT /api/hr/v3/fp/milestones/${third}/approve`,
      "milestone",
    ],
    [
      "hr/milestones",
      "create",
      [{ contract_reference: fixed, milestone_description: "An encore", deposit_amount: "80", due_date: "12-31-2026" }],
      "POST /api/hr/v3/fp/milestones",
      "milestone",
    ],

    ["messages", "getRooms", [company.id, {}], `GET /api/messages/v3/${company.id}/rooms`, "rooms"],
    ["messages", "getRoomDetails", [company.id, room, {}], `GET /api/messages/v3/${company.id}/rooms/${room}`, "room"],
    [
      "messages",
      "getRoomMessages",
      [company.id, room, {}],
      `GET /api/messages/v3/${company.id}/rooms/${room}/stories`,
      "stories",
    ],
    [
      "messages",
      "getRoomByOffer",
      [company.id, roomAbout("offerReference").offerReference, {}],
      `GET /api/messages/v3/${company.id}/rooms/offers/${roomAbout("offerReference").offerReference}`,
      "room",
    ],
    [
      "messages",
      "getRoomByApplication",
      [company.id, roomAbout("applicationReference").applicationReference, {}],
      `GET /api/messages/v3/${company.id}/rooms/applications/${roomAbout("applicationReference").applicationReference}`,
      "room",
    ],
    [
      "messages",
      "getRoomByContract",
      [company.id, roomAbout("contractReference").contractReference, {}],
      `GET /api/messages/v3/${company.id}/rooms/contracts/${roomAbout("contractReference").contractReference}`,
      "room",
    ],
    [
      "messages",
      "createRoom",
      [company.id, { roomName: "Harpsichords", users: freelancer.reference }],
      `POST /api/messages/v3/${company.id}/rooms`,
      "room",
    ],
    [
      "messages",
      "sendMessageToRoom",
      [company.id, room, { message: "Hello ~ how are you?" }],
      `POST /api/messages/v3/${company.id}/rooms/${room}/stories`,
      "story",
    ],
    [
      "messages",
      "sendMessageToRooms",
      [company.id, { message: "Hello all", roomIds: room }],
      `POST /api/messages/v3/${company.id}/stories/batch`,
      "stories",
    ],
    [
      "messages",
      "updateRoomSettings",
      [company.id, room, ada.id, { isFavorite: "true" }],
      `PUT /api/messages/v3/${company.id}/rooms/${room}/users/${ada.id}`,
      "room",
    ],
    [
      "messages",
      "updateRoomMetadata",
      [company.id, room, { isReadOnly: "true" }],
      `PUT /api/messages/v3/${company.id}/rooms/${room}`,
      "room",
    ],

    ["workdiary", "get", [company.id, day, {}], `GET /api/team/v3/workdiaries/companies/${company.id}/${day}`, "data"],
    [
      "workdiary",
      "getByContract",
      [hourly.reference, day, { offset: "0" }],
      `GET /api/team/v3/workdiaries/contracts/${hourly.reference}/${day}`,
      "data",
    ],
    [
      "workdays",
      "getByCompany",
      [company.id, day, day, {}],
      `GET /api/team/v3/workdays/companies/${company.id}/${day},${day}`,
      "workdays",
    ],
    [
      "workdays",
      "getByContract",
      [hourly.reference, day, day, {}],
      `GET /api/team/v3/workdays/contracts/${hourly.reference}/${day},${day}`,
      "workdays",
    ],
    [
      "snapshot",
      "getByContract",
      [ownHourly.reference, cell],
      `GET /api/team/v3/snapshots/contracts/${ownHourly.reference}/${cell}`,
      "snapshot",
    ],
    [
      "snapshot",
      "updateByContract",
      [ownHourly.reference, cell, { memo: "Tuned" }],
      `PUT /api/team/v3/snapshots/contracts/${ownHourly.reference}/${cell}`,
      "snapshot",
    ],
    [
      "snapshot",
      "deleteByContract",
      [ownHourly.reference, cell],
      `DELETE /api/team/v3/snapshots/contracts/${ownHourly.reference}/${cell}`,
      "snapshot",
    ],

    ["activities/team", "getList", [company.id, team.id], `GET ${teamPath}/tasks`, "tasks"],
    ["activities/team", "getSpecificList", [company.id, team.id, task], `GET ${teamPath}/tasks/${task}`, "tasks"],
    [
      "activities/team",
      "addActivity",
      [company.id, team.id, { code: "TUNE", description: "Tuning", url: "https://example.com/tune" }],
      `POST ${teamPath}/tasks`,
      "task",
    ],
    [
      "activities/team",
      "updateActivity",
      [company.id, team.id, "TUNE", { code: "TUNE", description: "Fine tuning", url: "" }],
      `PUT ${teamPath}/tasks/TUNE`,
      "task",
    ],
    ["activities/team", "archiveActivity", [company.id, team.id, "TUNE"], `PUT ${teamPath}/archive/TUNE`, "message"],
    [
      "activities/team",
      "unarchiveActivity",
      [company.id, team.id, "TUNE"],
      `PUT ${teamPath}/unarchive/TUNE`,
      "message",
    ],
    [
      "activities/team",
      "updateBatch",
      [
        company.id,
        {
          data: `"${company.id}","","","T1","A Task","http://example.com"<br>"${company.id}","${team.id}","","T2","Task 2",""`,
        },
      ],
      `PUT /api/otask/v1/tasks/companies/${company.id}/tasks/batch`,
      "message",
    ],
    [
      "activities/engagement",
      "getSpecific",
      [hourly.reference],
      `GET /api/tasks/v2/tasks/contracts/${hourly.reference}`,
      "tasks",
    ],
    [
      "activities/engagement",
      "assign",
      [company.id, team.id, hourly.reference, { tasks: contractTask }],
      `PUT ${teamPath}/engagements/${hourly.reference}/tasks`,
      "message",
    ],
    [
      "activities/engagement",
      "assignToEngagement",
      [hourly.reference, { tasks: `${contractTask};TUNE` }],
      `PUT /api/tasks/v2/tasks/contracts/${hourly.reference}`,
      "message",
    ],
  ];
  // What Ada does for others: the second milestone of hers is under work.
  const ownFixed = found(own.find(({ jobType }) => jobType === "fixed-price"));
  const [, ownMilestone = ""] = milestonesOf(ownFixed.reference);
  const handIn: Row = [
    "hr/submissions",
    "requestApproval",
    [{ milestone_id: ownMilestone, note2client: "Done", amount: "100" }],
    "POST /api/hr/v3/fp/submissions",
    "submission",
  ];
  const calls = [...rows, handIn].map(
    ([router, method, values, sends, shows, status = 200]): ApiCall => ({
      router,
      method,
      values,
      sends,
      status,
      shows,
    }),
  );
  return [...calls, ...reports];
}

/** The last workday before the day of `now` (milliseconds), as `yyyymmdd`. */
export function lastWorkday(now: number): string {
  const day = new Date(now - 86_400_000);
  while (day.getUTCDay() === 0 || day.getUTCDay() === 6) day.setUTCDate(day.getUTCDate() - 1);
  return day.toISOString().slice(0, 10).replaceAll("-", "");
}

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("The sandbox's world lacks what the calls need");
  return value;
}

/** A cell of the contract's diary on that day or, where it is empty, the last day before it that is not. */
function lastCell(world: World, reference: string, day: string): string | undefined {
  const contract = world.hiring.contracts.get(reference);
  const from = Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T00:00:00Z`);
  for (let back = 0; contract !== undefined && back < 30; back += 1) {
    const date = new Date(from - back * 86_400_000).toISOString().slice(0, 10);
    const [cell] = world.diary.cellsOn(contract, date, Number.POSITIVE_INFINITY);
    if (cell !== undefined) return String(cell.time);
  }
  return undefined;
}
