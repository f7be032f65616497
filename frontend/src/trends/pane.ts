// One pane: the signals of one unit on one scale; mean as a line, smallest to largest as a band, marks over both.
import uPlot from "uplot";
import { figure, tick, zone } from "../figures";
import { axisClock } from "./clocks";
import { key, scaleKey } from "./keys";
import { colour, dashes, LEFT, resolved, RIGHT } from "./looks";
import { NONE, type Marks, type Words } from "./marks";
import { colours, over, type Colours } from "./over";
import type { Rows } from "./tiles";
import type { Window } from "./window";

export interface Signal {
  id: string;
  label: string;
  place: string;
  lane: string;
  unit: string;
  period: number; // s
}

export interface Drawn {
  signal: Signal;
  look: number;
  now: Rows;
  then: Rows | undefined;
}

export interface Acts {
  selected(from: number, to: number): void;
  cursor(at: number | null): void;
  remove(signal: string): void;
  scale(lane: string, range: [number, number] | undefined): void;
}

const A_SERIES = 4; // columns: high, low, mean, and the mean it is compared with

export class Pane {
  readonly plot: uPlot;
  private readonly values: HTMLElement[] = [];
  private readonly keys: HTMLElement;
  private marks: Marks = NONE;
  private readonly colours: Colours;
  private readonly own: Set<string>;
  drawn: Drawn[] = [];
  times: number[] = [];

  constructor(
    readonly box: HTMLElement,
    readonly lane: string,
    readonly signals: { signal: Signal; look: number }[],
    words: Words,
    private readonly shown: () => Window,
    private readonly fixed: () => [number, number] | undefined,
    private readonly acts: Acts,
    sync: uPlot.SyncPubSub,
    private readonly last: boolean,
    private readonly wall: boolean,
  ) {
    this.colours = colours(box);
    this.own = new Set(signals.map(({ signal }) => signal.id));
    this.keys = document.createElement("ul");
    this.keys.className = "keys";
    this.keys.setAttribute("role", "list");
    const canvas = document.createElement("div");
    box.append(this.keys, canvas);
    for (const { signal, look } of signals) {
      const { item, value } = key(signal, look, words, acts);
      this.keys.append(item);
      this.values.push(value);
    }
    this.keys.append(scaleKey(lane, fixed(), words, acts));
    this.plot = new uPlot(this.options(sync), [[], ...signals.flatMap(() => [[], [], [], []])] as uPlot.AlignedData, canvas);
    sync.sub(this.plot);
  }

  show(times: number[], drawn: Drawn[]): void {
    this.times = times;
    this.drawn = drawn;
    const columns = drawn.flatMap(({ now, then }) => [now.high, now.low, now.mean, then?.mean ?? new Array(times.length)]);
    this.plot.setData([times, ...columns] as uPlot.AlignedData);
    this.say(this.plot.cursor.idx ?? null);
  }

  mark(marks: Marks): void {
    this.marks = marks;
    this.plot.redraw(false);
  }

  /** The window has moved and what is known is drawn at once. */
  slide(): void {
    this.plot.setData(this.plot.data);
  }

  resize(height: number): void {
    this.plot.setSize({ width: Math.max(240, this.box.clientWidth), height });
  }

  /** Height of what stands above the plot. [px] */
  get head(): number {
    return this.keys.offsetHeight + 8;
  }

  end(sync: uPlot.SyncPubSub): void {
    sync.unsub(this.plot);
    this.plot.destroy();
    this.box.remove();
  }

  /** Value of each signal at a stretch, or the newest one shown. */
  say(row: number | null): void {
    const { to } = this.shown();
    this.drawn.forEach(({ signal, now, then }, place) => {
      const found = row === null ? newest(now.mean, this.times, to) : near(now.mean, row);
      const other = row === null || !then ? null : near(then.mean, row);
      const mark = this.values[place];
      if (mark) mark.textContent = `${figure(found)} ${signal.unit}${other === null ? "" : ` (${figure(other)})`}`;
    });
  }

  /** The same as a sentence. */
  sentence(row: number): string {
    return this.drawn.map(({ signal, now }) => `${signal.label} ${figure(near(now.mean, row))} ${signal.unit}`.trim()).join(", ");
  }

  private options(sync: uPlot.SyncPubSub): uPlot.Options {
    const ink = resolved(this.box, "var(--ink-2)");
    const rule = resolved(this.box, "var(--rule)");
    const font = `${this.wall ? 600 : 400} ${this.wall ? 20 : 12}px ${getComputedStyle(this.box).fontFamily}`;
    const axis = { stroke: ink, font, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule, width: 1, size: 5 } };
    const bands = this.signals.map(({ look }, place) => ({
      series: [place * A_SERIES + 1, place * A_SERIES + 2] as [number, number],
      fill: resolved(this.box, `color-mix(in srgb, var(${colour(look)}) 22%, transparent)`),
    }));
    return {
      width: Math.max(240, this.box.clientWidth),
      height: 200,
      legend: { show: false },
      padding: [8, RIGHT, this.last ? 0 : 8, 0],
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
      scales: {
        x: { time: true, range: () => [this.shown().from, this.shown().to] },
        y: { range: (_plot, low, high) => this.fixed() ?? room(low, high) },
      },
      bands,
      cursor: { y: false, sync: { key: sync.key }, drag: { x: true, y: false, setScale: false }, points: { size: this.wall ? 12 : 7 } },
      series: [{}, ...this.signals.flatMap(({ signal, look }) => this.columns(signal, look))],
      axes: [
        {
          ...axis,
          show: this.last,
          size: this.wall ? 46 : 34,
          space: this.wall ? 170 : 96,
          values: (_plot, marks) => marks.map((mark, place) => axisClock(mark, this.shown().to - this.shown().from, place === 0)),
        },
        { ...axis, size: this.wall ? LEFT + 36 : LEFT, space: this.wall ? 56 : 34, values: (_plot, marks) => marks.map(tick) },
      ],
      hooks: {
        setSelect: [(plot) => this.select(plot)],
        setCursor: [(plot) => this.point(plot)],
        draw: [(plot) => over(plot, this.marks, this.shown(), this.own, this.colours)],
      },
    };
  }

  private columns(signal: Signal, look: number): uPlot.Series[] {
    const stroke = resolved(this.box, `var(${colour(look)})`);
    const faint = resolved(this.box, `color-mix(in srgb, var(${colour(look)}) 60%, var(--ground))`);
    const dash = dashes(look);
    const points = { show: true, size: 4, fill: stroke, filter: alone };
    const bare = { points: { show: false }, width: 0, stroke: "transparent" };
    return [
      { ...bare, label: `${signal.label} ↑` },
      { ...bare, label: `${signal.label} ↓` },
      { label: signal.label, stroke, dash, width: this.wall ? 3.5 : 1.75, points },
      { label: `${signal.label} ≈`, stroke: faint, dash: [3, 5], width: this.wall ? 3 : 1.5, points: { show: false } },
    ];
  }

  private select(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 6) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.acts.selected(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
  }

  private point(plot: uPlot): void {
    const row = plot.cursor.idx ?? null;
    this.say(row);
    this.acts.cursor(row === null || (plot.cursor.left ?? -1) < 0 ? null : plot.posToVal(plot.cursor.left ?? 0, "x"));
  }
}

/** A reading between two others belongs to a line; one alone is a point. */
function alone(plot: uPlot, series: number): number[] {
  const column = plot.data[series] as (number | null | undefined)[];
  const found: number[] = [];
  let before: number | null = null;
  let joined = true;
  column.forEach((value, row) => {
    if (value === null) {
      if (before !== null && !joined) found.push(before);
      before = null;
      joined = false;
    } else if (value !== undefined) {
      joined = before !== null;
      before = row;
    }
  });
  const first = column.findIndex((value) => typeof value === "number");
  if (before !== null && !joined) found.push(before);
  else if (before !== null && before === first) found.push(before);
  return found;
}

function room(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const pad = high > low ? (high - low) * 0.08 : Math.max(Math.abs(high) * 0.05, 0.5);
  return [low - pad, high + pad];
}

function near(column: (number | null | undefined)[], row: number): number | null {
  for (let step = 0; step < 200; step += 1) {
    const value = column[row - step];
    if (value === null) return null;
    if (value !== undefined) return value;
  }
  return null;
}

function newest(column: (number | null | undefined)[], times: number[], to: number): number | null {
  for (let row = column.length - 1; row >= 0; row -= 1) {
    const value = column[row];
    if (typeof value === "number" && (times[row] ?? 0) <= to) return value;
  }
  return null;
}
