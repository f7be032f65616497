// Steps of preparation: chosen from a list, each with a form made from its fields as the server tells them.
import { open } from "./dialogs";
import { button, make } from "./dom";
import type { Model } from "./model";
import type { Column } from "./types";
import { word } from "./words";

interface Field {
  name: string;
  kind: string;
  label: string;
  unit: string;
  low: number | null;
  high: number | null;
  choices: string[];
  default: unknown;
  of: string;
}

export interface StepForm {
  name: string;
  label: string;
  keeps_rows: boolean;
  fields: Field[];
}

type Read = () => [string, unknown] | undefined; // name and value of a setting; nothing where the default is meant

export async function openSteps(model: Model, chosen: string, say: (words: string) => void): Promise<void> {
  const told = await model.api.get<{ steps: StepForm[] }>("functions").catch(() => undefined);
  const steps = told?.steps.filter((one) => one.fields.every((field) => field.kind !== "formula" && (!needs(field) || model.columns.some((column) => fits(column, field.of))))) ?? [];
  open(word("add_step"), (body, close) => {
    const list = make("select", { id: "step-name" }, ...grouped(steps));
    const place = make("div", { class: "stack tight" });
    const wrong = make("p", { class: "error", role: "alert" });
    let reads: Read[] = [];
    const turn = (): void => {
      const one = steps.find((step) => step.name === list.value);
      const made = one?.fields.map((field) => fieldOf(field, model.columns, chosen)) ?? [];
      reads = made.map(([, read]) => read);
      wrong.textContent = "";
      place.replaceChildren(...made.map(([box]) => box), ...(one && !one.keeps_rows ? [make("p", { class: "note" }, word("changes_rows"))] : []));
    };
    list.addEventListener("change", turn);
    const form = make("form", { class: "stack tight sg-step" }, make("div", { class: "field" }, make("label", { for: "step-name" }, word("step")), list), place, wrong, make("div", { class: "row" }, make("button", { class: "button first small" }, word("ok")), button(word("cancel"), close)));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const settings = Object.fromEntries(reads.map((read) => read()).filter((one) => one !== undefined));
      void model.tryAct({ kind: "step", step: list.value, settings }).then((refused) => {
        if (refused) return void (wrong.textContent = refused.sentence);
        close();
        say(word("step_done", list.selectedOptions[0]?.textContent ?? ""));
      });
    });
    body.append(form);
    turn();
  });
}

const FAMILIES = ["table", "series", "events", "text", "image", "audio"];

// Whether it takes a column of a kind; a step without a column that fits is not offered.
function needs(field: Field): boolean {
  return field.kind === "columns" || (field.kind === "column" && field.default !== null);
}

function grouped(steps: StepForm[]): HTMLElement[] {
  const groups = new Map<string, HTMLElement>();
  for (const one of steps) {
    const family = one.name.split(".")[0] ?? "";
    const group = groups.get(family) ?? make("optgroup", { label: word(`family_${family}`) });
    group.append(make("option", { value: one.name }, one.label));
    groups.set(family, group);
  }
  const place = (family: string): number => (FAMILIES.indexOf(family) + FAMILIES.length + 1) % (FAMILIES.length + 1);
  return [...groups].sort(([one], [other]) => place(one) - place(other)).map(([, group]) => group);
}

function fits(column: Column, of: string): boolean {
  if (of === "any") return true;
  if (of === "number") return column.kind === "number" || column.kind === "bool";
  return column.kind === of;
}

function fieldOf(field: Field, columns: Column[], chosen: string): [HTMLElement, Read] {
  const id = `step-${field.name}`;
  const label = field.unit && field.unit !== "1" && !field.unit.startsWith("{") ? `${field.label} [${field.unit}]` : field.label;
  const fit = columns.filter((one) => fits(one, field.of));
  if (field.kind === "columns") {
    const boxes = fit.map((one) => make("input", { type: "checkbox", value: one.name, checked: one.name === chosen }));
    const set = make("fieldset", { class: "field" }, make("legend", {}, label), make("div", { class: "choices", tabindex: 0, role: "group", "aria-label": label }, ...boxes.map((one) => make("label", {}, one, make("span", {}, one.value)))));
    return [set, () => [field.name, boxes.filter((one) => one.checked).map((one) => one.value)]];
  }
  if (field.kind === "choices") {
    const given = new Set(Array.isArray(field.default) ? field.default.map(String) : []);
    const boxes = field.choices.map((one) => make("input", { type: "checkbox", value: one, checked: given.has(one) }));
    const set = make("fieldset", { class: "field" }, make("legend", {}, label), make("div", { class: "choices", tabindex: 0, role: "group", "aria-label": label }, ...boxes.map((one) => make("label", {}, one, make("span", {}, one.value)))));
    return [set, () => [field.name, boxes.filter((one) => one.checked).map((one) => one.value)]];
  }
  if (field.kind === "yes-no") {
    const box = make("input", { type: "checkbox", id, checked: field.default === true });
    return [make("label", { class: "row", for: id }, box, make("span", {}, label)), () => [field.name, box.checked]];
  }
  const entry = field.kind === "column" ? selectOf(id, fit.map((one) => one.name), chosen, field.default === null) : field.kind === "choice" ? selectOf(id, field.choices, String(field.default ?? ""), false) : lineOf(id, field);
  const box = make("div", { class: "field" }, make("label", { for: id }, label), entry, hint(field));
  return [box, () => read(field, entry.value)];
}

function selectOf(id: string, values: string[], chosen: string, none: boolean): HTMLSelectElement {
  const list = make("select", { id }, none ? make("option", { value: "" }, word("none")) : null, ...values.map((one) => make("option", {}, one)));
  if (values.includes(chosen)) list.value = chosen;
  return list;
}

function lineOf(id: string, field: Field): HTMLInputElement {
  const made = make("input", { id, type: "text", inputmode: field.kind === "number" || field.kind === "count" ? "decimal" : "text", autocomplete: "off" });
  made.value = Array.isArray(field.default) ? field.default.join("; ") : String(field.default ?? "");
  return made;
}

function hint(field: Field): HTMLElement | null {
  const several = ["numbers", "words"].includes(field.kind);
  const range = field.low !== null && field.high !== null && field.high < 1e12 ? word("from_to", field.low, field.high) : "";
  const words = [several ? word("several", "") : "", range].filter(Boolean).join(" ");
  return words ? make("p", { class: "note" }, words) : null;
}

function read(field: Field, text: string): [string, unknown] | undefined {
  const plain = text.trim();
  const parts = text.split(";").map((one) => one.trim());
  if (!plain) return ["numbers", "words"].includes(field.kind) && Array.isArray(field.default) && field.default.length ? [field.name, []] : undefined;
  if (field.kind === "number" || field.kind === "count") return [field.name, Number.isNaN(Number(plain)) ? plain : Number(plain)];
  if (field.kind === "numbers") return [field.name, parts.map((one) => (Number.isNaN(Number(one)) ? one : Number(one)))];
  if (field.kind === "words") return [field.name, parts];
  return [field.name, text];
}
