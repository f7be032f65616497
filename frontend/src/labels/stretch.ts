// A trend on which stretches are marked: drawn with mouse or finger, or set with S and E at the cursor.
import { Room, ask, fill, letter } from "./shared";

interface Line {
  time: number[];
  min: number[];
  max: number[];
  mean: number[];
}

interface Marked {
  number: number;
  start: number;
  end: number;
  kind: string;
  colour: number;
  by: string;
  mine: boolean;
  decided: boolean;
}

const LANE = 130; // px of one signal
const TOP = 22; // px of the marks
const SVG = "http://www.w3.org/2000/svg";

class Stretching extends Room {
  private readonly plot: HTMLElement;
  private readonly signals: string[];
  private from: number;
  private to: number; // ms
  private cursor: number;
  private start: number | null = null;
  private end: number | null = null;
  private lines: { [signal: string]: Line } = {};
  private marks: Marked[] = [];
  private turn = 0;

  constructor(root: HTMLElement) {
    super(root);
    this.plot = this.find("[data-plot]");
    this.signals = (root.dataset["signals"] ?? "").split("\n").map((one) => one.trim());
    this.from = Number(root.dataset["from"]);
    this.to = Number(root.dataset["to"]);
    this.cursor = (this.from + this.to) / 2;
    for (const button of this.kinds) button.addEventListener("click", () => void this.give(button.dataset["kind"] ?? ""));
    for (const button of root.querySelectorAll<HTMLElement>("[data-do]")) {
      button.addEventListener("click", () => this.act(button.dataset["do"] ?? ""));
    }
    document.addEventListener("keydown", (event) => this.press(event));
    this.find<HTMLInputElement>("[data-note]").addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") this.plot.focus({ preventScroll: true });
    });
    this.pointers();
    new ResizeObserver(() => this.draw()).observe(this.plot);
    void this.fetch();
  }

  // What people press ---------------------------------------------------------------------------------------------
  private press(event: KeyboardEvent): void {
    const key = letter(event);
    const kind = this.kindOf(key);
    const step = ((this.to - this.from) / Math.max(100, this.plot.clientWidth)) * (event.shiftKey ? 20 : 2);
    const acts: { [key: string]: () => void } = {
      ArrowLeft: () => this.point(this.cursor - step),
      ArrowRight: () => this.point(this.cursor + step),
      Home: () => this.point(this.from),
      End: () => this.point(this.to),
      PageUp: () => this.act("earlier"),
      PageDown: () => this.act("later"),
      "+": () => this.act("in"),
      "=": () => this.act("in"),
      "-": () => this.act("out"),
      s: () => this.act("start"),
      e: () => this.act("end"),
      z: () => this.act("undo"),
      Escape: () => this.choose(null, null),
    };
    if (!key || (key.length > 1 && event.target !== this.plot && event.target !== document.body)) return;
    if (kind) void this.give(kind);
    else if (acts[key]) acts[key]();
    else if (!this.common(key)) return;
    event.preventDefault();
  }

  private act(what: string): void {
    const span = this.to - this.from;
    if (what === "earlier") this.go(this.from - span / 2, this.to - span / 2);
    else if (what === "later") this.go(this.from + span / 2, this.to + span / 2);
    else if (what === "in") this.go(this.cursor - span / 4, this.cursor + span / 4);
    else if (what === "out") this.go(Math.max(0, this.from - span / 2), this.to + span / 2);
    else if (what === "undo") void this.undo();
    else if (what === "start") this.choose(this.cursor, this.end !== null && this.end > this.cursor ? this.end : null);
    else if (what === "end") this.choose(this.start !== null && this.start < this.cursor ? this.start : null, this.cursor);
  }

  private go(from: number, to: number): void {
    if (to - from < 10) return;
    [this.from, this.to] = [from, to];
    this.cursor = Math.min(to, Math.max(from, this.cursor));
    this.draw();
    void this.fetch();
  }

  private pointers(): void {
    let began: number | undefined;
    const time = (event: PointerEvent): number => {
      const box = this.plot.getBoundingClientRect();
      return this.from + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (this.to - this.from);
    };
    this.plot.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      began = time(event);
      this.plot.setPointerCapture(event.pointerId);
      this.plot.focus({ preventScroll: true });
      this.point(began);
    });
    this.plot.addEventListener("pointermove", (event) => {
      if (began === undefined) return;
      const at = time(event);
      if (Math.abs(at - began) * this.plot.clientWidth < 4 * (this.to - this.from)) return;
      this.cursor = at;
      this.choose(Math.min(began, at), Math.max(began, at));
    });
    for (const name of ["pointerup", "pointercancel"] as const) this.plot.addEventListener(name, () => (began = undefined));
  }

  private point(at: number): void {
    this.cursor = Math.min(this.to, Math.max(this.from, at));
    this.draw();
    this.say(fill(this.words["cursor"], clock(this.cursor), this.values()));
  }

  private choose(start: number | null, end: number | null): void {
    [this.start, this.end] = [start, end];
    this.draw();
    if (start !== null && end === null) this.say(fill(this.words["start"], clock(start)));
    else if (start === null && end !== null) this.say(fill(this.words["end"], clock(end)));
  }

  private async give(kind: string): Promise<void> {
    if (this.start === null || this.end === null) return this.trouble(this.words["none"] ?? "");
    const ends: [string, string][] = [["start", this.start.toFixed(3)], ["end", this.end.toFixed(3)]];
    const told = await this.send("mark", [...this.signals.map((one): [string, string] => ["signals", one]), ...ends, ["kind", kind], ...this.rest()]);
    if (!told) return;
    this.say(fill(this.words["marked"], kind, `${clock(this.start)} – ${clock(this.end)}`));
    this.clear();
    [this.start, this.end] = [null, null];
    await this.fetch();
  }

  private async undo(number?: number): Promise<void> {
    const told = await this.send("undo", number === undefined ? [] : [["number", String(number)]]);
    if (!told) return;
    this.say(fill(this.words["undone"], String(told["kind"])));
    await this.fetch();
  }

  // What is drawn -------------------------------------------------------------------------------------------------
  private async fetch(): Promise<void> {
    const turn = (this.turn += 1);
    const asked = new URLSearchParams([...this.signals.map((one) => ["signals", one]), ["from", this.from.toFixed(0)], ["to", this.to.toFixed(0)]]);
    const found = await ask<{ lines: { [signal: string]: Line }; marks: Marked[] }>(`${this.root.dataset["lines"]}?${asked}`);
    if (turn !== this.turn) return;
    if (!found) return this.trouble(this.words["no_answer"] ?? "");
    [this.lines, this.marks] = [found.lines, found.marks];
    this.draw();
    this.list();
    this.root.dataset["drawn"] = String(turn);
  }

  private x(at: number): number {
    return ((at - this.from) / (this.to - this.from)) * this.plot.clientWidth;
  }

  private draw(): void {
    const [width, height] = [this.plot.clientWidth, TOP + LANE * this.signals.length];
    const picture = made("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    for (const one of this.marks) picture.append(...this.band(one, height));
    this.signals.forEach((name, at) => picture.append(...this.lane(name, at, width)));
    if (this.start !== null && this.end !== null) {
      picture.append(made("rect", { x: this.x(this.start), y: 0, width: Math.max(2, this.x(this.end) - this.x(this.start)), height, class: "chosen" }));
    }
    for (const one of [this.start, this.end]) if (one !== null) picture.append(made("line", { x1: this.x(one), x2: this.x(one), y1: 0, y2: height, class: "edge" }));
    picture.append(made("line", { x1: this.x(this.cursor), x2: this.x(this.cursor), y1: 0, y2: height, class: "cursor" }));
    const empty = !Object.values(this.lines).some((one) => one.time.length);
    if (empty && this.turn) picture.append(text(width / 2, height / 2, this.words["empty"] ?? "", "nothing"));
    this.plot.replaceChildren(picture);
    const both = this.start !== null && this.end !== null;
    this.find("[data-chosen]").textContent = both
      ? fill(this.words["chosen"], clock(this.start ?? 0), clock(this.end ?? 0), (((this.end ?? 0) - (this.start ?? 0)) / 1000).toLocaleString(document.documentElement.lang, { maximumSignificantDigits: 4 }))
      : this.start !== null ? fill(this.words["start"], clock(this.start)) : this.end !== null ? fill(this.words["end"], clock(this.end)) : "";
    this.find("[data-cursor]").textContent = fill(this.words["cursor"], clock(this.cursor), this.values());
  }

  private band(one: Marked, height: number): SVGElement[] {
    const [left, right] = [Math.max(0, this.x(one.start)), Math.min(this.plot.clientWidth, this.x(one.end))];
    if (right <= left && this.x(one.end) < 0) return [];
    const wide = Math.max(2, right - left);
    const parts = [made("rect", { x: left, y: 0, width: wide, height, class: `band kind-${one.colour}` })];
    if (wide > 40) parts.push(text(left + 4, 15, `${one.kind}${one.decided ? " ✓" : ""}`, "band-word"));
    return parts;
  }

  private lane(name: string, at: number, width: number): SVGElement[] {
    const line = this.lines[name];
    const top = TOP + LANE * at;
    const base = made("line", { x1: 0, x2: width, y1: top + LANE - 0.5, y2: top + LANE - 0.5, class: "base" });
    if (!line?.time.length) return [base];
    const [low, high] = [Math.min(...line.min), Math.max(...line.max)];
    const y = (value: number): number => top + LANE - 10 - ((value - low) / (high - low || 1)) * (LANE - 24);
    const path = line.time.map((time, n) => `${n ? "L" : "M"}${this.x(time * 1000).toFixed(1)} ${y(line.mean[n] ?? 0).toFixed(1)}`).join("");
    const upper = line.time.map((time, n) => `${n ? "L" : "M"}${this.x(time * 1000).toFixed(1)} ${y(line.max[n] ?? 0).toFixed(1)}`).join("");
    const lower = line.time.map((_, n) => { const back = line.time.length - 1 - n; return `L${this.x((line.time[back] ?? 0) * 1000).toFixed(1)} ${y(line.min[back] ?? 0).toFixed(1)}`; }).join("");
    return [
      base,
      made("path", { d: `${upper}${lower}Z`, class: "spread", "data-line": at % 6 }),
      made("path", { d: path, class: "curve", "data-line": at % 6 }),
      text(4, top + 14, short(high), "scale"),
      text(4, top + LANE - 4, short(low), "scale"),
    ];
  }

  private values(): string {
    const told = this.signals.map((name) => {
      const line = this.lines[name];
      const at = line ? nearest(line.time, this.cursor / 1000) : -1;
      return at < 0 ? "" : `${name.split("/").at(-1)} ${short(line?.mean[at] ?? 0)}`;
    });
    return told.filter(Boolean).join(", ");
  }

  private list(): void {
    this.find("[data-none-marked]").hidden = this.marks.length > 0;
    this.find("[data-marked]").replaceChildren(...this.marks.map((one) => this.item(one)));
  }

  private item(one: Marked): HTMLElement {
    const item = document.createElement("li");
    const chip = document.createElement("span");
    chip.className = `chip kind kind-${one.colour}`;
    chip.textContent = one.kind;
    const when = document.createElement("button");
    when.type = "button";
    when.className = "text-button";
    when.textContent = `${clock(one.start)} – ${clock(one.end)}`;
    when.addEventListener("click", () => this.go(one.start - (one.end - one.start), one.end + (one.end - one.start)));
    item.append(chip, " ", when, ` ${one.by} `);
    if (one.mine) {
      const back = document.createElement("button");
      back.type = "button";
      back.className = "text-button";
      back.textContent = this.words["remove"] ?? "";
      back.addEventListener("click", () => void this.undo(one.number));
      item.append(back);
    }
    return item;
  }
}

function made(name: string, facts: { [name: string]: string | number }): SVGElement {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(facts)) one.setAttribute(key, String(value));
  return one;
}

function text(x: number, y: number, words: string, look: string): SVGElement {
  const one = made("text", { x, y, class: look });
  one.textContent = words;
  return one;
}

function nearest(times: number[], at: number): number {
  let best = -1;
  times.forEach((time, n) => {
    if (best < 0 || Math.abs(time - at) < Math.abs((times[best] ?? 0) - at)) best = n;
  });
  return best;
}

function short(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString(document.documentElement.lang, { maximumSignificantDigits: 4 });
}

function clock(at: number): string {
  const zone = document.documentElement.dataset["zone"];
  return new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short", timeStyle: "medium", ...(zone ? { timeZone: zone } : {}) }).format(at);
}

export function stretching(root: HTMLElement): void {
  new Stretching(root);
}
