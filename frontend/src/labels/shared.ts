// What both pages of labels share: forms sent without leaving, words filled, keys that are letters anywhere.
import { post } from "../trends/post";

export type Words = { [name: string]: string };

export function fill(text: string | undefined, ...parts: string[]): string {
  return (text ?? "").replace(/\{(\d)\}/g, (_, at: string) => parts[Number(at)] ?? "");
}

/** The key as it is written on the keyboard, also while Korean is typed. */
export function letter(event: KeyboardEvent): string {
  if (event.ctrlKey || event.metaKey || event.altKey) return "";
  if (event.target instanceof HTMLElement && event.target.closest("input:not([type=checkbox]), select, textarea")) return "";
  if (/^Key[A-Z]$/.test(event.code)) return event.code.slice(3).toLowerCase();
  if (/^(Digit|Numpad)\d$/.test(event.code)) return event.code.slice(-1);
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

export class Room {
  readonly words: Words;
  readonly kinds: HTMLButtonElement[];

  constructor(readonly root: HTMLElement) {
    this.words = JSON.parse(root.dataset["words"] ?? "{}") as Words;
    this.kinds = [...root.querySelectorAll<HTMLButtonElement>("[data-kind]")];
  }

  find<T extends HTMLElement>(what: string): T {
    return this.root.querySelector<T>(what) as T;
  }

  say(words: string): void {
    this.find("[data-said]").textContent = words;
  }

  trouble(words: string): void {
    const box = this.find("[data-trouble]");
    box.hidden = !words;
    const line = box.querySelector("p");
    if (line) line.textContent = words;
  }

  kindOf(key: string): string {
    return this.kinds.find((one) => one.dataset["key"] === key)?.dataset["kind"] ?? "";
  }

  /** Certainty and note go with one label, then they are empty again. */
  rest(): [string, string][] {
    const unsure = this.find<HTMLInputElement>("[data-unsure]");
    const note = this.find<HTMLInputElement>("[data-note]");
    const fields: [string, string][] = [["sure", unsure.checked ? "0.5" : "1"], ["note", note.value]];
    return fields;
  }

  clear(): void {
    this.find<HTMLInputElement>("[data-unsure]").checked = false;
    this.find<HTMLInputElement>("[data-note]").value = "";
  }

  async send(where: string, fields: [string, string][]): Promise<{ [name: string]: unknown } | undefined> {
    try {
      const told = (await post(this.root.dataset[where] ?? "", fields)) as { [name: string]: unknown };
      this.trouble("");
      return told;
    } catch (refused) {
      const ours = refused instanceof Error && refused.name === "Error" && refused.message;
      this.trouble(ours ? refused.message : (this.words["no_answer"] ?? ""));
      return undefined;
    }
  }

  /** Keys that both pages have; whether it was one. */
  common(key: string): boolean {
    if (key === "q") {
      const box = this.find<HTMLInputElement>("[data-unsure]");
      box.checked = !box.checked;
    } else if (key === "n") {
      this.find<HTMLInputElement>("[data-note]").focus();
    } else return false;
    return true;
  }
}

export async function ask<T>(address: string): Promise<T | undefined> {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as T) : undefined;
  } catch {
    return undefined;
  }
}
