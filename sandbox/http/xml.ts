import type { Answer } from "./exchange.ts";

/**
 * A JSON answer as the same thing in XML, for calls whose path ends in `.xml`. That Upwork has both is documented; how
 * its XML looked is known from one stripped reply only: elements named as the members are, below `response`.
 */
export function asXml(answer: Answer): Answer {
  const value: unknown = JSON.parse(answer.body.toString());
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<response>${contentOf(value)}</response>\n`;
  return { ...answer, headers: { ...answer.headers, "content-type": "application/xml" }, body };
}

function contentOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return escapeXml(String(value));
  return Object.entries(value)
    .map(([name, member]) => elementsOf(name, member))
    .join("");
}

/** A list repeats its element; an empty one is an empty element, which is why JSON has `""` for it. */
function elementsOf(name: string, value: unknown): string {
  if (!Array.isArray(value)) return element(name, contentOf(value));
  return value.length === 0 ? element(name, "") : value.map((item) => element(name, contentOf(item))).join("");
}

function element(name: string, content: string): string {
  const safe = /^[A-Za-z_][\w.-]*$/.test(name) ? name : `item${name.replace(/[^\w.-]/g, "_")}`;
  return content === "" ? `<${safe}/>` : `<${safe}>${content}</${safe}>`;
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** XML 1.0 has no place for most control characters, however they are written. */
function escapeXml(text: string): string {
  const clean = [...text.toWellFormed()].filter((char) => char >= " " || "\t\n\r".includes(char)).join("");
  return clean.replace(/[&<>"']/g, (char) => escapes[char] ?? "").replace(/[\ufffe\uffff]/g, "");
}
