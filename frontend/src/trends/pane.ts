// One pane: the signals of one unit on one scale; mean as a line, smallest to largest as a band, marks over both.
import uPlot from "uplot";
import { figure, tick, zone } from "../figures";
import { LOOKS } from "../lane";
import { axisClock } from "./clocks";
import { NONE, type Marks, type Words } from "./marks";
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

export const LEFT = 64; // px, the room of the figures beside the plot
export const RIGHT = 10;
const A_SERIES = 4; // columns: high, low, mean, and the mean it is compared with

export class Pane {
  readonly plot: uPlot;
  private readonly values: HTMLElement[] = [];
  private readonly keys: HTMLElement;
  private marks: Marks = NONE;
  private readonly colours: { null: string; note: string; alarm: string; warn: string };
  drawn: Drawn[] = [];
  times: number[] = [];

  constructor(
    readonly box: HTMLElement,
    readonly lane: string,
    readonly signals: { signal: Signal; look: number }[],
    private readonly words: Words,
    private readonly shown: () => Window,
    private readonly fixed: () => [number, number] | undefined,
    private readonly acts: Acts,
    sync: uPlot.SyncPubSub,
    private readonly last: boolean,
    private readonly wall: boolean,
  ) {
    const asked = (value: string): string => resolved(box, value);
    this.colours = { null: asked("var(--null)"), note: asked("var(--c3)"), alarm: asked("var(--alarm)"), warn: asked("var(--warn-fill)") };
    this.keys = document.createElement("ul");
    this.keys.className = "keys";
    this.keys.setAttribute("role", "list");
    const canvas = document.createElement("div");
    box.append(this.keys, canvas);
    for (const { signal, look } of signals) this.keys.append(this.key(signal, look));
    this.keys.append(this.scaleKey());
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

  private key(signal: Signal, look: number): HTMLElement {
    const item = document.createElement("li");
    const label = document.createElement("span");
    label.textContent = signal.label;
    label.title = signal.id;
    const place = document.createElement("small");
    place.className = "quiet";
    place.textContent = signal.place;
    const value = document.createElement("strong");
    this.values.push(value);
    const out = document.createElement("button");
    out.type = "button";
    out.className = "text-button";
    out.textContent = "×";
    out.setAttribute("aria-label", `${signal.id}: ${this.words["left_out"] ?? ""}`);
    out.addEventListener("click", () => this.acts.remove(signal.id));
    item.append(swatch(look), label, place, value, out);
    return item;
  }

  private scaleKey(): HTMLElement {
    const item = document.createElement("li");
    item.className = "scale";
    const more = document.createElement("details");
    const head = document.createElement("summary");
    const fixed = this.fixed();
    head.textContent = `${this.words["scale"] ?? ""}: ${fixed ? `${tick(fixed[0])} – ${tick(fixed[1])}` : (this.words["automatic"] ?? "")}`;
    const form = document.createElement("form");
    const low = field(this.words["lowest"] ?? "", fixed?.[0]);
    const high = field(this.words["highest"] ?? "", fixed?.[1]);
    const keep = button(this.words["fix"] ?? "");
    const free = button(this.words["automatic"] ?? "");
    free.type = "button";
    free.addEventListener("click", () => this.acts.scale(this.lane, undefined));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const range: [number, number] = [low.valueAsNumber, high.valueAsNumber];
      if (range[0] < range[1]) this.acts.scale(this.lane, range);
    });
    form.append(low.parentElement ?? low, high.parentElement ?? high, keep, free);
    more.append(head, form);
    item.append(more);
    return item;
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
        draw: [(plot) => this.over(plot)],
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

  private over(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const at = (ms: number): number => Math.min(Math.max(plot.valToPos(ms / 1000, "x", true), bbox.left), bbox.left + bbox.width);
    const visible = (from: number, to: number): boolean => to >= this.shown().from * 1000 && from <= this.shown().to * 1000;
    ctx.save();
    for (const gap of this.marks.gaps) if (visible(gap.start, gap.end)) hatch(ctx, at(gap.start), at(gap.end), bbox, this.colours.null);
    const { note, alarm } = this.colours;
    for (const one of this.marks.notes) {
      if (!visible(one.start, one.end ?? one.start)) continue;
      ctx.globalAlpha = 0.12;
      ctx.fillStyle = note;
      if (one.end !== null) ctx.fillRect(at(one.start), bbox.top, at(one.end) - at(one.start), bbox.height);
      ctx.globalAlpha = 1;
      line(ctx, at(one.start), bbox, note, [6, 4]);
      if (one.end !== null) line(ctx, at(one.end), bbox, note, [6, 4]);
    }
    for (const one of this.marks.alarms) if (visible(one.at, one.at)) line(ctx, at(one.at), bbox, alarm, [2, 4]);
    const own = new Set(this.signals.map(({ signal }) => signal.id));
    for (const one of this.marks.bad) {
      if (!own.has(one.signal) || !visible(one.start, one.end)) continue;
      ctx.fillStyle = one.quality === 2 ? alarm : this.colours.warn;
      const high = 6 * devicePixelRatio;
      ctx.fillRect(at(one.start), bbox.top + bbox.height - high, Math.max(3 * devicePixelRatio, at(one.end) - at(one.start)), high);
    }
    ctx.restore();
  }
}

function line(ctx: CanvasRenderingContext2D, x: number, bbox: uPlot.BBox, colour: string, dash: number[]): void {
  ctx.beginPath();
  ctx.setLineDash(dash.map((one) => one * devicePixelRatio));
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
}

function hatch(ctx: CanvasRenderingContext2D, from: number, to: number, bbox: uPlot.BBox, colour: string): void {
  const width = Math.max(2 * devicePixelRatio, to - from);
  ctx.save();
  ctx.beginPath();
  ctx.rect(from, bbox.top, width, bbox.height);
  ctx.clip();
  ctx.beginPath();
  ctx.setLineDash([]);
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  for (let x = from - bbox.height; x < from + width; x += 9 * devicePixelRatio) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
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

export function colour(look: number): string {
  return (LOOKS[look % LOOKS.length] ?? LOOKS[0]).colour;
}

export function dashes(look: number): number[] {
  return [...(LOOKS[(look + Math.floor(look / LOOKS.length)) % LOOKS.length] ?? LOOKS[0]).dash];
}

function swatch(look: number): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.setAttribute("viewBox", "0 0 28 10");
  made.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M0 5H28");
  path.setAttribute("stroke-width", "2.5");
  path.setAttribute("stroke-dasharray", dashes(look).join(" "));
  path.setAttribute("class", `key ${colour(look).slice(2)}`);
  made.append(path);
  return made;
}

function field(words: string, value: number | undefined): HTMLInputElement {
  const label = document.createElement("label");
  const made = document.createElement("input");
  made.type = "number";
  made.step = "any";
  made.required = true;
  made.className = "narrow";
  if (value !== undefined) made.valueAsNumber = value;
  label.append(`${words} `, made);
  return made;
}

function button(words: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.className = "button small";
  made.textContent = words;
  return made;
}

/** The colour that an element would have: `light-dark()` and `color-mix()` are resolved by asking. */
export function resolved(near: HTMLElement, value: string): string {
  const probe = document.createElement("i");
  probe.hidden = true;
  probe.style.color = value;
  near.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
