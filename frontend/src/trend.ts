// A trend of chosen signals: history once as JSON, then grown by the live stream.
import uPlot from "uplot";
import { clock, figure } from "./figures";
import type { Sample } from "./stream";

interface History {
  [signal: string]: { time: number[]; mean: (number | null)[] };
}

interface Series {
  signal: string;
  label: string;
  unit: string;
}

// Told apart by colour and by dash.
const LOOKS = [
  { colour: "--c1", dash: [] },
  { colour: "--c2", dash: [8, 4] },
  { colour: "--c3", dash: [2, 3] },
  { colour: "--c4", dash: [12, 4, 2, 4] },
  { colour: "--c5", dash: [5, 2] },
  { colour: "--c6", dash: [1, 4] },
] as const;
const TABLE_ROWS = 12;

export class Trend {
  private plot: uPlot | undefined;
  private series: Series[] = [];
  private times: number[] = [];
  private values: (number | null)[][] = [];
  private span = 600; // s
  private dirty = false;

  constructor(private readonly box: HTMLElement) {
    new ResizeObserver(() => this.plot?.setSize(this.size())).observe(this.canvas);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    window.setInterval(() => this.flush(), 500);
  }

  private get canvas(): HTMLElement {
    return this.box.querySelector<HTMLElement>(".plot") ?? this.box;
  }

  get signals(): string[] {
    return this.series.map((one) => one.signal);
  }

  async show(series: Series[], span: number): Promise<void> {
    this.series = series.slice(0, LOOKS.length);
    this.span = span;
    const history = this.series.length ? await this.history() : {};
    this.merge(history);
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

  private put(row: number, sample: Sample): void {
    const value = sample.quality === 2 ? null : sample.value;
    const last = this.times.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (sample.time > last) {
      this.times.push(sample.time);
      this.values.forEach((values, index) => values.push(index === row ? value : null));
    } else {
      const place = this.times.lastIndexOf(sample.time);
      const values = this.values[row];
      if (values && place >= 0) values[place] = value;
      else this.insert(row, sample.time, value);
    }
    this.dirty = true;
  }

  private insert(row: number, time: number, value: number | null): void {
    let place = this.times.length;
    while (place > 0 && (this.times[place - 1] ?? 0) > time) place -= 1;
    this.times.splice(place, 0, time);
    this.values.forEach((values, index) => values.splice(place, 0, index === row ? value : null));
  }

  private flush(): void {
    if (!this.dirty || !this.plot) return;
    this.dirty = false;
    const from = Date.now() / 1000 - this.span;
    const old = this.times.findIndex((time) => time >= from);
    if (old > 0) {
      this.times.splice(0, old);
      for (const values of this.values) values.splice(0, old);
    }
    this.plot.setData(this.table() as uPlot.AlignedData);
    this.write();
  }

  private table(): (number | null)[][] {
    return [this.times, ...this.values];
  }

  private size(): { width: number; height: number } {
    return { width: Math.max(280, this.canvas.clientWidth), height: 320 };
  }

  private draw(): void {
    this.plot?.destroy();
    this.plot = undefined;
    if (!this.series.length) return;
    this.plot = new uPlot(this.options(), this.table() as uPlot.AlignedData, this.canvas);
    this.write();
  }

  private options(): uPlot.Options {
    const ink = resolved(this.box, "--ink-2");
    const rule = resolved(this.box, "--rule");
    const font = `12px ${getComputedStyle(this.box).fontFamily}`;
    const units = [...new Set(this.series.map((one) => one.unit))];
    const axis = { stroke: ink, font, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule, width: 1 } };
    return {
      ...this.size(),
      cursor: { y: false },
      legend: { show: false },
      scales: Object.fromEntries(units.map((unit) => [`y ${unit}`, {}])),
      series: [
        {},
        ...this.series.map((one, index) => {
          const look = LOOKS[index] ?? LOOKS[0];
          return {
            label: one.label,
            scale: `y ${one.unit}`,
            stroke: resolved(this.box, look.colour),
            dash: [...look.dash],
            width: 2,
            spanGaps: true,
            points: { show: false },
          };
        }),
      ],
      axes: [
        { ...axis, values: (_plot, ticks) => ticks.map((tick) => clock(tick).slice(0, this.span > 3600 ? 5 : 8)), space: 80 },
        ...units.map((unit, index) => ({
          ...axis,
          scale: `y ${unit}`,
          side: (index % 2 ? 1 : 3) as uPlot.Axis.Side,
          label: unit,
          labelFont: font,
          labelSize: 22,
          size: 64,
          values: (_plot: uPlot, ticks: number[]) => ticks.map((tick) => figure(tick)),
          grid: { show: index === 0, stroke: rule, width: 1 },
        })),
      ],
    };
  }

  // The same figures as a table, for those who do not see the picture.
  private write(): void {
    const body = this.box.querySelector("tbody");
    const head = this.box.querySelector("thead tr");
    if (!body || !head || !this.box.querySelector("details")?.open) return;
    head.replaceChildren(cell("th", this.box.dataset["timeWord"] ?? ""), ...this.series.map((one) => cell("th", `${one.label} ${one.unit}`)));
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

// `light-dark()` is resolved by asking what colour an element would have.
function resolved(near: HTMLElement, name: string): string {
  const probe = document.createElement("i");
  probe.hidden = true;
  probe.style.color = `var(${name})`;
  near.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
