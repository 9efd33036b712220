/**
 * EventBridge's schedule expressions: `rate(5 minutes)` and `cron(minutes hours day-of-month month day-of-week year)`,
 * in UTC, with a resolution of one minute.
 */

/** An expression that EventBridge would not take either; the message names what is wrong with it. */
export class ScheduleExpressionError extends Error {
  override name = "ScheduleExpressionError";
}

/** Tells the first time after `after`, in milliseconds since 1970; `undefined` when there is none any more. */
export type NextTime = (after: number) => number | undefined;

const minuteMs = 60_000;
const dayMs = 86_400_000;
const rateUnitMs = { minute: minuteMs, hour: 3_600_000, day: dayMs };
const lastYear = 2199;

/**
 * Reads an expression once, so that a wrong one fails at the start and not at night.
 *
 * @throws ScheduleExpressionError
 */
export function parseSchedule(expression: string): NextTime {
  const rate = /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(expression);
  if (rate) {
    const [, count, unit, plural] = rate;
    // EventBridge insists on "1 hour" and "2 hours".
    if ((count === "1") === (plural === "s")) throw wrong(expression, "1 takes the singular, more the plural");
    const periodMs = Number(count) * rateUnitMs[unit as keyof typeof rateUnitMs];
    return (after) => after + periodMs;
  }
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.split(" ");
  if (fields === undefined) throw wrong(expression, "it is neither rate(...) nor cron(...)");
  if (fields.length !== 6) throw wrong(expression, "cron(...) takes six fields");
  return parseCron(expression, fields);
}

const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

function parseCron(expression: string, fields: readonly string[]): NextTime {
  const [minutes = "", hours = "", dayOfMonth = "", month = "", dayOfWeek = "", year = ""] = fields;
  if ((dayOfMonth === "?") === (dayOfWeek === "?")) {
    throw wrong(expression, "exactly one of day-of-month and day-of-week must be ?");
  }
  const read = (field: string, low: number, high: number, names: readonly string[] = []) =>
    readField(expression, field, low, high, names);
  const inMinutes = read(minutes, 0, 59);
  const inHours = read(hours, 0, 23);
  const inMonths = read(month, 1, 12, monthNames);
  const inYears = read(year, 1970, lastYear);
  const onDay = dayOfMonth === "?" ? readDayOfWeek(expression, dayOfWeek) : readDayOfMonth(expression, dayOfMonth);
  const times = [...inHours].flatMap((hour) => [...inMinutes].map((minute) => hour * 60 + minute));

  return (after) => {
    const firstMinute = Math.floor(after / minuteMs) * minuteMs + minuteMs;
    for (let day = Math.floor(firstMinute / dayMs) * dayMs; ; day += dayMs) {
      const date = new Date(day);
      if (date.getUTCFullYear() > lastYear) return undefined;
      if (!inYears.has(date.getUTCFullYear()) || !inMonths.has(date.getUTCMonth() + 1) || !onDay(date)) continue;
      const found = times.find((time) => day + time * minuteMs >= firstMinute);
      if (found !== undefined) return day + found * minuteMs;
    }
  };
}

/** Lists, ranges, steps and names: `1-5`, `MON,WED`, `0/15`, `*`; in ascending order. */
function readField(
  expression: string,
  field: string,
  low: number,
  high: number,
  names: readonly string[],
): ReadonlySet<number> {
  const numberOf = (text: string): number => {
    const named = names.indexOf(text.toUpperCase());
    const value = named >= 0 ? named + low : Number(text);
    if (!/^\w+$/.test(text) || !Number.isInteger(value) || value < low || value > high) {
      throw wrong(expression, `"${text}" is not between ${low} and ${high}`);
    }
    return value;
  };
  const values = field.split(",").flatMap((part) => {
    const [range = "", step] = part.split("/");
    const every = step === undefined ? 1 : Number(step);
    if (!Number.isInteger(every) || every < 1) throw wrong(expression, `"${part}" has no whole step`);
    const [from = "", to] = range.split("-");
    const start = range === "*" ? low : numberOf(from);
    // `5/15` begins at 5 and goes on to the end; `5` alone is only itself.
    const end = to !== undefined ? numberOf(to) : range === "*" || step !== undefined ? high : start;
    if (end < start) throw wrong(expression, `"${part}" runs backwards`);
    return Array.from({ length: Math.floor((end - start) / every) + 1 }, (_, index) => start + index * every);
  });
  return new Set(values.toSorted((a, b) => a - b));
}

/** `L` is the last day of the month, `15W` the weekday nearest to the 15th in the same month. */
function readDayOfMonth(expression: string, field: string): (date: Date) => boolean {
  if (field === "L") return (date) => date.getUTCDate() === lastDayOf(date);
  const nearest = /^(\d{1,2})W$/.exec(field);
  if (nearest === null) {
    const days = readField(expression, field, 1, 31, []);
    return (date) => days.has(date.getUTCDate());
  }
  const [wanted = 0] = readField(expression, nearest[1] ?? "", 1, 31, []);
  return (date) => wanted <= lastDayOf(date) && date.getUTCDate() === nearestWeekday(date, wanted);
}

function nearestWeekday(date: Date, wanted: number): number {
  const weekday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), wanted)).getUTCDay();
  if (weekday === 6) return wanted === 1 ? 3 : wanted - 1;
  if (weekday === 0) return wanted === lastDayOf(date) ? wanted - 2 : wanted + 1;
  return wanted;
}

/** 1 is Sunday. `6#2` is the second Friday of a month, `6L` its last. */
function readDayOfWeek(expression: string, field: string): (date: Date) => boolean {
  const special = /^(\w+?)(?:#([1-5])|(L))$/.exec(field);
  const days = readField(expression, special?.[1] ?? field.replace(/^L$/, "7"), 1, 7, dayNames);
  return (date) => {
    if (!days.has(date.getUTCDay() + 1)) return false;
    if (special === null) return true;
    const isLast = date.getUTCDate() + 7 > lastDayOf(date);
    return special[3] === undefined ? Math.ceil(date.getUTCDate() / 7) === Number(special[2]) : isLast;
  };
}

function lastDayOf(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

function wrong(expression: string, why: string): ScheduleExpressionError {
  return new ScheduleExpressionError(`"${expression}" is no schedule of EventBridge: ${why}.`);
}
