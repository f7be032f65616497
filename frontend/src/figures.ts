// Figures as people read them, in the page's own language.

const language = document.documentElement.lang || "ko";
const written = new Intl.NumberFormat(language, { maximumSignificantDigits: 4 });

/** `digits` significant digits; a whole number stays whole. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return Number.isInteger(value) ? value.toLocaleString(language) : written.format(value);
}

export function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString(language, { hour12: false });
}
