import { addRoom, addStory, type Room, type Story } from "../world/messages.ts";
import { seeded } from "../world/seeded.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { onPage, parsePage } from "./lister.ts";
import { answered, failed, forbidden, missingParameter, notFound, type Result } from "./results.ts";
import { isIn } from "./roles.ts";

const base = "/api/messages/v3/{company}";

/**
 * Rooms and what is said in them: messages/v3. `{company}` is a company of the user's, or the user's own id for what
 * he talks about as a freelancer. Only `rooms` and `room` are known of the answers; what is in them is a guess.
 */
export const messageEndpoints = [
  { method: "GET", path: `${base}/rooms`, permission: "messagesRead", shape: "guess", answer: inCompany(list) },
  {
    method: "GET",
    path: `${base}/rooms/{room}`,
    permission: "messagesRead",
    shape: "guess",
    answer: inRoom((call, room) => answered({ room: roomShape(call, room) })),
  },
  {
    method: "GET",
    path: `${base}/rooms/{room}/stories`,
    permission: "messagesRead",
    shape: "guess",
    answer: inRoom(stories),
  },
  {
    method: "GET",
    path: `${base}/rooms/offers/{about}`,
    permission: "messagesRead",
    shape: "guess",
    answer: byWhat("offerReference"),
  },
  {
    method: "GET",
    path: `${base}/rooms/applications/{about}`,
    permission: "messagesRead",
    shape: "guess",
    answer: byWhat("applicationReference"),
  },
  {
    method: "GET",
    path: `${base}/rooms/contracts/{about}`,
    permission: "messagesRead",
    shape: "guess",
    answer: byWhat("contractReference"),
  },
  { method: "POST", path: `${base}/rooms`, permission: "messagesWrite", shape: "guess", answer: inCompany(create) },
  {
    method: "POST",
    path: `${base}/rooms/{room}/stories`,
    permission: "messagesWrite",
    shape: "guess",
    answer: inRoom(say),
  },
  {
    method: "POST",
    path: `${base}/stories/batch`,
    permission: "messagesWrite",
    shape: "guess",
    answer: inCompany(sayInMany),
  },
  {
    method: "PUT",
    path: `${base}/rooms/{room}/users/{user}`,
    permission: "messagesWrite",
    shape: "guess",
    answer: inRoom(setForUser),
  },
  {
    method: "PUT",
    path: `${base}/rooms/{room}`,
    permission: "messagesWrite",
    shape: "guess",
    answer: inRoom(setForAll),
  },
] as const satisfies readonly Endpoint[];

/** The company of the path by its reference, `""` for the user's own rooms. */
function inCompany(answer: (call: Call, company: string) => Result) {
  return (call: Call): Result => {
    const { world, user } = call;
    const name = call.segment("company");
    const company = world.companies.get(name);
    if (company !== undefined) return isIn(call, company.reference) ? answer(call, company.reference) : forbidden;
    const isSelf = world.users.get(name) === user;
    return isSelf ? answer(call, "") : notFound;
  };
}

const visible = ({ world, user }: Call, company: string) =>
  world.messages.rooms.rows.filter(
    ({ companyReference, participants }) =>
      participants.includes(user.reference) && (company === "" || companyReference === company),
  );

function inRoom(answer: (call: Call, room: Room) => Result) {
  return inCompany((call, company) => {
    const room = call.world.messages.rooms.get(call.segment("room"));
    if (room === undefined) return notFound;
    return visible(call, company).includes(room) ? answer(call, room) : forbidden;
  });
}

function byWhat(name: "offerReference" | "applicationReference" | "contractReference") {
  return inCompany((call, company) => {
    const room = visible(call, company).find((candidate) => candidate[name] === call.segment("about"));
    return room === undefined ? notFound : answered({ room: roomShape(call, room) });
  });
}

function list(call: Call, company: string): Result {
  const page = parsePage("paging", call.parameters.get("paging"));
  if ("error" in page) return page;
  const newestFirst = visible(call, company).toReversed();
  return answered({ rooms: onPage(newestFirst, page).map((room) => roomShape(call, room)) });
}

function stories(call: Call, room: Room): Result {
  const page = parsePage("paging", call.parameters.get("paging"));
  if ("error" in page) return page;
  const newestFirst = storiesOf(call, room).toReversed();
  return answered({ stories: onPage(newestFirst, page).map((story) => storyShape(call, story)) });
}

const storiesOf = ({ world }: Call, { id }: Room) => world.messages.stories.rows.filter(({ roomId }) => roomId === id);

function create(call: Call, company: string): Result {
  const { world, user, parameters, now } = call;
  const missing = missingParameter(parameters, ["roomName"]);
  if (missing !== undefined) return missing;
  const names = [...parameters.all("users"), ...parameters.all("participants")].flatMap((list) => list.split(/[;,]/));
  const invited = names.filter(Boolean).map((name) => world.users.get(name));
  if (invited.includes(undefined)) return failed(400, "Unknown user");
  const others = invited.flatMap((found) => found?.reference ?? []);
  const { rooms } = world.messages;
  const id = `room_${seeded(world.seed, `room ${rooms.rows.length}`).string.hexadecimal({ length: 32, prefix: "", casing: "lower" })}`;
  const room = addRoom(world.messages, id, {
    name: parameters.get("roomName"),
    topic: parameters.get("topic"),
    type: others.length > 1 ? "GROUP" : "ONE_ON_ONE",
    companyReference: company,
    participants: [user.reference, ...others],
    createdAt: now,
  });
  return answered({ room: roomShape(call, room) });
}

function say(call: Call, room: Room): Result {
  const missing = missingParameter(call.parameters, ["message"]);
  if (missing !== undefined) return missing;
  if (room.isReadOnly) return failed(403, "The room is read-only");
  const story = addStory(call.world.messages, room, call.user.reference, call.parameters.get("message"), call.now);
  return answered({ room: roomShape(call, room), story: storyShape(call, story) });
}

/** One message into several rooms, named in `roomIds` or `rooms` as a list. */
function sayInMany(call: Call, company: string): Result {
  const { world, user, parameters, now } = call;
  const missing = missingParameter(parameters, ["message"]);
  if (missing !== undefined) return missing;
  const names = [...parameters.all("roomIds"), ...parameters.all("rooms")].flatMap((list) => list.split(/[;,]/));
  const rooms = visible(call, company).filter(({ id, isReadOnly }) => names.includes(id) && !isReadOnly);
  if (rooms.length === 0) return failed(400, "Missing required parameter: roomIds");
  const added = rooms.map((room) => addStory(world.messages, room, user.reference, parameters.get("message"), now));
  return answered({ stories: added.map((story) => storyShape(call, story)) });
}

function setForUser(call: Call, room: Room): Result {
  const { world, user, parameters } = call;
  const named = world.users.get(call.segment("user"));
  if (named === undefined || !room.participants.includes(named.reference)) return notFound;
  if (named !== user) return forbidden;
  const given = parameters.pairs.filter(([name]) => name !== "http_method");
  room.settings.set(named.reference, { ...room.settings.get(named.reference), ...Object.fromEntries(given) });
  return answered({ room: roomShape(call, room) });
}

function setForAll(call: Call, room: Room): Result {
  const { parameters } = call;
  const readOnly = parameters.get("isReadOnly");
  call.world.messages.rooms.change(room, {
    name: parameters.get("roomName") || room.name,
    topic: parameters.get("topic") || room.topic,
    ...(readOnly === "" ? {} : { isReadOnly: readOnly === "true" || readOnly === "1" }),
  });
  return answered({ room: roomShape(call, room) });
}

function roomShape(call: Call, room: Room) {
  const last = storiesOf(call, room).at(-1);
  const own = room.settings.get(call.user.reference) ?? {};
  return {
    roomId: room.id,
    roomName: room.name,
    roomType: room.type,
    topic: room.topic,
    companyReference: room.companyReference,
    contractReference: room.contractReference,
    offerReference: room.offerReference,
    applicationReference: room.applicationReference,
    isReadOnly: room.isReadOnly,
    isFavorite: own.isFavorite === "true" || own.isFavorite === "1",
    isHidden: own.isHidden === "true" || own.isHidden === "1",
    created: room.createdAt,
    recentTimestamp: last?.createdAt ?? room.createdAt,
    latestStory: last === undefined ? null : storyShape(call, last),
    roomUsers: room.participants.flatMap((reference) => {
      const user = call.world.users.get(reference);
      return user === undefined ? [] : [{ userId: user.id, firstName: user.firstName, lastName: user.lastName }];
    }),
  };
}

function storyShape({ world }: Call, { id, roomId, userReference, message, createdAt }: Story) {
  return { storyId: id, roomId, userId: world.users.get(userReference)?.id ?? "", message, created: createdAt };
}
