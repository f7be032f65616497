// A trend of chosen signals: history once as JSON, then grown by the live stream; a lane for each unit.
import type uPlot from "uplot";
import { clock, figure } from "./figures";
import { Lane, LOOKS, type Series } from "./lane";
import type { Sample } from "./stream";

export type { Series } from "./lane";

interface History {
  [signal: string]: { time: number[]; mean: (number | null)[] };
}

const TABLE_ROWS = 12;
const REDRAW = 500; // ms

export class Trend {
  private lanes: { lane: Lane; rows: number[] }[] = [];
  private series: Series[] = [];
  private times: number[] = [];
  private values: (number | null)[][] = [];
  private span = 600; // s
  private dirty = false;

  constructor(private readonly box: HTMLElement) {
    new ResizeObserver(() => this.lanes.forEach(({ lane }) => lane.resize())).observe(box);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    window.setInterval(() => this.flush(), REDRAW);
  }

  async show(series: Series[], span: number): Promise<void> {
    this.series = series.slice(0, LOOKS.length);
    this.span = span;
    this.merge(this.series.length ? await this.history() : {});
    this.draw();
  }

  take(batch: Sample[]): void {
    for (const sample of batch) {
      const row = this.series.findIndex((one) => one.signal === sample.signal);
      if (row >= 0) this.put(row, sample);
    }
  }

  private async history(): Promise<History> {
    const address = new URL(this.box.dataset["history"] ?? "", window.location.href);
    for (const one of this.series) address.searchParams.append("signal", one.signal);
    address.searchParams.set("span", String(this.span));
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as History) : {};
  }

  // All series share one time axis (uPlot's shape): the union of their times, gaps left null.
  private merge(history: History): void {
    const every = new Set<number>();
    for (const one of this.series) for (const time of history[one.signal]?.time ?? []) every.add(time);
    this.times = [...every].sort((a, b) => a - b);
    const place = new Map(this.times.map((time, index) => [time, index]));
    this.values = this.series.map((one) => {
      const row = new Array<number | null>(this.times.length).fill(null);
      const known = history[one.signal];
      known?.time.forEach((time, index) => {
        row[place.get(time) ?? 0] = known.mean[index] ?? null;
      });
      return row;
    });
  }

  // A sample may come late, or from a clock that is off: it goes to its own place in time.
  private put(row: number, sample: Sample): void {
    let place = this.times.length;
    while (place > 0 && (this.times[place - 1] ?? 0) > sample.time) place -= 1;
    if (this.times[place - 1] === sample.time) place -= 1;
    else {
      this.times.splice(place, 0, sample.time);
      for (const values of this.values) values.splice(place, 0, null);
    }
    const values = this.values[row];
    if (values) values[place] = sample.quality === 2 ? null : sample.value;
    this.dirty = true;
  }

  private flush(): void {
    if (!this.dirty) return;
    this.dirty = false;
    const from = Date.now() / 1000 - this.span;
    const old = this.times.findIndex((time) => time >= from);
    if (old > 0) {
      this.times.splice(0, old);
      for (const values of this.values) values.splice(0, old);
    }
    for (const { lane, rows } of this.lanes) lane.show(this.table(rows));
    this.write();
  }

  private table(rows: number[]): uPlot.AlignedData {
    return [this.times, ...rows.map((row) => this.values[row] ?? [])] as uPlot.AlignedData;
  }

  private draw(): void {
    for (const { lane } of this.lanes) lane.end();
    const names = [...new Set(this.series.map((one) => one.lane))];
    this.lanes = names.map((name, place) => {
      const rows = this.series.flatMap((one, index) => (one.lane === name ? [index] : []));
      const chosen = rows.flatMap((row) => this.series[row] ?? []);
      const box = document.createElement("div");
      box.className = "lane";
      this.box.querySelector(".plot")?.append(box);
      const last = place === names.length - 1;
      return { rows, lane: new Lane(box, chosen, rows, this.span, this.table(rows), last) };
    });
    this.write();
  }

  // The same figures as a table, for those who do not see the picture.
  private write(): void {
    this.box.classList.toggle("bare", this.series.length > 0 && !this.times.length);
    const body = this.box.querySelector("tbody");
    const head = this.box.querySelector("thead tr");
    if (!body || !head || !this.box.querySelector("details")?.open) return;
    const names = this.series.map((one) => cell("th", `${one.label} ${one.unit}`));
    head.replaceChildren(cell("th", this.box.dataset["timeWord"] ?? ""), ...names);
    const first = Math.max(0, this.times.length - TABLE_ROWS);
    const rows = this.times.slice(first).map((time, index) => {
      const row = document.createElement("tr");
      row.append(cell("th", clock(time)), ...this.values.map((values) => cell("td", figure(values[first + index]))));
      return row;
    });
    body.replaceChildren(...rows.reverse());
  }
}

function cell(kind: "td" | "th", text: string): HTMLElement {
  const made = document.createElement(kind);
  made.textContent = text;
  if (kind === "th") made.setAttribute("scope", "col");
  return made;
}
