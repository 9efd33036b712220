import type { GatewayEvent } from "../platform/events.ts";

/** An event in few words, for people. */
export type Summary = {
  title: string;
  /** Where to read more: an https address on upwork.com. */
  url?: string;
  text: string;
  facts: readonly (readonly [name: string, value: string])[];
};

/** Names under which Upwork's two generations keep the same thing, the best first. */
const names = {
  title: ["title", "op_title", "engagement_title", "roomName", "topic", "name", "job_opening_title"],
  text: ["snippet", "description", "op_description", "cover_letter", "message", "content"],
  url: ["url", "public_url", "jobUrl", "link"],
} as const;

const facts: readonly (readonly [label: string, paths: readonly string[]])[] = [
  ["Budget", ["budget", "amount.displayValue", "amount.rawValue", "amount", "charge_rate"]],
  ["Hourly", ["hourlyBudgetMin.rawValue", "hourly_rate"]],
  ["Type", ["job_type", "engagement_job_type", "contractType"]],
  ["Experience", ["experienceLevel"]],
  ["Duration", ["duration", "engagement_weeks"]],
  ["Status", ["job_status", "status"]],
  ["Skills", ["skills"]],
  ["Client", ["client.country", "client.location.country", "buyer.op_country"]],
];

const titles: Readonly<Partial<Record<GatewayEvent["type"], string>>> = {
  "watch.failing": "A watch is failing",
  "watch.overflow": "A watch may have missed items",
  "budget.threshold": "The shared budget is being used up",
  "budget.closed": "Upwork has disabled the key: no calls go out",
  "budget.reopened": "Calls go out again",
  "connection.needs_reauth": "A connection must be made again",
  "connection.healthy": "A connection works again",
  "webhook.disabled": "A webhook was disabled",
};

/** Says an event in few words; what it does not know, it leaves out. */
export function summarise({ type, data }: GatewayEvent): Summary {
  const item = data.item;
  if (item === undefined || item === null) {
    const watch = textAt(data, "watch.name");
    const title = titles[type] ?? `${type === "watch.item.changed" ? "Changed" : "New"} in "${watch ?? "a watch"}"`;
    const told = Object.entries(data).flatMap(([name, value]) => {
      const text = textOf(value) ?? (name === "watch" ? watch : undefined);
      return text === undefined ? [] : ([[name, text]] as const);
    });
    return { title, text: "", facts: told };
  }
  const first = (paths: readonly string[]) =>
    paths.map((path) => textAt(item, path)).find((text) => text !== undefined);
  const url = first(names.url) ?? jobUrl(first(["ciphertext"]));
  const watch = textAt(data, "watch.name");
  const found = facts.flatMap(([label, paths]) => {
    const text = first(paths);
    return text === undefined ? [] : ([[label, text]] as const);
  });
  return {
    title: first(names.title) ?? String(data.itemId ?? "An item without a title"),
    ...(url !== undefined && isUpworkUrl(url) ? { url } : {}),
    text: first(names.text) ?? "",
    facts: watch === undefined ? found : [...found, ["Watch", watch]],
  };
}

/** Only Upwork's own pages may be linked: what a stranger wrote into a field must not become a link in somebody's chat. */
function isUpworkUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return /^https?:$/.test(protocol) && /(^|\.)upwork\.com$/.test(hostname);
}

/** A job's page is named by its ciphertext (`~01...`, `~02...`). */
function jobUrl(ciphertext: string | undefined): string | undefined {
  return ciphertext !== undefined && /^~[0-9a-z]+$/i.test(ciphertext)
    ? `https://www.upwork.com/jobs/${ciphertext}`
    : undefined;
}

function textAt(value: unknown, path: string): string | undefined {
  let at = value;
  for (const name of path.split(".")) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return textOf(at);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim() === "" ? undefined : value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (!Array.isArray(value)) return undefined;
  const parts = value.flatMap((part) => textOf(part) ?? textAt(part, "prettyName") ?? textAt(part, "name") ?? []);
  return parts.length === 0 ? undefined : parts.slice(0, 10).join(", ");
}
