import { compile, type JSONValue, TreeInterpreter } from "@jmespath-community/jmespath";
import * as z from "zod/mini";

/** A JMESPath expression cannot be used; the message says where it goes wrong. */
export class ExpressionError extends Error {
  override name = "ExpressionError";
}

/** Looks something up in an answer. */
export type Expression = (data: unknown) => unknown;

/** A text that is a JMESPath expression; a schema of its own each time, so that each can be described. */
export const expressionSchema = () =>
  z.string().check(
    z.minLength(1),
    z.maxLength(1_000),
    z.refine((text) => whyNot(text) === undefined, {
      error: ({ input }) => `not a JMESPath expression: ${whyNot(String(input)) ?? ""}`,
    }),
  );

/**
 * Reads an expression once, for any number of look-ups. What does not fit the data (a function that is given another
 * type, say) gives `null`, as a path that leads nowhere does: answers of Upwork are not all of one shape.
 *
 * @throws ExpressionError
 */
export function readExpression(text: string): Expression {
  try {
    const tree = compile(text);
    return (data) => {
      try {
        return TreeInterpreter.search(tree, data as JSONValue);
      } catch {
        return null;
      }
    };
  } catch (cause) {
    throw new ExpressionError(`"${text}" is not a JMESPath expression: ${(cause as Error).message}`, { cause });
  }
}

/** Whether JMESPath takes a value for true: everything but `false`, `null`, `""`, `[]` and `{}`. */
export function isTruthy(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

function whyNot(text: string): string | undefined {
  try {
    compile(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
