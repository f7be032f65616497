// The whole state of a view as its address: signals, time, what it is compared with, fixed scales.
import { iso, moment, writeWindow, type Window } from "./window";

export type Scales = Map<string, [number, number]>;

export function readScales(asked: URLSearchParams): Scales {
  return new Map(
    asked.getAll("y").flatMap((one): [string, [number, number]][] => {
      const [, lane, low, high] = /^(.*):(-?[\d.e+-]+):(-?[\d.e+-]+)$/.exec(one) ?? [];
      return lane === undefined || !(Number(low) < Number(high)) ? [] : [[lane, [Number(low), Number(high)]]];
    }),
  );
}

export function readThen(asked: URLSearchParams, zone: string): number | undefined {
  const written = asked.get("with");
  const start = written ? moment(written, zone) : Number.NaN;
  return Number.isFinite(start) ? start : undefined;
}

export function write(signals: string[], window: Window, then: number | undefined, scales: Scales): string {
  const asked = new URLSearchParams(signals.map((one) => ["signals", one]));
  writeWindow(asked, window);
  if (then !== undefined) asked.set("with", iso(then));
  for (const [lane, [low, high]] of scales) asked.append("y", `${lane}:${low}:${high}`);
  return asked.toString().replaceAll("%2F", "/").replaceAll("%3A", ":");
}
