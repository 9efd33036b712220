import { type KindName, kindNames, kindOf } from "../faults/kinds.ts";
import { usage } from "../faults/rules.ts";
import { limitPresets, windows } from "../limits/limits.ts";
import { escapeHtml } from "../page.ts";
import type { ActionName } from "./actions.ts";
import type { State } from "./state.ts";

const shownCalls = 50;
const text = (value: unknown) => escapeHtml(String(value));
const time = (at: number) => new Date(at).toISOString().slice(11, 19);

/** A form with one button. */
function button(action: ActionName, label: string, fields: Record<string, unknown> = {}, look = "plain"): string {
  const hidden = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${text(name)}" value="${text(value)}">`,
  );
  return `<form method="post" action="/_sandbox/${action}">${hidden.join("")}<button class="${look}">${text(label)}</button></form>`;
}

/** A form with fields, which are HTML. */
const form = (action: ActionName, label: string, fields: string) =>
  `<form method="post" action="/_sandbox/${action}"><div class="row">${fields}<button>${text(label)}</button></div></form>`;

const field = (label: string, name: string, attributes = "") =>
  `<label>${text(label)}<input name="${name}" ${attributes}></label>`;

const choice = (
  label: string,
  name: string,
  options: readonly (readonly [value: string, label: string])[],
  chosen = "",
) =>
  `<label>${text(label)}<select name="${name}">${options
    .map(
      ([value, shown]) =>
        `<option value="${text(value)}"${value === chosen ? " selected" : ""}>${text(shown)}</option>`,
    )
    .join("")}</select></label>`;

function table(heads: readonly string[], rows: readonly (readonly string[])[], empty: string): string {
  if (rows.length === 0) return `<p class="soft">${text(empty)}</p>`;
  const head = heads.map((name) => `<th scope="col">${text(name)}</th>`).join("");
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("");
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

const section = (title: string, content: string, isWide = false) =>
  `<section${isWide ? ' class="wide"' : ""}><h2>${text(title)}</h2>${content}</section>`;

export function calls({ calls: records }: State): string {
  const rows = records
    .slice(0, shownCalls)
    .map(({ at, method, path, status, verdict = "", explanation, userId = "" }) => [
      `<span class="soft">${time(at)}</span>`,
      text(method),
      `<code>${text(path)}</code>`,
      text(userId),
      text(status),
      `<span class="${lookOf(verdict)}">${text(verdict)}</span>${explanation === undefined ? "" : `<details><summary>why</summary><pre>${text(explanation)}</pre></details>`}`,
    ]);
  const heads = ["Time", "Method", "Path", "For", "Status", "Verdict"];
  return section(
    "Calls",
    table(heads, rows, "Nobody has called yet.") +
      (rows.length === 0 ? "" : `<div class="row">${button("clear-calls", "Forget them")}</div>`),
    true,
  );
}

function lookOf(verdict: string): string {
  if (verdict === "ok") return "ok";
  return verdict.startsWith("fault") || verdict.startsWith("limited") ? "odd" : "bad";
}

export function connect({ keys: known }: State, origin: string): string {
  const [legacy, today] = [
    known.find(({ kind }) => kind === "OAuth 1.0a"),
    known.find(({ kind }) => kind === "OAuth 2.0"),
  ];
  return section(
    "Point a client here",
    `<p class="soft">OAuth 1.0a, Upwork's own <code>upwork-api</code></p><pre>UPWORKAPI=${text(origin)}
consumer key     ${text(legacy?.key ?? "none")}
consumer secret  ${text(legacy?.secret ?? "none")}</pre>
<p class="soft">OAuth 2.0 and GraphQL</p><pre>authorize      ${text(origin)}/ab/account-security/oauth2/authorize
token          ${text(origin)}/api/v3/oauth2/token
GraphQL        ${text(origin)}/graphql
client id      ${text(today?.key ?? "none")}
client secret  ${text(today?.secret ?? "none")}</pre>`,
  );
}

const steps = [
  [60, "1 minute"],
  [600, "10 minutes"],
  [3_600, "1 hour"],
  [86_400, "1 day"],
  [14 * 86_400, "14 days"],
] as const;

export function clock({ clock: { iso }, world }: State): string {
  const forward = steps.map(([seconds, label]) => button("advance-clock", label, { seconds })).join(" ");
  return section(
    "Clock and world",
    `<p>It is <b>${text(iso.replace("T", " ").slice(0, 19))}</b> UTC here. <span class="soft">Move it forward:</span></p>
<div class="row">${forward}</div>${form("advance-clock", "Move", field("Seconds, or with a minus back", "seconds", 'type="number" required'))}
<p class="soft">World of seed ${text(world.seed)}. A reset makes it new, and ends tokens, faults and counts.</p>
${button("reset", "Reset", {}, "danger")}`,
  );
}

export function faults({ faults: active }: State): string {
  const rows = active.map(({ id, text: rule, matched, happened }) => [
    `<code>${text(rule)}</code>`,
    text(matched),
    text(happened),
    button("remove-fault", "End", { id }, "plain small"),
  ]);
  const options = kindNames.map((name: KindName) => [name, `${usage(name)}: ${kindOf(name).says}`] as const);
  return section(
    "Faults",
    `${table(["Fault", "Matched", "Happened", ""], rows, "Everything goes well.")}
${form(
  "add-fault",
  "Let it happen",
  choice("Fault", "fault", options) +
    field("Value", "value", 'type="number"') +
    field("Path", "path", 'placeholder="/api/**"') +
    field("Times", "times", 'type="number" min="1"') +
    field("Every", "every", 'type="number" min="1"'),
)}
<p class="soft">For one call alone: <code>X-Sandbox-Fault: latency=500, truncate</code></p>
${active.length === 0 ? "" : button("clear-faults", "End all")}`,
  );
}

export function limits({ limits: { settings } }: State): string {
  const presets = Object.keys(limitPresets)
    .map((preset) => button("set-limits", preset, { preset }))
    .join(" ");
  const quotas = Object.entries(windows).map(([name, { scope }]) => {
    const quota = settings.quotas[name as keyof typeof windows];
    return field(
      `A ${name}, for each ${scope}`,
      name,
      `type="number" min="0" value="${quota ?? ""}" placeholder="none"`,
    );
  });
  return section(
    "Limits",
    `<div class="row"><span class="soft">Presets</span> ${presets}</div>
${form(
  "set-limits",
  "Set",
  `${quotas.join("")}${choice(
    "The day is",
    "dayFrom",
    [
      ["utc", "UTC's"],
      ["rolling", "any 24 hours"],
    ],
    settings.day,
  )}${choice(
    "Retry-After",
    "retryAfter",
    [
      ["false", "not sent"],
      ["true", "sent"],
    ],
    String(settings.retryAfter),
  )}${field("Disable a key after refusals", "disableAfter", `type="number" min="0" value="${settings.disableAfter}"`)}`,
)}<p class="soft">0 takes a limit away.</p>`,
  );
}

export function counters({ counters: { callers, total } }: State): string {
  const rows = callers.map(({ scope, name, received, refused, windows: counted }) => [
    `<span class="soft">${scope}</span> <code>${text(name)}</code>`,
    ...counted.map(({ quota, now, most }) => {
      const meter =
        quota === undefined
          ? ""
          : `<br><meter min="0" max="${quota}" high="${quota * 0.8}" value="${now}">${now} of ${quota}</meter>`;
      return `${text(now)}${quota === undefined ? "" : ` of ${text(quota)}`} <span class="soft">most ${text(most)}</span>${meter}`;
    }),
    text(received),
    refused === 0 ? "0" : `<span class="odd">${text(refused)}</span>`,
  ]);
  const heads = ["Who", ...Object.keys(windows).map((name) => `This ${name}`), "In all", "Refused"];
  return section(`Received: ${total}`, table(heads, rows, "No call was counted yet."), true);
}

export function keys({ keys: known }: State): string {
  const rows = known.map(({ kind, key, secret, permissions, redirectUris, disabled }) => [
    text(kind),
    `<code>${text(key)}</code><br><span class="soft">secret</span> <code>${text(secret)}</code>`,
    permissions === "all" ? "everything" : `<code>${text(permissions.join(" ") || "nothing")}</code>`,
    redirectUris.map((uri) => `<code>${text(uri)}</code>`).join("<br>"),
    disabled
      ? `<span class="bad">disabled</span> ${button("set-key", "Enable", { key, disabled: false }, "plain small")}`
      : button("set-key", "Disable", { key, disabled: true }, "plain small"),
  ]);
  const options = known.map(({ kind, key }) => [key, `${kind} ${key.slice(-6)}`] as const);
  return section(
    "Keys",
    `${table(["Kind", "Key", "May do", "Called back at", ""], rows, "There is no key.")}
${form("set-key", "Change", choice("Key", "key", options) + field("May do, names apart by spaces", "permissions") + field("Also called back at", "redirectUri", 'type="url"'))}`,
    true,
  );
}

export function tokens({ tokens: living, keys: known, world }: State): string {
  const rows = living.map(({ kind, token, key, user, expires }) => [
    text(kind),
    `<code>${text(token)}</code>`,
    `<code>${text(key.slice(-6))}</code>`,
    text(user),
    text(expires.replace("T", " ").slice(0, 16)),
    button("revoke-token", "Revoke", { token }, "plain small"),
  ]);
  const keyOptions = known.map(({ kind, key }) => [key, `${kind} ${key.slice(-6)}`] as const);
  const people = world.people.map(({ id, firstName, lastName }) => [id, `${firstName} ${lastName}`] as const);
  return section(
    "Tokens",
    `${table(["Kind", "Token", "Key", "For", "Expires", ""], rows, "Nobody is connected.")}
${form("issue-token", "Issue", choice("Key", "key", keyOptions) + choice("For", "user", people))}
${living.length === 0 ? "" : button("revoke-tokens", "Revoke all", {}, "danger")}`,
    true,
  );
}

export function switches({ switches: values }: State): string {
  const items = Object.entries(values).map(([name, value]) => {
    const change =
      typeof value === "boolean"
        ? button("set-switches", value ? "Turn off" : "Turn on", { [name]: !value }, "plain small")
        : `<form method="post" action="/_sandbox/set-switches"><input name="${text(name)}" value="${text(value)}" aria-label="${text(name)}" size="7"> <button class="plain small">Set</button></form>`;
    return `<li><code>${text(name)}</code> <span class="${value === true ? "ok" : "soft"}">${typeof value === "boolean" ? (value ? "on" : "off") : ""}</span> ${change}</li>`;
  });
  return section("Switches", `<ul class="switches">${items.join("")}</ul>`, true);
}
