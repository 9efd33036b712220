import { styleText } from "node:util";
import { redactText } from "../functions/platform/log.ts";
import type { LocalGateway } from "./gateway.ts";
import type { AnswerLine } from "./http-api.ts";

/** What `npm start` writes for people. Colours only where standard output is a terminal that wants them. */
export function welcome(gateway: Omit<LocalGateway, "close">): string {
  const { url, upstream, sandbox, isGraphqlOnly, clientKey, dataDir } = gateway;
  const call = isGraphqlOnly
    ? `curl ${url}/graphql -H "Authorization: Bearer ${clientKey}" -H "Content-Type: application/json" -d '{"query":"{ user { nid } organization { name } }"}'`
    : `curl -H "Authorization: Bearer ${clientKey}" "${url}/api/profiles/v2/search/jobs?q=node.js&paging=0;3"`;
  const step = (text: string) => styleText("bold", text);
  return `
${step("upwork-gateway")}  ${url}
${sandbox ? "sandbox Upwork" : "Upwork        "}  ${upstream}
data            ${dataDir}

${step("1. Connect an account:")} open
   ${url}/oauth/start?connection=demo${sandbox ? "" : `\n   (the key's callback URL at Upwork must be ${url}/oauth/callback)`}
${step("2. Call Upwork through it:")}
   ${call}
${step("3. See the shared budget:")}
   curl -H "Authorization: Bearer ${clientKey}" ${url}/budget

The console is on ${url}/${sandbox ? `, the sandbox's own page on ${upstream}/_sandbox` : ""}
Accounts, clients, watches and more from the command line: npm run gateway -- --help
Ctrl-C stops everything.
`;
}

/** One line for one request: when, what came of it, what was asked, how long it took. */
export function accessLine({ method, path, status, ms, requestId }: AnswerLine, now: Date): string {
  const colour = status >= 500 ? "red" : status >= 400 ? "yellow" : "green";
  // Paths are as sent, a character a byte; one that could move the cursor or change colours is shown, not obeyed.
  const shown = path.replace(/[^\x21-\x7e]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
  // The address of a hook may be its secret.
  const line = `${time(now)} ${styleText(colour, String(status))} ${method} ${redactText(shown)} ${ms} ms`;
  return status >= 500 && requestId !== undefined ? `${line}  (request ${requestId})` : line;
}

function time(now: Date): string {
  return [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}
