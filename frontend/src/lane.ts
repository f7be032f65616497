// One lane of a trend: the signals of one unit on one scale, with their keys above.
import uPlot from "uplot";
import { clock, figure, tick, zone } from "./figures";

export interface Series {
  signal: string;
  label: string;
  unit: string;
  lane: string; // signals of one lane share a scale: those of one unit
}

// Told apart by colour and by dash.
export const LOOKS = [
  { colour: "--c1", dash: [] },
  { colour: "--c2", dash: [8, 4] },
  { colour: "--c3", dash: [2, 3] },
  { colour: "--c4", dash: [12, 4, 2, 4] },
  { colour: "--c5", dash: [5, 2] },
  { colour: "--c6", dash: [1, 4] },
] as const;

const HEIGHT = 168;
const sync = uPlot.sync("trend");

export class Lane {
  private readonly plot: uPlot;
  private readonly lasts: HTMLElement[];

  constructor(
    private readonly box: HTMLElement,
    private readonly series: Series[],
    looks: number[],
    span: number,
    data: uPlot.AlignedData,
    last: boolean,
  ) {
    const keys = document.createElement("ul");
    keys.className = "keys";
    keys.setAttribute("role", "list");
    this.lasts = series.map((one, index) => key(keys, one, looks[index] ?? 0));
    const canvas = document.createElement("div");
    box.append(keys, canvas);
    this.plot = new uPlot(options(box, series, looks, span, last), data, canvas);
    sync.sub(this.plot);
    this.say(data);
  }

  show(data: uPlot.AlignedData): void {
    this.plot.setData(data);
    this.say(data);
  }

  resize(): void {
    this.plot.setSize(size(this.box, this.plot.height));
  }

  end(): void {
    sync.unsub(this.plot);
    this.plot.destroy();
    this.box.remove();
  }

  private say(data: uPlot.AlignedData): void {
    this.series.forEach((one, index) => {
      const values = data[index + 1] as (number | null)[];
      const mark = this.lasts[index];
      if (mark) mark.textContent = `${figure(values.findLast((value) => value !== null))} ${one.unit}`;
    });
  }
}

function key(list: HTMLElement, series: Series, look: number): HTMLElement {
  const item = document.createElement("li");
  const { colour, dash } = LOOKS[look % LOOKS.length] ?? LOOKS[0];
  const swatch = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  swatch.setAttribute("viewBox", "0 0 28 10");
  swatch.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", "M0 5H28");
  line.setAttribute("stroke-width", "2.5");
  line.setAttribute("stroke-dasharray", dash.join(" "));
  line.setAttribute("class", `key ${colour.slice(2)}`);
  swatch.append(line);
  const last = document.createElement("strong");
  item.append(swatch, document.createTextNode(series.label), last);
  list.append(item);
  return last;
}

function size(box: HTMLElement, height: number): { width: number; height: number } {
  return { width: Math.max(260, box.clientWidth), height };
}

function options(box: HTMLElement, series: Series[], looks: number[], span: number, last: boolean): uPlot.Options {
  const ink = resolved(box, "--ink-2");
  const rule = resolved(box, "--rule");
  const font = `12px ${getComputedStyle(box).fontFamily}`;
  const axis = { stroke: ink, font, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule, width: 1, size: 5 } };
  const digits = span > 3600 ? 5 : 8;
  return {
    ...size(box, last ? HEIGHT : HEIGHT - 34),
    cursor: { y: false, sync: { key: sync.key } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    legend: { show: false },
    padding: [8, 8, last ? 0 : 8, 0],
    series: [
      {},
      ...series.map((one, index) => {
        const look = LOOKS[(looks[index] ?? 0) % LOOKS.length] ?? LOOKS[0];
        const stroke = resolved(box, look.colour);
        return { label: one.label, stroke, dash: [...look.dash], width: 2, spanGaps: true, points: { show: false } };
      }),
    ],
    axes: [
      { ...axis, show: last, values: (_plot, marks) => marks.map((mark) => clock(mark).slice(0, digits)), space: 90 },
      { ...axis, size: 62, space: 34, values: (_plot, marks) => marks.map(tick) },
    ],
  };
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
