// Notes: listed beside the picture, written on a moment or a stretch, edited and removed by those who may.
import { fullClock } from "./clocks";
import { fill, type NoteMark, type Words } from "./marks";
import { post } from "./post";

export class Notes {
  private readonly list: HTMLElement;
  private readonly none: HTMLElement;
  private readonly dialog: HTMLDialogElement;
  private readonly form: HTMLFormElement;
  private readonly text: HTMLTextAreaElement;
  private readonly error: HTMLElement;
  private address = "";
  private fields: [string, string][] = [];

  constructor(
    root: HTMLElement,
    private readonly words: Words,
    private readonly urls: { write: string; notes: string },
    private readonly changed: (said: string) => void,
    private readonly look: (at: number) => void,
  ) {
    const find = <T extends HTMLElement>(what: string): T => root.querySelector<T>(what) as T;
    this.list = find("[data-notes-list]");
    this.none = find("[data-no-notes]");
    this.dialog = find("[data-note-dialog]");
    this.form = find("[data-note-form]");
    this.text = find("#note-text");
    this.error = find("[data-note-error]");
    this.form.addEventListener("submit", (event) => {
      if ((event.submitter as HTMLButtonElement | null)?.value !== "keep") return;
      event.preventDefault();
      void this.keep();
    });
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit(this.form.querySelector("button"));
    });
  }

  /** Ask for a text; times in seconds. */
  write(start: number, end: number | null, signals: string[]): void {
    this.address = this.urls.write;
    this.fields = [["start", ms(start)], ["end", end === null ? "" : ms(end)], ...signals.map((one): [string, string] => ["signals", one])];
    this.open("", this.when(start, end));
  }

  private edit(note: NoteMark): void {
    this.address = `${this.urls.notes}${note.id}/edit/`;
    this.fields = [];
    this.open(note.text, this.when(note.start / 1000, note.end === null ? null : note.end / 1000));
  }

  private open(text: string, when: string): void {
    this.text.value = text;
    this.error.textContent = "";
    const shown = this.dialog.querySelector("[data-note-when]");
    if (shown) shown.textContent = when;
    this.dialog.showModal();
    this.text.focus();
  }

  private async keep(): Promise<void> {
    try {
      await post(this.address, [...this.fields, ["text", this.text.value]]);
      this.dialog.close();
      this.changed(this.words["note_kept"] ?? "");
    } catch (refused) {
      this.error.textContent = refused instanceof Error ? refused.message : String(refused);
    }
  }

  private async remove(note: NoteMark): Promise<void> {
    if (!window.confirm(this.words["remove_sure"])) return;
    try {
      await post(`${this.urls.notes}${note.id}/remove/`, []);
      this.changed(this.words["note_removed"] ?? "");
    } catch (refused) {
      this.changed(refused instanceof Error ? refused.message : String(refused));
    }
  }

  show(notes: NoteMark[]): void {
    this.none.hidden = notes.length > 0;
    this.list.replaceChildren(...notes.map((note) => this.item(note)));
  }

  private item(note: NoteMark): HTMLElement {
    const item = document.createElement("li");
    const when = button(this.when(note.start / 1000, note.end === null ? null : note.end / 1000));
    when.addEventListener("click", () => this.look(note.start / 1000));
    const text = document.createElement("p");
    text.textContent = note.text;
    const by = document.createElement("small");
    by.className = "quiet";
    by.textContent = note.by;
    item.append(when, text, by);
    if (note.mine) {
      const edit = button(this.words["edit"] ?? "");
      edit.addEventListener("click", () => this.edit(note));
      const remove = button(this.words["remove"] ?? "");
      remove.addEventListener("click", () => void this.remove(note));
      item.append(edit, remove);
    }
    return item;
  }

  private when(start: number, end: number | null): string {
    return end === null ? fill(this.words["note_at"], fullClock(start)) : fill(this.words["note_over"], fullClock(start), fullClock(end));
  }
}

function ms(seconds: number): string {
  return String(Math.round(seconds * 1000));
}

function button(words: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "text-button";
  made.textContent = words;
  return made;
}
