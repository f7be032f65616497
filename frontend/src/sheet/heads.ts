// The heads of the columns and their menu: sort, filter, name, unit, figures, group, formula.
import { ask, open } from "./dialogs";
import { button, icon, make } from "./dom";
import type { Grid } from "./grid";
import type { Act, Model } from "./model";
import { patiently } from "./patience";
import { shown } from "./shown";
import type { Column, Kind, Value } from "./types";
import { count, figure, word } from "./words";

const GLYPHS: { [kind in Kind]: string } = { number: "123", text: "가A", time: "◷", bool: "✓", image: "▣", sound: "♪" };
const OPS: { [kind: string]: string[] } = {
  number: ["=", "!=", ">", ">=", "<", "<=", "between", "empty", "not empty"],
  time: ["between", ">=", "<", "empty", "not empty"],
  text: ["contains", "not contains", "=", "!=", "begins", "ends", "empty", "not empty"],
};

export interface HeadDoes {
  formula(column: string): void;
  newColumn(): void;
  group(column: string): void;
  widened(): void;
}

export function drawHead(cell: HTMLElement, column: Column | undefined, place: number, model: Model, menu: (place: number) => void, add: () => void): void {
  if (!column) {
    const plus = make("button", { type: "button", class: "sg-add", tabindex: -1, "aria-label": word("new_column"), title: word("new_column") }, icon("plus"));
    plus.addEventListener("click", add);
    cell.append(plus);
    return;
  }
  const sort = model.state?.sort.find((one) => one.column === column.name);
  const filtered = model.state?.filters.some((one) => one.column === column.name);
  cell.setAttribute("aria-sort", sort ? (sort.down ? "descending" : "ascending") : "none");
  const name = make("span", { class: "name", title: column.name }, column.name);
  const marks = [sort ? (sort.down ? "↓" : "↑") : "", filtered ? "▼" : ""].filter(Boolean).join(" ");
  const kind = make("span", { class: "glyph", "aria-hidden": "true" }, column.formula ? "ƒ" : GLYPHS[column.kind]);
  const below = make("span", { class: "below" }, kind, make("span", { class: "unit" }, column.unit), marks ? make("span", { class: "marks", "aria-hidden": "true" }, marks) : null);
  if (column.error) below.append(make("span", { class: "fault", title: column.error }, icon("warn"), make("span", { class: "hidden-text" }, column.error)));
  const opens = make("button", { type: "button", class: "sg-menu", tabindex: -1, "aria-label": word("menu_of", column.name), "aria-haspopup": "dialog" }, "⌄");
  opens.addEventListener("click", () => menu(place));
  cell.append(make("span", { class: "words" }, name, below), opens, make("span", { class: "sg-grip", "data-name": column.name, "aria-hidden": "true" }));
}

export function openMenu(place: number, grid: Grid, model: Model, does: HeadDoes): void {
  const column = grid.columns[place];
  if (!column) return;
  const head = grid.head.querySelector(`[data-column="${place}"]`);
  const dialog = open(column.name, (body, close) => {
    const act = (what: Act): void => {
      close();
      void model.act(what);
    };
    const item = (words: string, does: () => void): HTMLButtonElement => button(words, () => (close(), does()), "sg-item");
    if (column.error) body.append(make("p", { class: "error" }, column.error));
    body.append(
      make("div", { class: "sg-items" },
        button(word("sort_up"), () => act({ kind: "sort", by: [{ column: column.name, down: false }] }), "sg-item"),
        button(word("sort_down"), () => act({ kind: "sort", by: [{ column: column.name, down: true }] }), "sg-item"),
        model.state?.sort.length ? button(word("sort_none"), () => act({ kind: "sort", by: [] }), "sg-item") : null,
      ), // prettier-ignore
      filterPart(column, model, close),
      statisticsPart(column, model),
      make("div", { class: "sg-items" },
        item(column.formula ? word("edit_formula") : word("write_formula"), () => does.formula(column.formula ? column.name : "")),
        item(word("rename"), () => askName(column, model)),
        item(word("unit"), () => ask(word("unit"), word("unit_ucum"), column.unit, (text) => told(model.tryAct({ kind: "unit", column: column.name, unit: text.trim() })))),
        item(word("group_by"), () => does.group(column.name)),
        item(word("wider"), () => (grid.width(column.name, grid.width(column.name) * 1.3), does.widened())),
        item(word("narrower"), () => (grid.width(column.name, grid.width(column.name) / 1.3), does.widened())),
        item(word("hide"), () => void model.act({ kind: "hide", columns: [column.name] })),
        item(word("drop"), () => void model.act({ kind: "drop", columns: [column.name] })),
      ), // prettier-ignore
    );
  }, head?.getBoundingClientRect()); // prettier-ignore
  dialog.addEventListener("close", () => grid.field.focus({ preventScroll: true }));
}

export function askName(column: Column, model: Model): void {
  ask(word("rename"), word("new_name"), column.name, (text) => told(model.tryAct({ kind: "rename", column: column.name, to: text.trim() })));
}

async function told(turn: Promise<{ sentence: string } | undefined>): Promise<string> {
  return (await turn)?.sentence ?? "";
}

// Filter --------------------------------------------------------------------------------------------------------------
interface Distinct {
  values: [Value, number][];
  distinct: number;
  more: boolean;
}

function filterPart(column: Column, model: Model, close: () => void): HTMLElement {
  const part = make("details", { class: "sg-filter" }, make("summary", {}, word("filter")));
  const current = model.state?.filters.find((one) => one.column === column.name);
  const body = make("div", { class: "stack tight" });
  const filter = (op: string, value: unknown): void => {
    close();
    void model.act({ kind: "filter", column: column.name, op, value });
  };
  if (current) body.append(button(word("filter_clear"), () => (close(), void model.act({ kind: "filter", column: column.name, clear: true }))));
  body.append(conditionForm(column, filter), valuesForm(column, model, filter));
  part.append(body);
  part.open = Boolean(current) || column.kind === "text" || column.kind === "bool";
  return part;
}

function conditionForm(column: Column, filter: (op: string, value: unknown) => void): HTMLElement {
  const ops = OPS[column.kind];
  if (!ops) return make("span");
  const op = make("select", { "aria-label": word("condition"), name: "op" }, ...ops.map((one) => make("option", { value: one }, word(`op_${one}`))));
  const first = make("input", { type: column.kind === "time" ? "datetime-local" : "text", step: "1", inputmode: column.kind === "number" ? "decimal" : "text", "aria-label": word("value"), name: "value" });
  const second = make("input", { type: column.kind === "time" ? "datetime-local" : "text", step: "1", "aria-label": word("upper_value"), hidden: true });
  const turn = (): void => {
    first.hidden = op.value.endsWith("empty");
    second.hidden = op.value !== "between";
  };
  op.addEventListener("change", turn);
  turn();
  const form = make("form", { class: "sg-condition" }, op, first, second, make("button", { class: "button small" }, word("apply")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    filter(op.value, op.value === "between" ? [first.value, second.value] : op.value.endsWith("empty") ? undefined : first.value);
  });
  return form;
}

function valuesForm(column: Column, model: Model, filter: (op: string, value: unknown) => void): HTMLElement {
  const search = make("input", { type: "search", placeholder: word("search_values"), "aria-label": word("search_values") });
  const list = make("div", { class: "sg-values", role: "group", "aria-label": word("values"), tabindex: 0 });
  const note = make("p", { class: "note" });
  const waiting = make("div", { class: "sg-waiting" });
  let values: Value[] = [];
  let asking = 0;
  const look = async (): Promise<void> => {
    const asked = { column: column.name, search: search.value || undefined };
    note.textContent = "";
    const told = await patiently(model.api, waiting, () => model.api.get<Distinct>("distinct", asked)).catch((why: unknown) => void (note.textContent = String((why as Error).message)));
    if (!told) return;
    values = told.values.map(([value]) => value);
    list.replaceChildren(
      ...told.values.slice(0, 300).map(([value, times], place) => make("label", {}, make("input", { type: "checkbox", checked: true, "data-place": place }), make("span", {}, shown(value, column.kind) || word("blank")), make("small", {}, count(times)))),
    );
    note.textContent = word("distinct", count(told.distinct)) + (told.values.length > 300 || told.more ? ` ${word("more_values")}` : "");
  };
  const boxes = (): HTMLInputElement[] => [...list.querySelectorAll("input")];
  const all = button(word("all_none"), () => {
    const on = boxes().some((one) => !one.checked);
    for (const one of boxes()) one.checked = on;
  });
  const apply = button(word("apply"), () => {
    const chosen = boxes().filter((one) => one.checked).map((one) => values[Number(one.dataset["place"])] ?? null);
    const left = boxes().filter((one) => !one.checked).map((one) => values[Number(one.dataset["place"])] ?? null);
    if (search.value || chosen.length <= left.length) filter("in", chosen);
    else filter("not in", left);
  }, "button small first"); // prettier-ignore
  search.addEventListener("input", () => {
    window.clearTimeout(asking);
    asking = window.setTimeout(() => void look(), 200);
  });
  void look();
  return make("div", { class: "stack tight" }, search, waiting, list, note, make("div", { class: "row" }, all, apply));
}

// Statistics ----------------------------------------------------------------------------------------------------------
interface Summary {
  rows: number;
  missing: number;
  distinct?: number;
  min?: number | string | null;
  mean?: number | null;
  median?: number | null;
  max?: number | string | null;
  std?: number | null;
  histogram?: { edges: number[]; counts: number[] };
}

function statisticsPart(column: Column, model: Model): HTMLElement {
  const part = make("details", { class: "sg-statistics" }, make("summary", {}, word("statistics")));
  part.addEventListener("toggle", () => {
    if (!part.open || part.childElementCount > 1) return;
    const waiting = make("div", { class: "sg-waiting" });
    part.append(waiting);
    void patiently(model.api, waiting, () => model.api.get<Summary>("summary", { column: column.name })).then(
      (told) => told && waiting.replaceWith(...statistics(told, column)),
      (why: unknown) => part.append(make("p", { class: "error" }, String((why as Error).message))),
    );
  });
  return part;
}

function statistics(told: Summary, column: Column): HTMLElement[] {
  const rows: [string, unknown][] = [
    ["rows", told.rows], ["missing", told.missing], ["different", told.distinct], ["min", told.min], ["mean", told.mean], ["median", told.median], ["max", told.max], ["std", told.std],
  ]; // prettier-ignore
  const facts = make("dl", { class: "facts" });
  for (const [name, value] of rows) {
    if (value === undefined || value === null) continue;
    const text = typeof value === "number" ? (Number.isInteger(value) ? count(value) : figure(value)) : shown(String(value), column.kind);
    facts.append(make("dt", {}, word(name)), make("dd", {}, text));
  }
  return told.histogram?.counts.length ? [histogram(told.histogram), facts] : [facts];
}

function histogram({ edges, counts }: { edges: number[]; counts: number[] }): HTMLElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", `0 0 ${counts.length * 8} 60`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", word("histogram", figure(edges[0] ?? 0), figure(edges.at(-1) ?? 0)));
  const most = Math.max(...counts, 1);
  counts.forEach((times, place) => {
    const bar = document.createElementNS(space, "rect");
    const high = times ? Math.max(1, (60 * times) / most) : 0;
    for (const [name, value] of Object.entries({ x: place * 8, y: 60 - high, width: 7, height: high })) bar.setAttribute(name, String(value));
    svg.append(bar);
  });
  return make("div", { class: "sg-histogram" }, svg, make("p", { class: "ends" }, make("span", {}, figure(edges[0] ?? 0)), make("span", {}, figure(edges.at(-1) ?? 0))));
}
