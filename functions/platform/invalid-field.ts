import { Problem } from "./problem.ts";

/**
 * The problem `request-invalid` of one field: `pointer` (RFC 6901) is where it stands in the request, such as
 * `/body/share/cap`, and `detail` what is wrong with it, in a few words. `sentence` says both at more length.
 */
export function invalidField(pointer: string, detail: string, sentence = `${pointer}: ${detail}.`): Problem {
  return new Problem("request-invalid", sentence, { members: { errors: [{ pointer, detail }] } });
}
