// A plot of columns of what is shown: the band between least and greatest of each bucket, and its mean.
import uPlot from "uplot";
import type { Api } from "./api";
import { make } from "./dom";
import type { Model } from "./model";
import { patiently } from "./patience";
import { figure, word } from "./words";

interface Series {
  column: string;
  unit: string;
  min: (number | null)[];
  max: (number | null)[];
  mean: (number | null)[];
}

interface Told {
  kind: "line" | "bars";
  x: (number | string | null)[];
  time: boolean;
  bucket: number;
  series: Series[];
}

export class Chart {
  private readonly form: HTMLFormElement;
  private readonly out: HTMLElement;
  private plot: uPlot | undefined;
  private told: Told | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly api: Api,
    private readonly model: Model,
  ) {
    this.form = root.querySelector("form") as HTMLFormElement;
    this.out = root.querySelector("[data-out]") as HTMLElement;
    model.hear(() => this.fillChoices());
    this.form.addEventListener("focusin", () => !this.chosen && this.fillChoices());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.ask();
    });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.told && this.draw(this.told));
    new ResizeObserver(() => this.plot?.setSize({ width: this.out.clientWidth, height: 260 })).observe(this.out);
  }

  private get chosen(): boolean {
    return this.form.querySelector("input:checked") !== null;
  }

  private fillChoices(): void {
    const x = this.form.elements.namedItem("x") as HTMLSelectElement;
    const was = x.value;
    x.replaceChildren(make("option", { value: "" }, word("order_of_rows")), ...this.model.columns.map((one) => make("option", {}, one.name)));
    const time = this.model.columns.find((one) => one.kind === "time");
    x.value = [...x.options].some((one) => one.value === was && was) ? was : (time?.name ?? "");
    const box = this.root.querySelector("[data-y]") as HTMLElement;
    const chosen = new Set([...box.querySelectorAll<HTMLInputElement>("input:checked")].map((one) => one.value));
    const numbers = this.model.columns.filter((one) => one.kind === "number" || one.kind === "bool");
    if (!chosen.size && this.model.active) chosen.add(this.model.active);
    box.replaceChildren(...numbers.map((one) => make("label", {}, make("input", { type: "checkbox", name: "y", value: one.name, checked: chosen.has(one.name) }), one.name)));
  }

  private async ask(): Promise<void> {
    const given = new FormData(this.form);
    try {
      const asked = { x: given.get("x"), y: given.getAll("y"), points: 600 };
      const told = await patiently(this.api, this.out, () => this.api.post<Told>("chart", { version: this.model.state?.version, ...asked }));
      if (told) this.draw(told);
    } catch (why) {
      this.plot?.destroy();
      this.plot = undefined;
      this.out.replaceChildren(make("p", { class: "error", role: "alert" }, (why as Error).message));
    }
  }

  private draw(told: Told): void {
    this.told = told;
    this.plot?.destroy();
    this.plot = undefined;
    this.out.replaceChildren();
    const canvas = make("div", { role: "img", "aria-label": sentence(told) });
    this.out.append(canvas, table(told));
    const ink = getComputedStyle(document.documentElement);
    const colour = (name: string): string => resolve(ink.getPropertyValue(name), canvas);
    const words = told.kind === "bars" ? told.x.map(String) : [];
    const x = told.kind === "bars" ? told.x.map((_, place) => place) : told.x.map((one) => Number(one) / (told.time ? 1000 : 1));
    const axis = { stroke: colour("--ink-2"), grid: { stroke: colour("--rule"), width: 1 }, ticks: { stroke: colour("--rule") } };
    const lines = told.series.flatMap((one, place) => {
      const stroke = colour(`--c${(place % 6) + 1}`);
      const plain = { stroke, width: 1, points: { show: false } };
      const mean: uPlot.Series = told.kind === "bars"
        ? { label: one.column, stroke, fill: `${stroke}66`, paths: uPlot.paths.bars?.({ size: [0.6, 60] }) as uPlot.Series.PathBuilder, points: { show: false } }
        : { ...plain, label: one.column, width: 2, dash: place ? [6 + place * 2, 3] : [] };
      return [{ ...plain, label: word("max"), width: 0 }, { ...plain, label: word("min"), width: 0 }, mean];
    });
    const bands = told.kind === "bars" ? [] : told.series.map((_, place) => ({ series: [place * 3 + 1, place * 3 + 2] as [number, number], fill: `${colour(`--c${(place % 6) + 1}`)}33` }));
    const options: uPlot.Options = {
      width: this.out.clientWidth,
      height: 260,
      legend: { show: false },
      scales: { x: { time: told.time } },
      axes: [words.length ? { ...axis, values: (_, splits) => splits.map((at) => words[at] ?? "") } : axis, { ...axis, size: 64 }],
      series: [{}, ...lines],
      bands,
    };
    const data = [x, ...told.series.flatMap((one) => [one.max, one.min, one.mean])] as uPlot.AlignedData;
    this.plot = new uPlot(options, data, canvas);
    this.out.dataset["drawn"] = String(told.series.length);
  }
}

function resolve(value: string, near: HTMLElement): string {
  const probe = make("i", {});
  probe.style.color = value;
  near.append(probe);
  const [r, g, b] = (getComputedStyle(probe).color.match(/\d+/g) ?? ["0", "0", "0"]).map(Number);
  probe.remove();
  return `#${[r, g, b].map((one) => (one ?? 0).toString(16).padStart(2, "0")).join("")}`;
}

function ends(one: Series): [number, number] {
  return [Math.min(...one.min.filter((v) => v !== null)), Math.max(...one.max.filter((v) => v !== null))];
}

function sentence(told: Told): string {
  return told.series.map((one) => word("chart_says", one.column, ...ends(one).map(figure))).join("; ");
}

// The plot in words and figures, for those who do not see it.
function table(told: Told): HTMLElement {
  const names = make("ul", { class: "legend", role: "list" });
  told.series.forEach((one, place) => {
    const [low, high] = ends(one);
    names.append(make("li", { "data-c": (place % 6) + 1 }, `${one.column}${one.unit ? ` [${one.unit}]` : ""}: ${figure(low)} – ${figure(high)}`));
  });
  return names;
}
