// A value as a cell shows it, and as Excel takes it.
import type { Kind, Value } from "./types";

export function shown(value: Value | undefined, kind: Kind): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  if (typeof value === "number") return number(value);
  return kind === "time" ? moment(value) : value;
}

function number(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  return String(Number(value.toPrecision(10)));
}

export function moment(iso: string): string {
  return iso.replace("T", " ").replace(/(\.\d*?)0+(?=$|[Z+-])/, "$1").replace(/\.(?=$|[Z+-])/, "").replace(/ 00:00:00$/, "");
}

export function typed(value: Value | undefined, kind: Kind): string {
  return typeof value === "number" ? String(value) : shown(value, kind);
}

// Tabs and lines as Excel writes them on the clipboard.
export function tsv(rows: string[][]): string {
  return rows.map((row) => row.map(guarded).join("\t")).join("\r\n");
}

function guarded(cell: string): string {
  return /[\t\n\r"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
