/** Stands in for the SDK's own reading and writing of dates, with Node's: services send seconds, and HTTP its own form. */
export const parseEpochTimestamp = (seconds: number | string) => new Date(Math.round(Number(seconds) * 1_000));
export const dateToUtcString = (date: Date) => date.toUTCString();

/** @throws TypeError for what is no date */
export function parseRfc7231DateTime(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new TypeError(`Not a date: ${text}`);
  return date;
}

export const parseRfc3339DateTimeWithOffset = (text: string) => parseRfc7231DateTime(text);

// Named by an index of the SDK, called by nobody.
export const parseRfc3339DateTime = undefined;
