import type { Context } from "../context.ts";
import { errorAnswer, printable } from "../http/answers.ts";
import type { Answer, Exchange } from "../http/exchange.ts";
import type { Explanation } from "./diagnose.ts";
import type { Refusal } from "./verify.ts";

/** In this request header a caller may say what it signed; the answer then says where that differs. */
export const ownBaseString = (exchange: Exchange): string | undefined => {
  const given = exchange.headers["x-sandbox-base-string"];
  return typeof given === "string" ? given : undefined;
};

/** The 401 of whatever is wrong with a signed request, with an explanation beside it that Upwork does not give. */
export function refusal({ clock }: Context, exchange: Exchange, { message, explanation }: Refusal): Answer {
  exchange.note.verdict = message;
  const answer = errorAnswer(exchange.path, 401, message, clock.now());
  if (explanation === undefined) return answer;
  exchange.note.explanation = sentence(explanation);
  return { ...answer, headers: { ...answer.headers, ...explaining(explanation) } };
}

function explaining({ expected, mistake, firstDifference }: Explanation): Record<string, string> {
  return {
    "x-sandbox-expected-base-string": printable(expected),
    ...(mistake === undefined ? {} : { "x-sandbox-signature-mistake": mistake }),
    ...(firstDifference === undefined ? {} : { "x-sandbox-first-difference": printable(firstDifference) }),
  };
}

function sentence({ expected, mistake, firstDifference }: Explanation): string {
  const cause = mistake ?? "no common mistake gives this signature; compare the secrets and the base string";
  const where = firstDifference === undefined ? "" : ` First difference: ${firstDifference}.`;
  return printable(`The signature is wrong: ${cause}.${where} Expected base string: ${expected}`);
}
