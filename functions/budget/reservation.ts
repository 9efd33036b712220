import type { LimitState } from "./windows.ts";

/** Why a call may not go now, and when asking again makes sense. */
export type Refusal = {
  kind: "limit" | "gate" | "disabled" | "store";
  /** The limit's name, or `gate`, `disabled`, `store`. */
  name: string;
  limit?: number;
  used?: number;
  retryAfterMs: number;
};

export type Admission = {
  admitted: true;
  id: string;
  limits: LimitState[];
  isProbe: boolean;
  /** The slot each window was charged in, for giving the unit back. */
  slots: Readonly<Record<string, number>>;
};
export type Reservation = Admission | { admitted: false; refusal: Refusal; limits: LimitState[] };
