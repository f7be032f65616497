// Ctrl+F: the server looks through the rows as they are shown, a second at a time; what is found is gone to, Esc stops.
import type { Grid } from "./grid";
import type { Model } from "./model";
import { count, word } from "./words";

interface Told {
  row: number | null;
  column: string | null;
  looked: number;
  next: number | null; // where to go on
  rows: number;
}

export class Finder {
  private turn = 0;
  private flight: AbortController | undefined;
  private readonly field: HTMLInputElement;
  private readonly said: HTMLElement;

  constructor(
    private readonly box: HTMLElement,
    private readonly grid: Grid,
    private readonly model: Model,
  ) {
    this.field = box.querySelector("input") as HTMLInputElement;
    this.said = box.querySelector("[data-found]") as HTMLElement;
    box.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") this.close();
      if (event.key === "Enter" && !(event.target as HTMLElement).closest("button")) {
        event.preventDefault();
        void this.go(event.shiftKey ? -1 : 1);
      }
    });
    for (const one of box.querySelectorAll<HTMLElement>("[data-find]")) {
      one.addEventListener("click", () => (one.dataset["find"] === "close" ? this.close() : void this.go(Number(one.dataset["find"]))));
    }
  }

  open(): void {
    this.box.hidden = false;
    this.field.focus();
    this.field.select();
  }

  private close(): void {
    this.turn += 1;
    this.flight?.abort();
    this.box.hidden = true;
    this.said.textContent = "";
    this.grid.field.focus({ preventScroll: true });
  }

  private async go(way: number): Promise<void> {
    const text = this.field.value.trim();
    if (!text || !this.grid.rows) return;
    const turn = (this.turn += 1);
    this.flight?.abort();
    this.flight = new AbortController();
    const { row, column } = this.grid.selection.anchor;
    let [from, beside, looked]: [number, string | undefined, number] = [row, this.grid.columns[column]?.name, 0];
    try {
      while (looked <= this.grid.rows) {
        const told = await this.model.api.get<Told>("find", { text, from, column: beside, way }, this.flight.signal);
        if (turn !== this.turn) return;
        if (told.row !== null) return this.found(told.row, told.column ?? "");
        looked += told.looked;
        if (told.next === null) break;
        [from, beside] = [told.next, undefined];
        this.said.textContent = word("searching", count(Math.min(looked, told.rows)), count(told.rows));
      }
      this.said.textContent = word("nothing_found");
    } catch (why) {
      if (turn === this.turn) this.said.textContent = String((why as Error).message);
    }
  }

  private found(row: number, name: string): void {
    const column = Math.max(0, this.grid.columns.findIndex((one) => one.name === name));
    this.grid.select({ row, column });
    this.said.textContent = word("found_at", count(row + 1), name);
  }
}
