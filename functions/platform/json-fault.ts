/** What is wrong with a JSON text, as V8 says it but without any of the text: it may be secret, and the log has the answer. */
export function jsonFault({ message }: SyntaxError): string {
  return message.replace(/, (?:\.{3})?".*(?= is not valid JSON$)/s, "");
}
