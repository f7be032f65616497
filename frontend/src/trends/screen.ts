// The panes together: one a unit, on one axis of time, with one cursor.
import uPlot from "uplot";
import type { Marks, Words } from "./marks";
import { Pane, type Acts, type Signal } from "./pane";
import type { Scales } from "./state";
import type { Tiles } from "./tiles";
import type { Window } from "./window";

const PHONE = "(max-width: 40rem)";

export class Screen {
  panes: Pane[] = [];
  private readonly sync = uPlot.sync("trends");

  constructor(
    private readonly box: HTMLElement,
    private readonly signals: Signal[],
    private readonly words: Words,
    private readonly shown: () => Window,
    private readonly acts: Acts,
  ) {}

  get wide(): number {
    return this.box.clientWidth;
  }

  build(scales: Scales, wall: boolean): void {
    for (const pane of this.panes) pane.end(this.sync);
    const lanes = [...new Set(this.signals.map((one) => one.lane))];
    this.panes = lanes.map((lane, place) => {
      const box = document.createElement("div");
      box.className = "pane";
      this.box.append(box);
      const chosen = this.signals.flatMap((signal, look) => (signal.lane === lane ? [{ signal, look }] : []));
      const last = place === lanes.length - 1;
      return new Pane(box, lane, chosen, this.words, this.shown, () => scales.get(lane), this.acts, this.sync, last, wall);
    });
    this.resize(wall);
  }

  resize(wall: boolean): void {
    const count = Math.max(1, this.panes.length);
    const below = wall ? window.innerHeight - this.box.getBoundingClientRect().top - 70 : Math.max(340, window.innerHeight * 0.62);
    const least = window.matchMedia(PHONE).matches ? 220 : 150;
    const high = Math.max(least, Math.floor(below / count) - (this.panes[0]?.head ?? 40));
    this.panes.forEach((pane, place) => pane.resize(high + (place === count - 1 && !wall ? 34 : 0)));
  }

  /** Draw what is kept of a window; whether there is anything. `then` [s]: where a second time begins. */
  draw(tiles: Tiles, step: number, then: number | undefined): boolean {
    const { from, to } = this.shown();
    const times = tiles.times(step, from, to);
    let any = false;
    for (const pane of this.panes) {
      const drawn = pane.signals.map(({ signal, look }) => {
        const rows = (shift: number): ReturnType<Tiles["rows"]> => tiles.rows(signal.id, step, from, to, signal.period, shift);
        const now = rows(0);
        any ||= now.mean.some((value) => typeof value === "number");
        return { signal, look, now, then: then === undefined ? undefined : rows(from - then) };
      });
      pane.show(times, drawn);
    }
    return any;
  }

  slide(): void {
    for (const pane of this.panes) pane.slide();
  }

  mark(marks: Marks): void {
    for (const pane of this.panes) pane.mark(marks);
  }

  /** The cursor to the stretch that holds `at`; when that is, and what the signals say there. */
  point(at: number, step: number): { time: number; values: string } {
    const { from, to } = this.shown();
    const times = this.panes[0]?.times ?? [];
    const row = Math.min(times.length - 1, Math.max(0, Math.floor((at - (times[0] ?? 0)) / step + 0.5)));
    const time = Math.min(Math.max(times[row] ?? at, from), to);
    for (const pane of this.panes) {
      const { plot } = pane;
      plot.setCursor({ left: plot.valToPos(time, "x"), top: plot.over.clientHeight / 2 }, false);
      pane.say(row);
    }
    return { time, values: this.panes.map((pane) => pane.sentence(row)).join(", ") };
  }
}
