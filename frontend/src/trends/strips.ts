// Above the panes, on their axis of time: event frames by kind, named gaps, alarms and notes, each with its name.
import { fullClock } from "./clocks";
import { fill, type Marks, type Words } from "./marks";
import { LEFT, RIGHT } from "./looks";
import type { Window } from "./window";

const SPACE = "http://www.w3.org/2000/svg";
const HIGH = 22; // px of a strip
const LANES = 3; // frames of a kind that overlap
const LETTER = 7.2; // px

interface Bar {
  from: number; // ms
  to: number;
  text: string;
  title: string;
  look: string;
  url: string;
}

export class Strips {
  constructor(
    private readonly box: HTMLElement,
    private readonly words: Words,
  ) {}

  /** `wide`: of the panes below. [px] */
  draw(marks: Marks, window: Window, wall: boolean, wide: number): void {
    if (this.box.contains(document.activeElement)) return; // a link that the keyboard stands on is not taken away
    const left = wall ? LEFT + 36 : LEFT;
    const width = Math.max(160, wide - left - RIGHT);
    const rows = this.rows(marks, window).filter(([, bars]) => bars.length > 0);
    this.box.hidden = rows.length === 0;
    const place = (ms: number): number => ((ms / 1000 - window.from) / (window.to - window.from)) * width;
    this.box.replaceChildren(...rows.map(([name, bars]) => strip(name, bars, left, width, place)));
  }

  private rows(marks: Marks, window: Window): [string, Bar[]][] {
    const end = window.to * 1000;
    const kinds = new Map<string, Bar[]>();
    for (const one of marks.frames) {
      const to = one.end ?? end;
      const title = `${one.word}: ${one.title}, ${fullClock(one.start / 1000)}${one.end === null ? "" : ` – ${fullClock(to / 1000)}`}`;
      const bars = kinds.get(one.word) ?? [];
      bars.push({ from: one.start, to, text: one.title, title, look: `frame ${one.kind}`, url: one.url });
      kinds.set(one.word, bars);
    }
    const gaps = marks.gaps.map((one) => {
      const open = fill(one.filled ? this.words["gap_filled"] : this.words["gap_open"], one.cause || one.source, one.filled);
      return { from: one.start, to: one.end, text: "", title: open, look: one.filled ? "hole filled" : "hole", url: "" };
    });
    const alarms = marks.alarms.map((one) => ({
      from: one.at, to: one.at, text: "", title: `${one.title}, ${fullClock(one.at / 1000)}`, look: `flag p${one.priority}`, url: one.url,
    }));
    const notes = marks.notes.map((one) => ({
      from: one.start, to: one.end ?? one.start, text: one.text, title: `${one.text} (${one.by})`, look: "note-bar", url: "",
    }));
    const bad = marks.bad.map((one) => {
      const word = one.quality === 2 ? this.words["bad"] : this.words["uncertain"];
      const title = `${one.signal}: ${word ?? ""}, ${fill(this.words["samples"], String(one.count))}, ${fullClock(one.start / 1000)}`;
      return { from: one.start, to: one.end, text: "", title, look: `poor q${one.quality}`, url: "" };
    });
    const own: [string, Bar[]][] = [[this.words["not_good"] ?? "", bad], [this.words["gaps"] ?? "", gaps], [this.words["alarms"] ?? "", alarms], [this.words["notes"] ?? "", notes]];
    const seen = (bar: Bar): boolean => bar.to >= window.from * 1000 && bar.from <= end;
    return [...kinds.entries(), ...own].map(([name, bars]) => [name, bars.filter(seen)]);
  }
}

function strip(name: string, bars: Bar[], left: number, width: number, place: (ms: number) => number): SVGElement {
  const sorted = [...bars].sort((a, b) => a.from - b.from);
  const free: number[] = [];
  const lanes = sorted.map((bar) => {
    const found = free.findIndex((until) => until <= bar.from);
    const lane = found >= 0 ? found : Math.min(free.length, LANES - 1);
    free[lane] = Math.max(bar.to, free[lane] ?? 0);
    return lane;
  });
  const high = Math.max(1, Math.min(free.length, LANES)) * HIGH;
  const svg = part("svg", { class: "strip-row", width: left + width + RIGHT, height: high, role: "group" });
  svg.setAttribute("aria-label", name);
  const label = part("text", { x: left - 8, y: 15, class: "strip-name" });
  label.textContent = name;
  svg.append(label);
  sorted.forEach((bar, index) => svg.append(drawn(bar, (lanes[index] ?? 0) * HIGH, left, width, place)));
  return svg;
}

function drawn(bar: Bar, top: number, left: number, width: number, place: (ms: number) => number): SVGElement {
  const from = Math.max(0, place(bar.from));
  const to = Math.min(width, place(bar.to));
  const holder = bar.url ? part("a", { href: bar.url }) : part("g", {});
  const title = part("title", {});
  title.textContent = bar.title;
  holder.append(title);
  if (bar.look.startsWith("flag")) {
    holder.append(part("path", { class: bar.look, d: `M${left + from} ${top + 3}l7 13h-14z` }));
    return holder;
  }
  const wide = Math.max(3, to - from);
  holder.append(part("rect", { class: bar.look, x: left + from, y: top + 2, width: wide, height: HIGH - 4 }));
  const letters = Math.floor((wide - 8) / LETTER);
  if (bar.text && letters >= 3) {
    const text = part("text", { class: "strip-text", x: left + from + 5, y: top + 15 });
    text.textContent = bar.text.length > letters ? `${bar.text.slice(0, letters - 1)}…` : bar.text;
    holder.append(text);
  }
  return holder;
}

export function part(name: string, attributes: { [name: string]: string | number }): SVGElement {
  const made = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
