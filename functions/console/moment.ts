/** A moment for people, to the minute: `2026-11-24 08:00 UTC`. @param at ms since 1970 */
export function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
