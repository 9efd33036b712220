import type { Context } from "../context.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { Answer, Exchange, Layer } from "../http/exchange.ts";
import { kindOf } from "./kinds.ts";
import { type FaultRule, FaultRuleError, readRules } from "./rules.ts";

/** Asks for faults for one call alone: `X-Sandbox-Fault: latency=200, truncate`. */
export const faultHeader = "x-sandbox-fault";

/** Lets calls go wrong as the rules and the call's own header say. */
export const faults =
  (context: Context): Layer =>
  (exchange, next) => {
    const asked = exchange.headers[faultHeader];
    if (asked === undefined && context.faults.list().length === 0) return next();
    let rules: FaultRule[];
    try {
      rules = [...context.faults.befall(exchange), ...readRules(String(asked ?? ""))];
    } catch (error) {
      if (!(error instanceof FaultRuleError)) throw error;
      exchange.note.verdict = "unknown fault";
      return jsonAnswer(400, { sandbox: `${faultHeader}: ${error.message}` });
    }
    return rules.length === 0 ? next() : goWrong(context, exchange, rules, next);
  };

async function goWrong(
  context: Context,
  exchange: Exchange,
  rules: readonly FaultRule[],
  next: () => Answer | Promise<Answer>,
): Promise<Answer> {
  const befallen = rules.map((rule) => ({ kind: kindOf(rule.fault), rule }));
  const instead = befallen.find(({ kind }) => kind.instead !== undefined)?.kind.instead;
  const answered = befallen.reduceRight(
    (inner, { kind, rule }) =>
      kind.around === undefined ? inner : () => kind.around?.(context, exchange, numberOf(rule), inner) ?? inner(),
    instead === undefined ? next : () => instead(context, exchange),
  );
  let answer = await answered();
  for (const { kind, rule } of befallen) answer = (await kind.after?.(answer, numberOf(rule))) ?? answer;
  exchange.note.verdict = `fault: ${rules.map(({ fault }) => fault).join(", ")}`;
  return answer;
}

const numberOf = ({ fault, value }: FaultRule): number => value ?? kindOf(fault).value?.default ?? 0;
