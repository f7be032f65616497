// The recipe beside the table: every action in words; edited, left out, deleted, taken back.
import { ask } from "./dialogs";
import { button, make } from "./dom";
import type { Model } from "./model";
import type { Action, State } from "./types";
import { word } from "./words";

// The one setting of an action that is written in a line.
const SETTING: { [kind: string]: string } = { formula: "text", rename: "to", unit: "unit", filter: "value", insert_rows: "count" };

export class Recipe {
  constructor(
    private readonly list: HTMLElement,
    private readonly model: Model,
    private readonly say: (words: string) => void,
    private readonly formula: (column: string) => void,
  ) {
    model.hear((state) => this.draw(state));
  }

  private draw(state: State): void {
    const inside = this.list.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["id"] : undefined;
    this.list.replaceChildren(...state.actions.map((one) => this.line(one)));
    if (!state.actions.length) this.list.append(make("li", { class: "quiet" }, word("no_actions")));
    if (inside) this.list.querySelector<HTMLElement>(`[data-id="${inside}"]`)?.focus();
  }

  private line(action: Action): HTMLElement {
    const does = (name: string, words: string, act: () => void): HTMLElement => {
      const made = button(words, act, "text-button");
      made.dataset["id"] = `${name}-${action.n}`;
      made.setAttribute("aria-label", `${words}: ${action.words}`);
      return made;
    };
    const turn = does("off", word(action.on ? "turn_off" : "turn_on"), () => void this.model.change(action.n, action.on ? { off: true } : { off: false }));
    const gone = does("delete", word("delete"), () => void this.model.change(action.n, { delete: true }).then((wrong) => wrong ?? this.say(word("deleted", action.words))));
    const edit = action.kind in SETTING ? does("edit", word("edit"), () => this.edit(action)) : null;
    return make("li", { class: action.on ? "" : "off" }, make("p", {}, action.words, action.on ? null : make("span", { class: "chip" }, word("is_off"))), action.detail && !action.words.includes(action.detail) ? make("p", { class: "note mono" }, action.detail) : null, action.error ? make("p", { class: "error" }, action.error) : null, make("p", { class: "row" }, edit, turn, gone));
  }

  private edit(action: Action): void {
    const column = String(action.settings?.["column"] ?? "");
    if (action.kind === "formula" && this.model.all.some((one) => one.name === column && one.formula)) return this.formula(column);
    const setting = SETTING[action.kind] ?? "value";
    const was = action.settings?.[setting];
    const list = Array.isArray(was);
    ask(word("edit"), action.words, list ? was.map((one) => String(one ?? "")).join("; ") : String(was ?? ""), async (text) => {
      const value = list ? text.split(";").map((one) => one.trim()) : text;
      return (await this.model.tryChange(action.n, { edit: { [setting]: value } }))?.sentence ?? "";
    });
  }
}
