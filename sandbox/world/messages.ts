import { type Collection, createCollection } from "./collection.ts";
import type { Hiring } from "./hiring.ts";
import type { Job } from "./jobs.ts";
import type { People } from "./people.ts";
import { type Seeded, seeded } from "./seeded.ts";

export type Room = {
  /** `room_` and 32 hex digits. */
  id: string;
  name: string;
  topic: string;
  type: "INTERVIEW" | "ONE_ON_ONE" | "GROUP";
  companyReference: string;
  participants: readonly string[];
  offerReference: string;
  applicationReference: string;
  contractReference: string;
  isReadOnly: boolean;
  /** What each participant set for himself, by reference. */
  settings: Map<string, Record<string, string>>;
  createdBy: string;
  createdAt: number;
};

export type Story = { id: string; roomId: string; userReference: string; message: string; createdAt: number };

export type Messages = { rooms: Collection<Room>; stories: Collection<Story> };

/** A room for every contract and open offer, and for applications somebody wrote about, each with a few messages. */
export function makeMessages(
  seed: number,
  now: number,
  people: People,
  jobs: Collection<Job>,
  hiring: Hiring,
): Messages {
  const source = seeded(seed, "messages");
  const messages: Messages = {
    rooms: createCollection(1, ({ id }) => [id]),
    stories: createCollection(1, ({ id }) => [id]),
  };
  const owner = (companyReference: string) => people.companies.get(companyReference)?.ownerReference ?? "";
  for (const offer of hiring.offers.rows) {
    const participants = [owner(offer.companyReference), offer.freelancerReference];
    const room = addRoom(messages, roomId(source), {
      name: offer.title,
      type: "ONE_ON_ONE",
      companyReference: offer.companyReference,
      participants,
      offerReference: offer.reference,
      contractReference: offer.contractReference,
      createdAt: offer.createdAt,
    });
    chat(messages, source, room, now);
  }
  for (const { reference, jobReference, freelancerReference, status, createdAt } of hiring.applications.rows) {
    if (status !== "messaged") continue;
    const job = jobs.get(jobReference);
    if (job === undefined) continue;
    const room = addRoom(messages, roomId(source), {
      name: job.title,
      type: "INTERVIEW",
      companyReference: job.companyReference,
      participants: [owner(job.companyReference), freelancerReference],
      applicationReference: reference,
      createdAt,
    });
    chat(messages, source, room, now);
  }
  return messages;
}

const roomId = (source: Seeded) => `room_${source.string.hexadecimal({ length: 32, prefix: "", casing: "lower" })}`;

type NewRoom = Pick<Room, "name" | "type" | "companyReference" | "participants" | "createdAt"> &
  Partial<Pick<Room, "topic" | "offerReference" | "applicationReference" | "contractReference">>;

export function addRoom({ rooms }: Messages, id: string, room: NewRoom): Room {
  return rooms.add({
    topic: "",
    offerReference: "",
    applicationReference: "",
    contractReference: "",
    ...room,
    id,
    isReadOnly: false,
    settings: new Map(),
    createdBy: room.participants[0] ?? "",
  });
}

export function addStory({ stories }: Messages, room: Room, userReference: string, message: string, at: number): Story {
  return stories.add({
    id: `story_${stories.nextReference()}`,
    roomId: room.id,
    userReference,
    message,
    createdAt: at,
  });
}

function chat(messages: Messages, source: Seeded, room: Room, now: number): void {
  const count = source.number.int({ min: 1, max: 6 });
  for (let index = 0; index < count; index += 1) {
    const speaker = room.participants[index % room.participants.length] ?? "";
    addStory(messages, room, speaker, source.lorem.sentence(), Math.min(now, room.createdAt + index * 3_600_000));
  }
}
