import { Logger } from "@aws-lambda-powertools/logger";

/**
 * Structured JSON logs. Every line passes `redact`, so a secret that slips into an error or a header is masked by
 * pattern even where nobody thought of it.
 */
const secretNames =
  /^(authorization|x-api-key|cookie|set-cookie|.*secret.*|.*verifier.*|oauth_.*|.*token.*|password|.*admin-?key.*)$/i;
const secretPatterns: readonly [RegExp, string][] = [
  // The secret part of a hook's address, the id of its result, and signing secrets.
  [/\b(hook_[0-9a-f]{20})\.[A-Za-z0-9_-]{43}/g, "$1.[redacted]"],
  [/\bres_[0-9a-f]{32}\b/g, "res_[redacted]"],
  [/\bwhsec_[A-Za-z0-9+/=]+/g, "whsec_[redacted]"],
  [/ugw_(live|test|admin)_[A-Za-z0-9_]+/g, "ugw_$1_[redacted]"],
  // A whole Authorization value, up to the end of the line: its parts are separated by what separates other things.
  [/\bOAuth +oauth_[^\n]*/g, "OAuth [redacted]"],
  [/\b(Bearer|Basic) +[^\s"]{8,}/g, "$1 [redacted]"],
  [/\b(oauth_[a-z_]+)(\\?"?\s*[=:]\s*\\?"?)[^&\s",\\]+/g, "$1$2[redacted]"],
  [/\b((?:\w+_)?(?:verifier|token|secret)|admin_key|code|state)=[^&\s"]+/gi, "$1=[redacted]"],
  // Upwork's OAuth 2.0 tokens.
  [/\boauth2v2_\w+/g, "oauth2v2_[redacted]"],
];

/** Masks whatever looks like a secret in a string. */
export function redactText(text: string): string {
  let result = text;
  for (const [pattern, replacement] of secretPatterns) result = result.replace(pattern, replacement);
  return result;
}

/** A replacer for `JSON.stringify` that masks secrets by name and by pattern. */
export function redact(key: string, value: unknown): unknown {
  if (typeof value === "string") return secretNames.test(key) ? "[redacted]" : redactText(value);
  return value;
}

export const logger = new Logger({ serviceName: "upwork-gateway", jsonReplacerFn: redact });
