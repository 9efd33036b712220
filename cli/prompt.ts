import { CliError } from "./errors.ts";

/**
 * Asks the person at the terminal for a secret, and shows a star for each character. The question goes to standard error,
 * so that the answer of a command can go to a file.
 *
 * @throws CliError where the person leaves instead: with Ctrl-C, with Ctrl-D, or with the terminal
 */
export async function promptSecret(question: string): Promise<string> {
  const { default: password } = await import("@inquirer/password");
  const left = new AbortController();
  // The prompt itself would wait for ever for input that has ended, and Node would say where.
  const leave = () => left.abort();
  process.once("beforeExit", leave);
  const message = question.replace(/:\s*$/, "");
  try {
    return await password({ message, mask: true }, { output: process.stderr, signal: left.signal });
  } catch (error) {
    const isInterrupted = error instanceof Error && error.name === "ExitPromptError";
    if (!isInterrupted && !left.signal.aborted) throw error;
    throw new CliError(isInterrupted ? "interrupted" : "usage", "Nothing was answered, and nothing is stored.");
  } finally {
    process.off("beforeExit", leave);
  }
}
