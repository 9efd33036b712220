import { styleText } from "node:util";
import type { Surroundings } from "./surroundings.ts";

/** What others wrote must not move the cursor, change colours, or turn the line around. */
export function shown(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "?");
}

/** A value as JSON: on one line, or indented for people. What moves a terminal's cursor is escaped (C1 as well). */
export function toJson(value: unknown, indent?: number): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, undefined, indent).replace(/[\u007f-\u009f]/g, escaped);
}

/** A bar that fills from the left as something is used up. */
export function bar(used: number, quota: number, width: number): string {
  const full = quota <= 0 ? 0 : Math.max(0, Math.min(width, Math.round((used / quota) * width)));
  const share = quota <= 0 ? 0 : used / quota;
  const colour = share >= 0.95 ? "red" : share >= 0.8 ? "yellow" : "green";
  return `${styleText(colour, "█".repeat(full), { stream: process.stdout })}${"░".repeat(width - full)}`;
}

/** Writes a value as JSON for machines, or as text for people. */
export function print(around: Surroundings, options: { json?: boolean }, value: unknown, text: () => string): void {
  around.out(options.json ? `${toJson(value, 2)}\n` : text());
}

const number = new Intl.NumberFormat("en");
/** A number as people read it: `40,000`. */
export const formatNumber = (value: number): string => number.format(value);

/** Seconds as people say them: `45 s`, `12 min`, `3 h`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
