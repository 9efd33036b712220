import { randomBytes } from "node:crypto";
import type { LimitState } from "./standing.ts";

/** Why a call may not go now, and when asking again makes sense. */
export type Refusal = {
  /**
   * `limit`: a window is full; `pool`: what is left is guaranteed to others, or kept from batch clients; `cap`: the
   * client's own maximum; `gate`, `disabled`: the upstream said so; `store`: DynamoDB does not answer.
   */
  kind: "limit" | "pool" | "cap" | "gate" | "disabled" | "store";
  /** The limit's name, or `cap`, `gate`, `disabled`, `store`. */
  name: string;
  limit?: number;
  used?: number;
  retryAfterMs: number;
};

/** Where a unit was filed, for giving it back. */
export type Unit = {
  client: string;
  epoch: number;
  /** By window. */
  slots: readonly number[];
  poolSlot: number;
  /** The guarantee it was taken from; `undefined` for the common pool. */
  guarantee: number | undefined;
  /** The first number of the UTC day it was counted in. */
  day: number;
};

export type Admission = {
  admitted: true;
  id: string;
  limits: LimitState[];
  isProbe: boolean;
  unit: Unit;
  /** In observe mode: the refusal that the client's share would have been. */
  spared?: Refusal;
};
export type Reservation = Admission | { admitted: false; refusal: Refusal; limits: LimitState[] };

/**
 * Ids for the reservations of one process: 48 random bits that name it, and a count. Short, because every reservation
 * writes its id into the budget's item, and only the last writer's is ever compared.
 */
export function reservationIds(): () => string {
  const process = randomBytes(6).toString("base64url");
  let count = 0;
  return () => `${process}${(count++).toString(36)}`;
}
