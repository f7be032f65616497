// The page of the trends: what is shown is in the address, so that it can be shared, kept and gone back to.
import { zone } from "./figures";
import { Stream, type Beat, type Sample } from "./stream";
import { choose } from "./trends/choose";
import { fullClock } from "./trends/clocks";
import { Answers } from "./trends/answers";
import { Compare } from "./trends/compare";
import { Files } from "./trends/files";
import { gestures } from "./trends/gestures";
import { fill, NONE, type Marks, type Words } from "./trends/marks";
import { Notes } from "./trends/notes";
import type { Signal } from "./trends/pane";
import { savePicture } from "./trends/picture";
import { sayWindow } from "./trends/saying";
import { readScales, readThen, write, type Scales } from "./trends/state";
import { Screen } from "./trends/screen";
import { Strips } from "./trends/strips";
import { Tiles } from "./trends/tiles";
import { Wall } from "./trends/wall";
import { moment, moved, readWindow, stepFor, zoomed, type Window } from "./trends/window";

const FETCH_AFTER = 120; // ms after the last move
const SETTLE_AFTER = 450; // ms: then it is a step of the history
const FRAME = 400; // ms between two pictures that follow
const FIGURES_EVERY = 5000; // ms, while it follows; seldomer over long stretches

class Trends {
  private readonly words: Words;
  private readonly signals: Signal[];
  private readonly ids: string[];
  private readonly tiles: Tiles;
  private readonly strips: Strips;
  private readonly notes: Notes;
  private readonly compare: Compare;
  private readonly panesBox: HTMLElement;
  private readonly said: HTMLElement;
  private window: Window;
  private step: number;
  private readonly screen: Screen;
  private readonly wall: Wall;
  private readonly answers: Answers;
  private scales = new Map() as Scales;
  private marks: Marks = NONE;
  private cursor: number | null = null;
  private stretchFrom: number | null = null;
  private fetching = 0;
  private settling = 0;
  private speaking = 0;
  private asked = 0;
  private dirty = false;
  private live = false;
  private readonly clock: number; // what the node's clock is ahead of ours [s]
  private figuresAt = 0;

  constructor(private readonly root: HTMLElement) {
    this.words = JSON.parse(root.dataset["words"] ?? "{}") as Words;
    this.signals = JSON.parse(root.dataset["signals"] ?? "[]") as Signal[];
    this.ids = this.signals.map((one) => one.id);
    const ahead = Number(root.dataset["now"] ?? 0) - Date.now() / 1000;
    this.clock = Math.abs(ahead) > 5 && Math.abs(ahead) < 1e8 ? ahead : 0; // less is the way of the page to us
    this.tiles = new Tiles(root.dataset["series"] ?? "");
    this.panesBox = this.find("[data-panes]");
    this.said = this.find("[data-said]");
    this.strips = new Strips(this.find("[data-strips]"), this.words);
    this.window = this.read();
    this.answers = new Answers(root, this.ids);
    this.wall = new Wall(root, () => this.again());
    this.screen = new Screen(this.panesBox, this.signals, this.words, () => this.window, {
      selected: (from, to) => this.go({ from, to, follows: false }),
      cursor: (at) => (this.cursor = at ?? this.cursor),
      remove: (signal) => this.leave(signal),
      scale: (lane, range) => this.scale(lane, range),
    });
    this.step = stepFor(this.window.to - this.window.from);
    const urls = { write: root.dataset["write"] ?? "", notes: root.dataset["notes"] ?? "" };
    this.notes = new Notes(root, this.words, urls, (said) => this.noted(said), (at) => this.point(at));
    this.compare = new Compare(root, this.words, (words) => this.answers.frames(this.window, words), () => this.window, () => this.go(this.window));
    new Files(root, this.words, root.dataset["making"] ?? "", () => ({ window: this.window, signals: this.ids }));
    this.readRest();
    this.screen.build(this.scales, this.wall.on);
    this.listen();
    this.go(this.window, false);
    window.setInterval(() => this.tick(), FRAME);
  }

  private find<T extends HTMLElement>(what: string): T {
    return this.root.querySelector<T>(what) as T;
  }

  private now(): number {
    return Date.now() / 1000 + this.clock;
  }

  // The address ---------------------------------------------------------------------------------------------------
  private read(): Window {
    return readWindow(new URLSearchParams(window.location.search), this.now(), zone);
  }

  private readRest(): void {
    const asked = new URLSearchParams(window.location.search);
    this.compare.read(readThen(asked, zone));
    this.scales = readScales(asked);
  }

  private address(): string {
    return write(this.ids, this.window, this.compare.start, this.scales);
  }

  private settle(): void {
    const address = this.address();
    this.fillAddress();
    if (window.location.search.slice(1) === address) return;
    const first = !window.location.search.includes("from=");
    window.history[first ? "replaceState" : "pushState"](null, "", `?${address}`);
  }

  private goBack(): void {
    const asked = new URLSearchParams(window.location.search).getAll("signals");
    if (asked.join() !== this.ids.join()) return window.location.reload();
    this.readRest();
    this.screen.build(this.scales, this.wall.on);
    this.go(this.read(), false);
  }

  // Moving --------------------------------------------------------------------------------------------------------
  private go(to: Window, keep = true): void {
    this.window = to;
    const step = stepFor(to.to - to.from);
    if (step !== this.step) {
      this.step = step;
      this.draw(); // what is kept of this step; the rest comes
    } else {
      this.screen.slide();
    }
    this.frame();
    window.clearTimeout(this.fetching);
    this.fetching = window.setTimeout(() => void this.fetch(), keep ? FETCH_AFTER : 0);
    window.clearTimeout(this.settling);
    if (keep) this.settling = window.setTimeout(() => this.settle(), SETTLE_AFTER);
    else this.settling = window.setTimeout(() => this.fillAddress(), 0);
  }

  private fillAddress(): void {
    for (const field of document.querySelectorAll<HTMLInputElement>("[data-address]")) field.value = this.address();
    for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-label]")) link.search = this.address();
  }

  private async fetch(): Promise<void> {
    const turn = (this.asked += 1);
    const { from, to } = this.window;
    const jobs = [this.tiles.need(this.ids, this.step, from, to, this.now(), this.live)];
    const { start } = this.compare;
    if (start !== undefined) jobs.push(this.tiles.need(this.ids, this.step, start, start + to - from, this.now(), false));
    try {
      await Promise.all(jobs);
      this.trouble("");
    } catch (refused) {
      this.trouble(refused instanceof Error && refused.name === "Error" ? refused.message : (this.words["no_answer"] ?? ""));
    }
    if (turn !== this.asked) return;
    this.draw();
    this.root.dataset["drawn"] = String(turn);
    await Promise.all([this.fetchMarks(turn), this.fetchFigures()]);
  }

  private trouble(words: string): void {
    const box = this.find("[data-trouble]");
    box.hidden = !words;
    const line = box.querySelector("p");
    if (line) line.textContent = words;
  }

  private async fetchMarks(turn: number): Promise<void> {
    const found = await this.answers.marks(this.window);
    if (!found || turn !== this.asked) return;
    this.marks = found;
    this.notes.show(found.notes);
    this.strips.draw(found, this.window, this.wall.on, this.screen.wide);
    this.screen.mark(found);
    this.root.dataset["marked"] = String(turn);
  }

  private async fetchFigures(): Promise<void> {
    this.figuresAt = performance.now();
    await this.answers.figures(this.window, this.compare.start);
  }

  // Drawing -------------------------------------------------------------------------------------------------------
  private resize(): void {
    this.strips.draw(this.marks, this.window, this.wall.on, this.screen.wide);
    this.screen.resize(this.wall.on);
  }

  private draw(): void {
    this.find("[data-nothing]").hidden = this.screen.draw(this.tiles, this.step, this.compare.start);
  }

  private frame(): void {
    sayWindow(this.root, this.window, this.compare.told);
    this.strips.draw(this.marks, this.window, this.wall.on, this.screen.wide);
  }

  // Following -----------------------------------------------------------------------------------------------------
  private take(batch: Sample[]): void {
    for (const sample of batch) {
      if (sample.value === null || sample.quality === 2 || !this.ids.includes(sample.signal)) continue;
      this.tiles.put(sample.signal, this.step, sample.time, sample.value);
      this.dirty = true;
    }
  }

  private tick(): void {
    if (document.hidden) return;
    if (this.window.follows) {
      const span = this.window.to - this.window.from;
      const to = this.now();
      if (to - this.window.to < Math.min(this.step / 2, 5)) return; // less than a pixel
      const open = Math.floor(to / Tiles.span(this.step)) !== Math.floor(this.window.to / Tiles.span(this.step));
      this.window = { from: to - span, to, follows: true };
      this.draw();
      this.frame();
      if (open || performance.now() - this.figuresAt > Math.max(FIGURES_EVERY, span * 5)) void this.fetch();
    } else if (this.dirty) {
      this.draw();
    }
    this.dirty = false;
  }

  private follow(): void {
    const span = this.window.to - this.window.from;
    const to = this.now();
    if (this.window.follows) this.go({ ...this.window, follows: false });
    else this.go({ from: to - span, to, follows: true });
  }

  // The cursor ----------------------------------------------------------------------------------------------------
  private point(at: number): void {
    const { time, values } = this.screen.point(at, this.step);
    this.cursor = time;
    window.clearTimeout(this.speaking);
    this.speaking = window.setTimeout(() => {
      this.said.textContent = fill(this.words["cursor"], fullClock(time, this.window.to - this.window.from), values);
    }, 200);
  }

  private middle(): number {
    const { from, to } = this.window;
    return this.cursor !== null && this.cursor >= from && this.cursor <= to ? this.cursor : (from + to) / 2;
  }

  private writeNote(): void {
    const at = this.middle();
    const from = this.stretchFrom;
    this.stretchFrom = null;
    if (from === null || from === at) this.notes.write(at, null, this.ids);
    else this.notes.write(Math.min(from, at), Math.max(from, at), this.ids);
  }

  private noted(said: string): void {
    this.said.textContent = said;
    this.panesBox.focus({ preventScroll: true });
    void this.fetchMarks(this.asked);
  }

  // What people press ---------------------------------------------------------------------------------------------
  private listen(): void {
    const span = (): number => this.window.to - this.window.from;
    const zoom = (factor: number, share: number): void => {
      const at = Number.isNaN(share) ? this.middle() : this.window.from + share * span();
      this.go(zoomed(this.window, factor, at));
    };
    const pan = (share: number): void => this.go(moved(this.window, share * span()));
    gestures(this.panesBox, {
      zoom,
      pan,
      step: (count) => this.point(this.middle() + count * this.step),
      ends: (last) => this.point(last ? this.window.to : this.window.from),
      note: () => this.writeNote(),
      stretch: () => {
        this.stretchFrom = this.middle();
        this.said.textContent = fill(this.words["stretch_from"], fullClock(this.stretchFrom));
      },
      follow: () => this.follow(),
    });
    const acts: { [name: string]: () => void } = {
      earlier: () => pan(-0.5),
      later: () => pan(0.5),
      in: () => zoom(0.5, Number.NaN),
      out: () => zoom(2, Number.NaN),
      follow: () => this.follow(),
      note: () => this.writeNote(),
      png: () => savePicture("png", this.screen.panes, this.window, this.root),
      svg: () => savePicture("svg", this.screen.panes, this.window, this.root),
      wall: () => void this.wall.turn(),
    };
    for (const button of this.root.querySelectorAll<HTMLElement>("[data-do]")) {
      button.addEventListener("click", () => acts[button.dataset["do"] ?? ""]?.());
    }
    for (const preset of this.root.querySelectorAll<HTMLAnchorElement>("[data-preset]")) {
      preset.addEventListener("click", (event) => {
        event.preventDefault();
        this.go(readWindow(new URLSearchParams({ from: preset.dataset["preset"] ?? "", to: "now" }), this.now(), zone));
      });
    }
    this.find("[data-go]").addEventListener("submit", (event) => {
      event.preventDefault();
      const given = new FormData(event.target as HTMLFormElement);
      const [from, to] = ["from", "to"].map((name) => moment(String(given.get(name)), zone));
      if (from !== undefined && to !== undefined && from < to) this.go({ from, to, follows: false });
    });
    this.find("[data-table]").addEventListener("toggle", () => void this.fetchFigures());
    window.addEventListener("popstate", () => this.goBack());
    new ResizeObserver(() => this.resize()).observe(this.panesBox);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.again());
  }

  private leave(signal: string): void {
    const asked = new URLSearchParams(this.address());
    asked.delete("signals");
    for (const id of this.ids) if (id !== signal) asked.append("signals", id);
    window.location.assign(`?${asked}`);
  }

  private scale(lane: string, range: [number, number] | undefined): void {
    if (range) this.scales.set(lane, range);
    else this.scales.delete(lane);
    this.again();
    this.settle();
    this.panesBox.focus({ preventScroll: true });
  }

  private again(): void {
    this.screen.build(this.scales, this.wall.on);
    this.draw();
    this.screen.mark(this.marks);
  }

  stream(): void {
    const beat = this.root.querySelector<HTMLElement>("[data-beat]");
    const stream = new Stream(this.root.dataset["live"] ?? "", () => this.ids, {
      samples: (batch) => this.take(batch),
      beat: (state: Beat) => {
        this.live = state === "live";
        if (beat && beat.dataset["state"] !== state) beat.dataset["state"] = state;
      },
    });
    void stream.open();
  }
}

const root = document.querySelector<HTMLElement>("[data-trends]");
if (root) {
  choose(root);
  if (root.querySelector("[data-panes]")) new Trends(root).stream();
}
