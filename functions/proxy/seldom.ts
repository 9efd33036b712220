/**
 * What few calls need, in one part that is loaded with the first of them: direct events, programs that speak OAuth 1.0a,
 * and writes that may be repeated.
 */
export { noteOauth1KeyUse } from "../clients/oauth1-keys.ts";
export { directCall } from "./direct.ts";
export { openOauth1Door } from "./open-oauth1-door.ts";
export { createRepeats } from "./repeats.ts";
