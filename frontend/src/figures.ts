// Figures as people read them, in the page's own language; the same digits each time, so that nothing jumps.

const language = document.documentElement.lang || "ko";
const four = new Intl.NumberFormat(language, { minimumSignificantDigits: 4, maximumSignificantDigits: 4 });
/** The plant's time zone, not the visitor's: a shift is spoken of in its own time. */
export const zone = document.documentElement.dataset["zone"] || "UTC";
const time = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

/** Four significant digits; a whole number stays whole. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return Number.isInteger(value) ? value.toLocaleString(language) : four.format(value);
}

/** A tick of an axis: no more digits than it needs. */
export function tick(value: number): string {
  return value.toLocaleString(language, { maximumSignificantDigits: 6 });
}

/** `HH:MM:SS`, the same in every language. */
export function clock(seconds: number): string {
  return time.format(new Date(seconds * 1000));
}
