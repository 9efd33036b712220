import { effectiveMethods } from "../clients/effective-methods.ts";
import type { Pair } from "../oauth/signing.ts";
import type { Answer } from "./answer.ts";
import type { UpstreamCall } from "./call.ts";
import { isDisabledKey } from "./outcome.ts";
import { matchPath, nearestPath, type PathMatch } from "./path-match.ts";
import { type Permission, permissions } from "./upwork-paths.ts";

/** What is known of an answer of Upwork's when somebody asks what to make of it. */
type Facts = {
  status: number;
  /** Upwork's own message, from its header and the beginning of the body. */
  text: string;
  isHtml: boolean;
  call: UpstreamCall;
  match: PathMatch | undefined;
};

type AdviceRule = {
  /** Names the row of docs/errors.md that says more. */
  id: string;
  when: (facts: Facts) => boolean;
  /** One short line: what it means, and what to do. */
  say: (facts: Facts) => string;
};

const reconnect = ({ call }: Facts) => `/oauth/start?connection=${call.connection}&replace=true`;

/**
 * What Upwork's terse failures mean, as data; the first rule that fits speaks. The wordings are from Upwork's FAQ, from
 * public threads about its clients, and from oauth-php, the server library that its messages come from.
 */
export const adviceRules: readonly AdviceRule[] = [
  {
    id: "cloudflare",
    when: ({ isHtml, text }) =>
      isHtml && /just a moment|enable javascript and cookies|cloudflare|attention required/i.test(text),
    say: () =>
      "This is Cloudflare's check of browsers, not Upwork's API. Try again later; if it stays, call from a fixed address and ask Upwork to allow it.",
  },
  {
    id: "key-disabled",
    when: ({ status, text }) => status === 403 && isDisabledKey(text),
    say: () =>
      "Upwork has disabled the application's key. All calls stop until an admin has settled it with Upwork and reopened the gate.",
  },
  {
    id: "nonce",
    when: ({ status, text }) => status === 401 && /duplicate timestamp\/nonce/i.test(text),
    say: () => "Upwork saw this nonce before, perhaps because a proxy repeated the call. Just call again.",
  },
  {
    id: "timestamp",
    when: ({ status, text }) => status === 401 && /timestamp is out of sequence/i.test(text),
    say: () => "Upwork's clock and the gateway's differ. Check the clock of the machine that the gateway runs on.",
  },
  {
    id: "signature",
    when: ({ status, text }) => status === 401 && /signature/i.test(text),
    say: (facts) =>
      `The application's secret or the token's is not the one Upwork knows. Put the current key into the application secret; if that is right, connect again: ${reconnect(facts)}.`,
  },
  {
    id: "consumer-key",
    when: ({ status, text }) => status === 401 && /consumer[_ ]key/i.test(text) && !/token/i.test(text),
    say: () =>
      "Upwork does not know the application's key, or it is not enabled. Put the current key into the application secret.",
  },
  {
    id: "token",
    when: ({ status }) => status === 401,
    say: (facts) =>
      `Upwork does not take the token of connection ${facts.call.connection}: access was withdrawn, or the key was replaced. Connect again: ${reconnect(facts)}.`,
  },
  {
    id: "missing-permission",
    when: ({ status, text }) => status >= 400 && /no access to requested resource/i.test(text),
    say: (facts) => {
      const wanted = permissionOf(facts);
      const which = wanted === undefined ? "a permission that this path needs" : `"${permissions[wanted]}"`;
      return `The application's key lacks ${which}. Switch it on for the key in Upwork's API Center, then connect again: ${reconnect(facts)}.`;
    },
  },
  {
    id: "wrong-url",
    when: ({ status, text }) => (status === 404 || status === 500) && /wrong url requested/i.test(text),
    say: ({ call, match }) => {
      const nearest = nearestPath(call.path);
      if (match !== undefined) return "Upwork does not serve this path any more, though its clients still know it.";
      return nearest === undefined ? "Upwork has no such path." : `Upwork has no such path. Did you mean ${nearest}?`;
    },
  },
  {
    id: "length-required",
    when: ({ status }) => status === 411,
    say: () => "Something between the gateway and Upwork took Content-Length off. Check the egress proxy.",
  },
  {
    id: "too-many-requests",
    when: ({ status }) => status === 429,
    say: () =>
      "Upwork counts too many calls, so all calls of this gateway pause. If the gateway's own budget was not used up, somebody else uses the key or the address.",
  },
  {
    id: "web-page",
    when: ({ status, isHtml }) => isHtml && status >= 400 && status < 500,
    say: () =>
      "A page of Upwork's web site answered, not its API. The path, or a header on the way, led the call there.",
  },
  {
    id: "reference-or-id",
    when: (facts) => facts.status >= 400 && facts.status < 500 && wrongKind(facts) !== undefined,
    say: (facts) => {
      const found = wrongKind(facts);
      return `${found?.name} wants ${found?.wanted} and got "${found?.value}". Both stand in the answers of hr/v2/companies and hr/v2/teams, and in "upwork-gateway ids".`;
    },
  },
  {
    id: "user-permission",
    when: ({ status }) => status === 403,
    say: ({ call }) =>
      `The account of connection ${call.connection} may not see this. Its role in the team or company decides; ask its owner, or use another connection (Connection-Id).`,
  },
  {
    id: "not-found",
    when: ({ status }) => status === 404,
    say: ({ call }) =>
      `Nothing of this name is visible to connection ${call.connection}. It may be another account's: check the id, and which connection the call uses.`,
  },
  {
    id: "unavailable",
    when: ({ status, text }) => status === 200 && /^\s*service temporarily unavailable/i.test(text),
    say: () => "Upwork is in trouble and says so with status 200. Call again in a while.",
  },
  {
    id: "upwork-fault",
    when: ({ status }) => status >= 500,
    say: () => "This is a fault on Upwork's side. Call again in a while; look first where the call changes something.",
  },
];

/** What to make of an answer, for whoever called; `undefined` where it needs no explanation. */
export function adviceOn(answer: Answer, call: UpstreamCall): string | undefined {
  const isHtml = /html/i.test(answer.headers["content-type"] ?? "");
  const facts: Facts = {
    status: answer.status,
    text: `${answer.headers["x-upwork-error-message"] ?? ""} ${Buffer.from(answer.body).toString("utf8", 0, 2_000)}`.trim(),
    isHtml,
    call,
    match: matchPath(call.path),
  };
  const rule = adviceRules.find(({ when }) => when(facts));
  return rule && adviceText(rule.id, rule.say(facts));
}

const docs = "https://github.com/upwork-gateway/upwork-gateway/blob/main/docs/errors.md#advice-";

/** Advice as a header's value: one line of ASCII, and where to read more. */
export function adviceText(id: string, line: string): string {
  return `${line.replace(/[^\x20-\x7e]/g, "?")} ${docs}${id}`;
}

function permissionOf({ call, match }: Facts): Permission | undefined {
  const [method = "GET"] = effectiveMethods(call);
  return (
    match && new Map<string, Permission>(Object.entries(match.known.methods)).get(method === "HEAD" ? "GET" : method)
  );
}

/** A parameter or a part of the path that wants a reference (a number) and has an id (a name), or the reverse. */
function wrongKind({ call, match }: Facts): { name: string; wanted: string; value: string } | undefined {
  const inPath: Pair[] = Object.entries(match?.values ?? {});
  const form = "form" in call.body ? call.body.form : [];
  for (const [name, value] of [...inPath, ...call.query, ...form]) {
    const isNumber = /^\d+$/.test(value);
    if (/_reference$|__reference$/.test(name) && value !== "" && !isNumber) {
      return { name, wanted: "a reference (a number)", value: shown(value) };
    }
    if (/^(company|team|agency)_id$|__id$/.test(name) && isNumber) {
      return { name, wanted: "an id (a name such as acme or acme:design)", value: shown(value) };
    }
  }
  return undefined;
}

const shown = (value: string) => (value.length > 40 ? `${value.slice(0, 40)}...` : value);
