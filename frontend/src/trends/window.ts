// The stretch of time that is shown, and what people do with it. Pure; times in seconds since 1970.

export interface Window {
  from: number;
  to: number;
  follows: boolean; // its end is the present
}

export const SHORTEST = 0.05; // s
export const LONGEST = 80 * 365 * 86_400; // s
const LAST = 4_400_000_000; // 2109: the historian's times end in 2116
const WANTED = 1200; // stretches over a screen, at most
export const TILE = 240; // stretches of one tile: six tiles reach over a screen

const HOUR = 3600;
const DAY = 86_400;
// Steps that minutes and hours divide: the historian then reads its roll-ups.
const STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, HOUR, 2 * HOUR,
  4 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 14 * DAY, 30 * DAY,
];

export function stepFor(span: number): number {
  return STEPS.find((step) => span / step <= WANTED) ?? 30 * DAY;
}

export function bounded(window: Window): Window {
  const span = Math.min(Math.max(window.to - window.from, SHORTEST), LONGEST);
  const middle = (window.from + window.to) / 2;
  const from = Math.min(Math.max(0, middle - span / 2), LAST - span);
  return { from, to: from + span, follows: window.follows };
}

/** Closer (factor below 1) or further, with `at` staying where it is; one that follows keeps its end. */
export function zoomed(window: Window, factor: number, at: number): Window {
  const anchor = window.follows ? window.to : at;
  const grown = { from: anchor + (window.from - anchor) * factor, to: anchor + (window.to - anchor) * factor };
  if (window.follows) {
    const span = Math.min(Math.max(grown.to - grown.from, SHORTEST), LONGEST);
    return { from: Math.max(0, window.to - span), to: window.to, follows: true };
  }
  return bounded({ ...grown, follows: false });
}

export function moved(window: Window, seconds: number): Window {
  return bounded({ from: window.from + seconds, to: window.to + seconds, follows: false });
}

const UNITS: [string, number][] = [["y", 365 * DAY], ["d", DAY], ["h", HOUR], ["m", 60], ["s", 1], ["ms", 0.001]];

/** Length as addresses write it: `-10m`. */
export function back(span: number): string {
  const [unit, size] = UNITS.find(([, one]) => span >= one && Math.abs(span / one - Math.round(span / one)) < 1e-6) ?? ["s", 1];
  return `-${Math.max(1, Math.round(span / size))}${unit}`;
}

function length(written: string): number {
  const found = /^-(\d{1,6})(ms|s|m|h|d|w|y)$/.exec(written);
  const sizes: Record<string, number> = { ...Object.fromEntries(UNITS), w: 7 * DAY };
  return found ? Number(found[1]) * (sizes[found[2] ?? "s"] ?? 1) : Number.NaN;
}

/** A time of an address: ISO 8601, ms since 1970, or one without an offset in the plant's zone. */
export function moment(written: string, zone: string): number {
  if (/^\d{1,14}$/.test(written)) return Number(written) / 1000;
  const naked = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?$/.test(written);
  const utc = Date.parse(naked ? `${written.replace(" ", "T")}${written.length > 10 ? "" : "T00:00"}Z` : written) / 1000;
  return naked ? utc - offset(utc, zone) : utc;
}

// What the plant's clocks show beyond UTC. [s]
export function offset(seconds: number, zone: string): number {
  const shown = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  return Date.parse(`${shown.format(new Date(seconds * 1000)).replace(" ", "T")}Z`) / 1000 - Math.floor(seconds);
}

export function readWindow(asked: URLSearchParams, now: number, zone: string): Window {
  const last = asked.get("to") || "now";
  const first = asked.get("from") || "-10m";
  const given = last === "now" ? now : moment(last, zone);
  const to = Number.isFinite(given) ? given : now;
  const span = length(first);
  const start = Number.isFinite(span) ? to - span : moment(first, zone);
  const from = Number.isFinite(start) && start < to ? start : to - 600;
  return bounded({ from, to, follows: last === "now" && Number.isFinite(span) });
}

export function writeWindow(asked: URLSearchParams, window: Window): void {
  asked.set("from", window.follows ? back(window.to - window.from) : iso(window.from));
  asked.set("to", window.follows ? "now" : iso(window.to));
}

export function iso(seconds: number): string {
  return new Date(Math.round(seconds * 1000)).toISOString();
}
