// Rows are marked by one key: into a set of labels about the same file where there is one, else into a column of the sheet.
import { open } from "./dialogs";
import { button, make } from "./dom";
import type { Model } from "./model";
import { Refusal } from "./api";
import { count, word } from "./words";

interface Kinds {
  id: string; // "" for the sheet's own column
  name: string;
  kinds: { name: string; words: string; key: string }[];
}

const column = "label"; // the same in every language, for two people mark one sheet

export function openMark(model: Model, rows: number[], say: (words: string) => void): HTMLDialogElement {
  const plain = [word("mark_good"), word("mark_bad")];
  const own: Kinds = { id: "", name: word("mark_here", column), kinds: plain.map((name, at) => ({ name, words: "", key: String(at + 1) })) };
  return open(word("mark_rows"), (body, close) => {
    const kinds = make("div", { class: "sg-kinds", role: "group", "aria-label": word("mark_rows") });
    const into = make("select", { id: "mark-into" }, make("option", { value: "" }, own.name));
    const other = make("input", { type: "text", id: "mark-other", maxlength: 60, autocomplete: "off" });
    const wrong = make("p", { class: "error", role: "alert" });
    const more = make("form", { class: "field" }, make("label", { for: "mark-other" }, word("mark_other")), make("div", { class: "row" }, other, make("button", { class: "button small" }, word("ok"))));
    let sets: Kinds[] = [own];
    const chosen = (): Kinds => sets.find((one) => one.id === into.value) ?? own;
    const give = async (kind: string): Promise<void> => {
      wrong.textContent = "";
      const refused = chosen().id ? await sent(model, chosen().id, rows, kind) : await model.tryAct({ kind: "edit", cells: rows.map((row) => [row, column, kind]) });
      if (refused) return void (wrong.textContent = refused.sentence);
      close();
      say(word("marked", count(rows.length), kind));
    };
    const turn = (): void => {
      kinds.replaceChildren(...chosen().kinds.map((one) => {
        const made = button(one.words || one.name, () => void give(one.name), "button");
        if (one.key) made.append(" ", make("kbd", {}, one.key));
        return made;
      })); // prettier-ignore
      more.hidden = chosen().id !== "";
    };
    into.addEventListener("change", turn);
    more.addEventListener("submit", (event) => {
      event.preventDefault();
      if (other.value.trim()) void give(other.value.trim());
    });
    body.addEventListener("keydown", (event) => {
      const kind = chosen().kinds.find((one) => one.key === event.key.toLowerCase());
      if (!kind || event.ctrlKey || event.altKey || event.metaKey || event.target === other) return;
      event.preventDefault();
      void give(kind.name);
    });
    const where = make("div", { class: "field", hidden: true }, make("label", { for: "mark-into" }, word("mark_into")), into);
    body.append(make("p", {}, word("mark_chosen", count(rows.length))), where, kinds, more, wrong);
    turn();
    window.setTimeout(() => kinds.querySelector("button")?.focus());
    void model.api.get<{ sets: Kinds[] }>("marks").then((told) => {
      if (!told.sets.length) return;
      sets = [own, ...told.sets];
      into.append(...told.sets.map((one) => make("option", { value: one.id }, word("mark_set", one.name))));
      into.value = told.sets[0]?.id ?? "";
      where.hidden = false;
      turn();
      kinds.querySelector("button")?.focus();
    }, () => undefined); // prettier-ignore
  });
}

async function sent(model: Model, set: string, rows: number[], kind: string): Promise<Refusal | undefined> {
  try {
    await model.api.post("marks", { set, rows, kind });
    return undefined;
  } catch (why) {
    return why instanceof Refusal ? why : new Refusal("", String(why), "", null, 0);
  }
}
