import { member, parseJson } from "../oauth/unknown-json.ts";

/** What a GraphQL answer is, behind its status: GraphQL reports most failures inside a 200. */
export type GraphqlVerdict =
  | { kind: "ok" }
  /** GraphQL errors; `advice` where something useful can be said. */
  | { kind: "errors"; advice: string | undefined }
  /** Not GraphQL at all, such as a page of the web tier before Upwork's API. */
  | { kind: "not-graphql"; advice: string };

/** What is known of the call beside its answer. */
export type AdviceFacts = {
  connection: string;
  needsReauth: boolean;
  tenant: string | undefined;
  tenants: readonly { id: string; name: string }[];
};

type GraphqlErrors = readonly { message: string; classification: string; line: number | undefined }[];

/** Errors whose meaning is known, each with what to say. The first that fits is said. */
const knownErrors: readonly {
  fits: (error: GraphqlErrors[number]) => boolean;
  advice: (errors: GraphqlErrors, facts: AdviceFacts) => string;
}[] = [
  {
    fits: ({ message }) => /permissions\/scopes to access/.test(message),
    advice: (errors, { connection }) =>
      `The key lacks the permission for ${list(errors.flatMap(missingFields))}. Add it to the key in Upwork's API Center; that ends the key's tokens, so connect again at /oauth/start?connection=${connection}.`,
  },
  {
    fits: ({ classification, message }) =>
      classification === "ValidationError" || /^Validation error/i.test(message) || classification === "InvalidSyntax",
    advice: (errors) =>
      `The document does not fit Upwork's schema (${list(errors.map(validationError))}). The schema changes without notice: compare with Upwork's GraphQL reference.`,
  },
  {
    // `Opening not found for uid='~...'` (upwork/python-upwork-oauth2#9).
    fits: ({ message }) => /not found for uid='?~/i.test(message),
    advice: () =>
      "The id is a ~ciphertext, which stands in addresses of Upwork's site only. GraphQL takes the numeric id: in answers it is called id, beside ciphertext.",
  },
  {
    fits: ({ message }) => /VJCA-6|input parameter provided has incorrect value/i.test(message),
    advice: () =>
      "Upwork does not take a value of the input. Paging of proposals goes up to first: 40; ids are the numeric ones, not ~ciphertexts.",
  },
  {
    fits: ({ message }) => /authori[sz]ation failed|not authori[sz]ed|tenant|organi[sz]ation/i.test(message),
    advice: (_errors, { tenant, tenants }) => {
      const used =
        tenant === undefined
          ? "without X-Upwork-API-TenantId, for the account's default organisation"
          : `for ${tenant}`;
      const others = tenants.filter(({ id }) => id !== tenant).map(({ id }) => id);
      const hint = others.length === 0 ? "" : ` Others of this connection: ${list(others)}.`;
      return `Upwork refused this role or organisation; the call was made ${used}.${hint} Name one in X-Upwork-API-TenantId, or check the key's permissions.`;
    },
  },
];

/** What an answer of Upwork's GraphQL endpoint is, and what to say beside it. The answer itself stays as it is. */
export function judgeGraphqlAnswer(answer: { status: number; body: Uint8Array }, facts: AdviceFacts): GraphqlVerdict {
  const text = Buffer.from(answer.body).toString("utf8");
  if (!/^\s*[{[]/.test(text)) return { kind: "not-graphql", advice: foreignAnswer(answer.status, facts) };
  if (answer.status === 401) return { kind: "errors", advice: deadToken(facts) };
  // Most answers hold no errors and need no second look.
  if (!text.includes('"errors"')) return { kind: "ok" };
  const errors = readErrors(parseJson(text));
  if (errors.length === 0) return { kind: "ok" };
  for (const { fits, advice } of knownErrors) {
    const fitting = errors.filter(fits);
    if (fitting.length > 0) return { kind: "errors", advice: headerText(advice(fitting, facts)) };
  }
  return { kind: "errors", advice: undefined };
}

function foreignAnswer(status: number, facts: AdviceFacts): string {
  if (status === 401) return deadToken(facts);
  if (status === 429) return "Upwork counts too many calls; all calls pause for a while.";
  return `This is no answer of Upwork's API but of the web tier before it (HTTP ${status}), such as Cloudflare's check of browsers. Try again later; if it stays, call from a fixed address and ask Upwork to allow it.`;
}

function deadToken({ connection, needsReauth }: AdviceFacts): string {
  return needsReauth
    ? `Connection ${connection} needs a new consent: open /oauth/start?connection=${connection}.`
    : `Upwork does not take the token of connection ${connection}, and a new one did not help or could not be had. If it stays, connect again at /oauth/start?connection=${connection}.`;
}

function readErrors(answer: unknown): GraphqlErrors {
  const errors = member(answer, "errors");
  if (!Array.isArray(errors)) return [];
  return errors.map((error: unknown) => {
    const [message, classification] = [member(error, "message"), member(member(error, "extensions"), "classification")];
    const locations = member(error, "locations");
    const line = Array.isArray(locations) ? member(locations[0], "line") : undefined;
    return {
      message: typeof message === "string" ? message : "",
      classification: typeof classification === "string" ? classification : "",
      line: typeof line === "number" ? line : undefined,
    };
  });
}

/** `... to access: [Money.currency, Money.rawValue].` names the fields. */
function missingFields({ message }: GraphqlErrors[number]): string[] {
  const names = /to access:\s*\[([^\]]*)\]/.exec(message)?.[1] ?? "";
  return names.split(/\s*,\s*/).filter((name) => /^[\w.]{1,100}$/.test(name));
}

function validationError({ message, line }: GraphqlErrors[number]): string {
  const type = /Validation error (?:of type )?\(?(\w{1,60})/i.exec(message)?.[1] ?? "syntax";
  return line === undefined ? type : `${type} in line ${line}`;
}

const maxListed = 12;

function list(names: readonly string[]): string {
  const unique = [...new Set(names)];
  if (unique.length === 0) return "something it does not name";
  const rest = unique.length - maxListed;
  return unique.slice(0, maxListed).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/** A header is one line of ASCII. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 1_000);
}
