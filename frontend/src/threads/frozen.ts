// A stretch as it was when somebody asked: a small plot for each unit, from figures that were kept with the question.
import uPlot from "uplot";
import { figure, tick, zone } from "../figures";
import { LOOKS } from "../lane";

interface Kept {
  name: string;
  unit: string;
  time: number[]; // ms since 1970
  mean: number[];
  low: number[];
  high: number[];
}

interface Frozen {
  from: number;
  to: number;
  series: Kept[];
}

const HIGH = 130; // px

export function drawAll(within: HTMLElement): void {
  for (const box of within.querySelectorAll<HTMLElement>("[data-frozen]:not([data-drawn])")) draw(box);
}

function draw(box: HTMLElement): void {
  box.dataset["drawn"] = "";
  const frozen = JSON.parse(box.dataset["frozen"] ?? "{}") as Frozen;
  const lanes = new Map<string, (Kept & { place: number })[]>();
  frozen.series.forEach((one, place) => {
    const unit = one.unit || one.name;
    lanes.set(unit, [...(lanes.get(unit) ?? []), { ...one, place }]);
  });
  const plots: (() => void)[] = [];
  for (const [unit, series] of lanes) {
    const keys = document.createElement("p");
    keys.className = "note";
    keys.textContent = `${series.map((one) => one.name).join(", ")}${series[0]?.unit ? ` [${unit}]` : ""}`;
    const place = document.createElement("div");
    box.append(keys, place);
    let plot: uPlot | undefined;
    plots.push(() => {
      plot?.destroy();
      plot = new uPlot(looks(frozen, series, box), data(series), place);
    });
  }
  const all = (): void => plots.forEach((one) => one());
  let wide = 0;
  new ResizeObserver(() => {
    if (Math.abs(box.clientWidth - wide) < 2) return;
    wide = box.clientWidth;
    all();
  }).observe(box);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
}

// All series of a lane share one axis of time (uPlot's shape): the union of their times.
function data(series: Kept[]): uPlot.AlignedData {
  return uPlot.join(series.map((one) => [one.time.map((time) => time / 1000), one.mean] as uPlot.AlignedData), series.map(() => [2, 2]));
}

function looks(frozen: Frozen, series: (Kept & { place: number })[], box: HTMLElement): uPlot.Options {
  const ink = resolved(box, "--ink-2");
  const axis = { stroke: ink, grid: { stroke: resolved(box, "--rule"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  return {
    width: Math.max(160, box.clientWidth),
    height: HIGH,
    tzDate: (stamp) => uPlot.tzDate(new Date(stamp * 1000), zone),
    legend: { show: false },
    cursor: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    scales: { x: { time: true, range: () => [frozen.from / 1000, frozen.to / 1000] } },
    axes: [
      { ...axis, size: 26, values: (_plot, splits) => splits.map((one) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(one * 1000)), space: 90 },
      { ...axis, size: 64, values: (_plot, splits) => splits.map(tick), space: 30 },
    ],
    series: [
      {},
      ...series.map((one) => {
        const look = LOOKS[one.place % LOOKS.length] ?? LOOKS[0];
        return { label: `${one.name} ${figure(one.mean[0])}`, stroke: resolved(box, look.colour), width: 1.6, dash: [...look.dash], points: { show: false }, spanGaps: false };
      }),
    ],
  };
}

// A canvas knows no custom properties: the browser says what the token is in the look in force.
function resolved(box: HTMLElement, token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  box.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
