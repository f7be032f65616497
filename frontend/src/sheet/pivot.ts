// A pivot of what is shown: rows, columns, figures; and the same as an action (group).
import type { Api } from "./api";
import { make } from "./dom";
import type { Model } from "./model";
import { patiently } from "./patience";
import { shown } from "./shown";
import type { Value } from "./types";
import { figure, word } from "./words";

const HOWS = ["count", "sum", "mean", "min", "max", "median", "std", "distinct"];
const MOST_SHOWN = 500; // rows of the pivot on the page

interface Told {
  columns: string[];
  keys: string[];
  rows: number;
  cells: Value[][];
  totals: Value[];
}

export class Pivot {
  private readonly form: HTMLFormElement;
  private readonly out: HTMLElement;

  constructor(
    root: HTMLElement,
    private readonly api: Api,
    private readonly model: Model,
    private readonly say: (words: string) => void,
  ) {
    this.form = root.querySelector("form") as HTMLFormElement;
    this.out = root.querySelector("[data-out]") as HTMLElement;
    const hows = this.form.elements.namedItem("how") as HTMLSelectElement;
    hows.append(...HOWS.map((one) => make("option", { value: one, selected: one === "mean" }, word(`how_${one}`))));
    model.hear(() => this.fillChoices());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void (event.submitter?.getAttribute("value") === "group" ? this.group() : this.ask());
    });
  }

  by(column: string): void {
    (this.form.elements.namedItem("rows") as HTMLSelectElement).value = column;
    (this.form.elements.namedItem("rows") as HTMLSelectElement).focus();
  }

  private fillChoices(): void {
    for (const name of ["rows", "columns", "values"]) {
      const list = this.form.elements.namedItem(name) as HTMLSelectElement;
      const was = list.value;
      const fit = this.model.columns.filter((one) => name !== "values" || one.kind === "number" || one.kind === "bool");
      list.replaceChildren(make("option", { value: "" }, word(name === "values" ? "rows_counted" : "none")), ...fit.map((one) => make("option", {}, one.name)));
      list.value = [...list.options].some((one) => one.value === was) ? was : "";
    }
  }

  private get asked(): { rows: string[]; columns: string[]; values: { column: string; how: string }[] } {
    const given = (name: string): string => (this.form.elements.namedItem(name) as HTMLSelectElement).value;
    const one = (name: string): string[] => [given(name)].filter(Boolean);
    return { rows: one("rows"), columns: one("columns"), values: one("values").map((column) => ({ column, how: given("how") })) };
  }

  private async group(): Promise<void> {
    const { rows, columns, values } = this.asked;
    const refused = await this.model.act({ kind: "group", by: [...rows, ...columns], values });
    if (!refused) this.say(word("grouped"));
  }

  private async ask(): Promise<void> {
    this.out.setAttribute("aria-busy", "true");
    try {
      const asked = this.asked;
      const told = await patiently(this.api, this.out, () => this.api.post<Told>("pivot", { version: this.model.state?.version, ...asked }));
      if (told) this.draw(told);
    } catch (why) {
      this.out.replaceChildren(make("p", { class: "error", role: "alert" }, (why as Error).message));
    } finally {
      this.out.removeAttribute("aria-busy");
    }
  }

  private draw(told: Told): void {
    const keys = new Set(told.keys);
    const head = make("tr", {}, ...told.columns.map((one) => make("th", { scope: "col", class: keys.has(one) ? "" : "number" }, one)));
    const body = make("tbody");
    for (let row = 0; row < Math.min(told.rows, MOST_SHOWN); row++) {
      body.append(make("tr", {}, ...told.columns.map((name, place) => cell(told.cells[place]?.[row], keys.has(name)))));
    }
    const foot = told.totals.length ? make("tfoot", {}, make("tr", {}, ...told.keys.map((_, place) => make("th", { scope: "row" }, place ? "" : word("total"))), ...told.totals.map((one) => cell(one, false)))) : null;
    const table = make("table", {}, make("caption", { class: "hidden-text" }, word("pivot")), make("thead", {}, head), body, foot);
    const more = told.rows > MOST_SHOWN ? make("p", { class: "note" }, word("first_rows", MOST_SHOWN, told.rows)) : null;
    this.out.replaceChildren(make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": word("pivot") }, table), ...(more ? [more] : []));
  }
}

function cell(value: Value | undefined, key: boolean): HTMLElement {
  const text = typeof value === "number" ? figure(value) : shown(value, "text") || "–";
  return key ? make("th", { scope: "row" }, text) : make("td", { class: "number" }, text);
}
