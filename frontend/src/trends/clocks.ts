// Times as the page writes them, in the plant's zone, as fine as what is shown needs.
import { zone } from "../figures";

const parts = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: zone, hourCycle: "h23", ...options });
const DAY = parts({ year: "numeric", month: "2-digit", day: "2-digit" });
const MINUTE = parts({ hour: "2-digit", minute: "2-digit" });
const SECOND = parts({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const FINE = parts({ hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });

const fine = (date: Date): string => FINE.format(date).replace(",", ".");

/** A mark of the axis; a day is named where one begins, and at the first mark. */
export function axisClock(seconds: number, span: number, first: boolean): string {
  const date = new Date(seconds * 1000);
  if (span > 40 * 86_400) return DAY.format(date);
  const clock = span < 5 ? fine(date) : span < 1200 ? SECOND.format(date) : MINUTE.format(date);
  const day = DAY.format(date).slice(5);
  return MINUTE.format(date) === "00:00" || (first && span > 43_200) ? (span > 4 * 86_400 ? day : `${day} ${clock}`) : clock;
}

/** Day and clock. */
export function fullClock(seconds: number, span = 0): string {
  const date = new Date(seconds * 1000);
  return `${DAY.format(date)} ${span > 0 && span < 60 ? fine(date) : SECOND.format(date)}`;
}

/** As a field of the browser takes it. */
export function fieldClock(seconds: number): string {
  return fullClock(seconds).replace(" ", "T");
}

/** A length in one unit. */
export function lasting(seconds: number): string {
  const language = document.documentElement.lang || "ko";
  const units: [number, string][] = [[365 * 86_400, "year"], [86_400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
  const [size, unit] = units.find(([one]) => seconds >= 1.5 * one) ?? [1, "second"];
  const style = { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: seconds < 10 ? 2 : 1 } as const;
  return new Intl.NumberFormat(language, style).format(seconds / size);
}
