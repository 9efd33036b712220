import type { Room, Story } from "../world/messages.ts";
import type { World } from "../world/world.ts";
import { organisationOf, personView } from "./people-views.ts";
import { connection, dateTimeOf, type Pagination } from "./scalars.ts";
import type { Viewer } from "./viewer.ts";

export type StoryFilter = {
  storyCreatedDateTime_bt?: { rangeStart?: string | null; rangeEnd?: string | null } | null;
  pagination?: Pagination | null;
};

/** Rooms of the company the viewer acts for, or those the viewer is in as a freelancer. */
export function roomsOf({ world, user, tenant }: Viewer): Room[] {
  const isOwn = (room: Room) =>
    tenant.kind === "individual"
      ? room.participants.includes(user.reference) && ownerOf(world, room) !== user.reference
      : room.companyReference === tenant.reference;
  return world.messages.rooms.rows.filter(isOwn);
}

const ownerOf = (world: World, { companyReference }: Room) => world.companies.get(companyReference)?.ownerReference;

export const storiesOf = (world: World, { id }: Room): Story[] =>
  world.messages.stories.rows.filter(({ roomId }) => roomId === id).toReversed();

/** When somebody last wrote, in milliseconds. */
export const lastActivity = (world: World, room: Room): number =>
  storiesOf(world, room)[0]?.createdAt ?? room.createdAt;

export function roomView(world: World, room: Room) {
  const roomUser = (reference: string) => ({
    user: personView(world, reference),
    organization: organisationOf(world, ownerOf(world, room) === reference ? room.companyReference : reference),
    role: room.createdBy === reference ? "OWNER" : "MEMBER",
  });
  return {
    id: room.id,
    roomName: room.name,
    topic: room.topic,
    roomType: room.type,
    createdAtDateTime: dateTimeOf(room.createdAt),
    creator: () => roomUser(room.createdBy),
    roomUsers: () => room.participants.map(roomUser),
    numUsers: room.participants.length,
    readOnly: room.isReadOnly,
    favorite: false,
    hidden: false,
    muted: false,
    numUnread: 0,
    contractId: () => world.hiring.contracts.get(room.contractReference)?.uid ?? null,
    latestStory: () =>
      storiesOf(world, room)
        .slice(0, 1)
        .map((story) => storyView(world, room, story))[0] ?? null,
    stories: ({ filter }: { filter?: StoryFilter | null }) => storyConnection(world, room, filter ?? {}),
  };
}

export function storyView(world: World, room: Room, story: Story): StoryView {
  return {
    id: story.id,
    room: () => roomView(world, room),
    createdDateTime: dateTimeOf(story.createdAt),
    updatedDateTime: dateTimeOf(story.createdAt),
    user: personView(world, story.userReference),
    message: story.message,
  };
}

type StoryView = {
  id: string;
  room: () => unknown;
  createdDateTime: string;
  updatedDateTime: string;
  user: ReturnType<typeof personView>;
  message: string;
};

/** The newest first. */
export function storyConnection(world: World, room: Room, filter: StoryFilter) {
  const { rangeStart, rangeEnd } = filter.storyCreatedDateTime_bt ?? {};
  const [from, to] = [Date.parse(rangeStart ?? ""), Date.parse(rangeEnd ?? "")];
  const stories = storiesOf(world, room).filter(({ createdAt }) => !(createdAt < from) && !(createdAt > to));
  return connection(stories, filter.pagination ?? { first: 20 }, (story) => storyView(world, room, story));
}
