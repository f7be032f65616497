// What was fetched: tiles of a fixed number of stretches, kept by step and place, so that nothing is asked for twice.
import { TILE } from "./window";

interface Answer {
  from: number; // ms
  rows: { [signal: string]: [number[], number[], number[] | 0, number[] | 0] };
}

interface Tile {
  mean: Float64Array;
  low: Float64Array;
  high: Float64Array;
  count: Uint32Array; // live samples of a stretch
  asked: number; // when, s
  closed: boolean;
}

export type Column = (number | null | undefined)[];

export interface Rows {
  mean: Column;
  low: Column;
  high: Column;
}

const MOST = 3000; // tiles kept
const SETTLED = 60; // s
const STALE = 20; // s: an open tile is asked for again

export class Tiles {
  private readonly kept = new Map<string, Tile>();
  private readonly pending = new Map<string, Promise<void>>();
  bytes = 0;

  constructor(private readonly address: string) {}

  static span(step: number): number {
    return step * TILE;
  }

  /** Fetch what is missing of the stretch. */
  async need(signals: string[], step: number, from: number, to: number, now: number, live: boolean): Promise<void> {
    const [first, last] = places(step, from, Math.min(to, now));
    const missing: number[] = [];
    for (let place = first; place <= last; place += 1) {
      if (signals.some((signal) => !this.fresh(this.kept.get(key(signal, step, place)), now, live))) missing.push(place);
    }
    await Promise.all(runs(missing).map(([begin, end]) => this.once(signals, step, begin, end, now)));
  }

  private fresh(tile: Tile | undefined, now: number, live: boolean): boolean {
    return tile !== undefined && (tile.closed || now - tile.asked < (live ? 6 * STALE : STALE));
  }

  private once(signals: string[], step: number, first: number, last: number, now: number): Promise<void> {
    const name = `${step}:${first}:${last}:${signals.join()}`;
    const under = this.pending.get(name) ?? this.ask(signals, step, first, last, now).finally(() => this.pending.delete(name));
    this.pending.set(name, under);
    return under;
  }

  private async ask(signals: string[], step: number, first: number, last: number, now: number): Promise<void> {
    const from = Math.round(first * step * TILE * 1000);
    const to = Math.round((last + 1) * step * TILE * 1000);
    const asked = new URLSearchParams(signals.map((signal) => ["signals", signal]));
    asked.set("from", String(from));
    asked.set("to", String(to));
    asked.set("points", String((last - first + 1) * TILE));
    const answer = await fetch(`${this.address}?${asked}`, { headers: { Accept: "application/json" } });
    if (answer.redirected) return window.location.reload(); // signed out
    const told = (await answer.json()) as Answer & { error?: { message: string } };
    if (told.error) throw new Error(told.error.message);
    for (const signal of signals) this.cut(signal, step, first, last, told, now);
    while (this.kept.size > MOST) this.kept.delete(this.kept.keys().next().value ?? "");
  }

  private cut(signal: string, step: number, first: number, last: number, told: Answer, now: number): void {
    const made: Tile[] = [];
    for (let place = first; place <= last; place += 1) {
      const tile = empty(now, (place + 1) * step * TILE < now - SETTLED);
      made.push(tile);
      this.kept.delete(key(signal, step, place));
      this.kept.set(key(signal, step, place), tile);
    }
    const [times, mean, low, high] = told.rows[signal] ?? [[], [], 0, 0];
    times.forEach((time, row) => {
      const stretch = Math.min(Math.floor((time + 1e-6) / (step * 1000)), made.length * TILE - 1);
      const tile = made[Math.floor(stretch / TILE)];
      const value = mean[row] ?? Number.NaN;
      if (tile) set(tile, stretch % TILE, value, low ? (low[row] ?? value) : value, high ? (high[row] ?? value) : value);
    });
  }

  /** A live sample, into the stretch it belongs to; one whose tile is not here comes with its tile. */
  put(signal: string, step: number, time: number, value: number): void {
    const stretch = Math.floor(time / step);
    const tile = this.kept.get(key(signal, step, Math.floor(stretch / TILE)));
    if (!tile) return;
    const row = ((stretch % TILE) + TILE) % TILE;
    const known = tile.mean[row] ?? Number.NaN;
    if (Number.isNaN(known)) return set(tile, row, value, value, value);
    const count = Math.max(1, tile.count[row] ?? 1);
    tile.mean[row] = (known * count + value) / (count + 1);
    tile.count[row] = count + 1;
    tile.low[row] = Math.min(tile.low[row] ?? value, value);
    tile.high[row] = Math.max(tile.high[row] ?? value, value);
  }

  /** Middles of the stretches over a window, to the ends of its tiles. */
  times(step: number, from: number, to: number): number[] {
    const [first, last] = places(step, from, to);
    return Array.from({ length: (last - first + 1) * TILE }, (_, row) => (first * TILE + row + 0.5) * step);
  }

  /**
   * Columns of a signal beside `times`; `shift` [s] looks so much earlier. An empty stretch is skipped (undefined)
   * unless it is longer than three periods of the signal: that is a gap (null), as the historian's measures have it.
   */
  rows(signal: string, step: number, from: number, to: number, period: number, shift = 0): Rows {
    const [first, last] = places(step, from, to);
    const size = (last - first + 1) * TILE;
    const made: Rows = { mean: new Array(size), low: new Array(size), high: new Array(size) };
    const begin = first * TILE - Math.round(shift / step);
    let before = -1;
    for (let row = 0; row < size; row += 1) {
      const stretch = begin + row;
      const place = Math.floor(stretch / TILE);
      const tile = this.kept.get(key(signal, step, place));
      if (!tile) {
        row += TILE - 1 - (stretch - place * TILE);
        continue;
      }
      const at = stretch - place * TILE;
      const value = tile.mean[at];
      if (value === undefined || Number.isNaN(value)) continue;
      if (before >= 0 && row - before > 1 && (row - before) * step > 3 * period) gap(made, before + 1);
      made.mean[row] = value;
      made.low[row] = tile.low[at];
      made.high[row] = tile.high[at];
      before = row;
    }
    return made;
  }
}

function empty(asked: number, closed: boolean): Tile {
  const blank = (): Float64Array => new Float64Array(TILE).fill(Number.NaN);
  return { mean: blank(), low: blank(), high: blank(), count: new Uint32Array(TILE), asked, closed };
}

function set(tile: Tile, row: number, mean: number, low: number, high: number): void {
  tile.mean[row] = mean;
  tile.low[row] = low;
  tile.high[row] = high;
}

function gap(made: Rows, row: number): void {
  made.mean[row] = made.low[row] = made.high[row] = null;
}

function key(signal: string, step: number, place: number): string {
  return `${step}:${place}:${signal}`;
}

function places(step: number, from: number, to: number): [number, number] {
  return [Math.max(0, Math.floor(from / step / TILE)), Math.max(0, Math.floor(to / step / TILE))];
}

/** Neighbours together: one request a run, at most six tiles long. */
function runs(numbers: number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const one of numbers) {
    const last = found[found.length - 1];
    if (last && one === last[1] + 1 && one - last[0] < 6) last[1] = one;
    else found.push([one, one]);
  }
  return found;
}
