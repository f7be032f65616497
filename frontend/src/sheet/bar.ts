// The formula bar: what the active cell is, changed there; a formula is checked while it is written, the place of an error
// underlined, functions and columns offered.
import type { Api } from "./api";
import { make } from "./dom";
import { shown } from "./shown";
import type { Check, Column, Fn, Kind } from "./types";
import { word } from "./words";

const CHECK_AFTER = 250; // ms

export interface Bar {
  commit(text: string): void;
  columns(): Column[];
  column(): string; // whose formula it is, "" for a new one
  left(): void; // back to the table
}

interface Offer {
  text: string; // what is put in
  name: string;
  words: string;
}

export class FormulaBar {
  private readonly field: HTMLInputElement;
  private readonly mirror: HTMLElement;
  private readonly said: HTMLElement;
  private readonly list: HTMLElement;
  private functions: Fn[] = [];
  private offers: Offer[] = [];
  private chosen = 0;
  private from = 0;
  private before = "";
  private checking = 0;
  private turn = 0;

  constructor(
    root: HTMLElement,
    private readonly api: Api,
    private readonly to: Bar,
  ) {
    this.field = root.querySelector<HTMLInputElement>("[data-formula]") as HTMLInputElement;
    this.mirror = root.querySelector<HTMLElement>("[data-mirror]") as HTMLElement;
    this.said = root.querySelector<HTMLElement>("[data-formula-said]") as HTMLElement;
    this.list = root.querySelector<HTMLElement>("[data-offers]") as HTMLElement;
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => this.keyed(event));
    this.field.addEventListener("scroll", () => (this.mirror.scrollLeft = this.field.scrollLeft));
    this.field.addEventListener("focus", () => void this.learn());
    this.field.addEventListener("blur", () => window.setTimeout(() => this.close(), 150));
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = (event.target as HTMLElement).closest<HTMLElement>("[role=option]");
      if (option) this.take(Number(option.dataset["place"]));
    });
  }

  get busy(): boolean {
    return document.activeElement === this.field;
  }

  get pointing(): boolean {
    return this.busy && this.field.value.startsWith("=");
  }

  get value(): string {
    return this.field.value;
  }

  private get caret(): number {
    return this.field.selectionStart ?? this.field.value.length;
  }

  show(text: string, locked = false): void {
    if (this.busy) return;
    this.before = text;
    this.field.value = text;
    this.field.readOnly = locked;
    this.paint(null);
    this.say("");
  }

  write(text: string): void {
    this.field.readOnly = false;
    this.field.focus();
    this.field.value = text;
    this.field.setSelectionRange(text.length, text.length);
    this.typed();
  }

  // A column's name at the caret, when its head is pressed while a formula is written.
  point(name: string): void {
    this.field.setRangeText(`[${name}]`, this.caret, this.field.selectionEnd ?? this.caret, "end");
    this.typed();
  }

  refused(message: string, position: [number, number] | null): void {
    this.paint(position);
    this.say(message, true);
    this.field.focus();
    if (position) this.field.setSelectionRange(position[0], position[1]);
  }

  private async learn(): Promise<void> {
    if (this.functions.length) return;
    const told = await this.api.get<{ functions: Fn[] } | Fn[]>("functions").catch(() => []);
    this.functions = Array.isArray(told) ? told : told.functions;
  }

  private typed(): void {
    this.paint(null);
    this.offer();
    window.clearTimeout(this.checking);
    if (this.field.value.startsWith("=") && this.field.value.length > 1) {
      this.checking = window.setTimeout(() => void this.check(), CHECK_AFTER);
    } else this.say("");
  }

  private async check(): Promise<void> {
    const turn = (this.turn += 1);
    const text = this.field.value;
    let told: Check;
    try {
      told = await this.api.get<Check>("check", { text, column: this.to.column() || undefined });
    } catch (refused) {
      told = { error: refused as { message: string; position: [number, number] | null } };
    }
    if (turn !== this.turn || !this.busy || text !== this.field.value) return;
    if (told.error) {
      this.paint(told.error.position);
      this.say(told.error.message, true);
    } else {
      const kind = (told.kind ?? "number") as Kind;
      const first = (told.values ?? []).slice(0, 5).map((one) => shown(one, kind) || "–");
      this.say([word(`kind_${kind}`), told.unit, first.length ? word("first_values", first.join(", ")) : ""].filter(Boolean).join(" · "));
    }
  }

  private say(words: string, wrong = false): void {
    this.said.textContent = words;
    this.said.classList.toggle("wrong", wrong);
    if (wrong) this.field.setAttribute("aria-invalid", "true");
    else this.field.removeAttribute("aria-invalid");
  }

  private paint(position: [number, number] | null): void {
    const text = this.field.value;
    if (!position) return this.mirror.replaceChildren(text);
    const [a, b] = [Math.max(0, Math.min(position[0], text.length)), Math.max(position[1], position[0] + 1)];
    const part = text.slice(a, b) || " ";
    this.mirror.replaceChildren(text.slice(0, a), make("mark", {}, part), text.slice(b));
    this.mirror.scrollLeft = this.field.scrollLeft;
  }

  // Completion ----------------------------------------------------------------------------------------------------
  private offer(): void {
    const text = this.field.value;
    const at = this.caret;
    const column = /\[([^\][]*)$/.exec(text.slice(0, at));
    const name = /(?:^=|[\s(,+*/<>=&^-])([\p{L}_][\p{L}\p{N}_.]*)$/u.exec(text.slice(0, at));
    this.offers = !text.startsWith("=") ? [] : column ? this.offerColumns(column[1] ?? "", "") : name ? this.offerNames(name[1] ?? "") : [];
    this.from = at - (column ? column[0].length : (name?.[1]?.length ?? 0));
    this.chosen = 0;
    this.showOffers();
  }

  private offerColumns(begun: string, open: string): Offer[] {
    const low = begun.toLowerCase();
    const found = this.to.columns().filter((one) => one.name.toLowerCase().includes(low));
    return found.slice(0, 8).map((one) => ({ text: `[${one.name}]`, name: `${open}[${one.name}]`, words: [word(`kind_${one.kind}`), one.unit].filter(Boolean).join(" · ") }));
  }

  private offerNames(begun: string): Offer[] {
    const up = begun.toUpperCase();
    const found = this.functions.filter((one) => one.name.startsWith(up)).slice(0, 8);
    const named = found.map((one) => ({ text: `${one.name}(`, name: one.usage ?? one.name, words: one.words }));
    return [...named, ...this.offerColumns(begun, "").slice(0, 4)];
  }

  private showOffers(): void {
    const options = this.offers.map((one, place) =>
      make("li", { role: "option", id: `offer-${place}`, "data-place": place, "aria-selected": String(place === this.chosen) }, make("code", {}, one.name), make("span", {}, one.words)),
    );
    this.list.replaceChildren(...options);
    this.list.hidden = !options.length;
    this.field.setAttribute("aria-expanded", String(options.length > 0));
    if (options.length) this.field.setAttribute("aria-activedescendant", `offer-${this.chosen}`);
    else this.field.removeAttribute("aria-activedescendant");
    options[this.chosen]?.scrollIntoView({ block: "nearest" });
  }

  private close(): void {
    this.offers = [];
    this.showOffers();
  }

  private take(place: number): void {
    const offer = this.offers[place];
    if (!offer) return;
    const at = this.caret;
    const rest = this.field.value.slice(at);
    const skip = offer.text.endsWith("]") && rest.startsWith("]") ? 1 : 0;
    this.field.setRangeText(offer.text, this.from, at + skip, "end");
    this.typed();
    if (offer.text.endsWith("]")) this.close();
  }

  private keyed(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229) return;
    const open = this.offers.length > 0;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.chosen = (this.chosen + (event.key === "ArrowDown" ? 1 : this.offers.length - 1)) % this.offers.length;
      return this.showOffers();
    }
    if (open && event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      return this.take(this.chosen);
    }
    if (event.key === "Escape") {
      event.preventDefault();
      if (open) return this.close();
      this.field.value = this.before;
      this.leave();
    } else if (event.key === "Enter" && !event.altKey) {
      event.preventDefault();
      this.close();
      this.to.commit(this.field.value);
    }
  }

  leave(): void {
    window.clearTimeout(this.checking);
    this.turn += 1;
    this.paint(null);
    this.say("");
    this.close();
    this.to.left();
  }
}
