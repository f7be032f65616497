// The keys above a pane: each signal with its look, its value and a way out; the scale, automatic or fixed.
import { tick } from "../figures";
import { swatch } from "./looks";
import type { Words } from "./marks";
import type { Acts, Signal } from "./pane";

export function key(signal: Signal, look: number, words: Words, acts: Acts): { item: HTMLElement; value: HTMLElement } {
  const item = document.createElement("li");
  const label = document.createElement("span");
  label.textContent = signal.label;
  label.title = signal.id;
  const place = document.createElement("small");
  place.className = "quiet";
  place.textContent = signal.place;
  const value = document.createElement("strong");
  const out = document.createElement("button");
  out.type = "button";
  out.className = "text-button";
  out.textContent = "×";
  out.setAttribute("aria-label", `${signal.id}: ${words["left_out"] ?? ""}`);
  out.addEventListener("click", () => acts.remove(signal.id));
  item.append(swatch(look), label, place, value, out);
  return { item, value };
}

export function scaleKey(lane: string, fixed: [number, number] | undefined, words: Words, acts: Acts): HTMLElement {
  const item = document.createElement("li");
  item.className = "scale";
  const more = document.createElement("details");
  const head = document.createElement("summary");
  head.textContent = `${words["scale"] ?? ""}: ${fixed ? `${tick(fixed[0])} – ${tick(fixed[1])}` : (words["automatic"] ?? "")}`;
  const form = document.createElement("form");
  const low = field(words["lowest"] ?? "", fixed?.[0]);
  const high = field(words["highest"] ?? "", fixed?.[1]);
  const free = button(words["automatic"] ?? "");
  free.type = "button";
  free.addEventListener("click", () => acts.scale(lane, undefined));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const range: [number, number] = [low.valueAsNumber, high.valueAsNumber];
    if (range[0] < range[1]) acts.scale(lane, range);
  });
  form.append(low.parentElement ?? low, high.parentElement ?? high, button(words["fix"] ?? ""), free);
  more.append(head, form);
  item.append(more);
  return item;
}

function field(words: string, value: number | undefined): HTMLInputElement {
  const label = document.createElement("label");
  const made = document.createElement("input");
  made.type = "number";
  made.step = "any";
  made.required = true;
  made.className = "narrow";
  if (value !== undefined) made.valueAsNumber = value;
  label.append(`${words} `, made);
  return made;
}

function button(words: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.className = "button small";
  made.textContent = words;
  return made;
}
