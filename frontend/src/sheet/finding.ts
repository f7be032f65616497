// Ctrl+F: looks through the rows as they are shown, block by block, and can be stopped.
import type { Grid } from "./grid";
import type { Model } from "./model";
import { shown } from "./shown";
import type { Block } from "./types";
import { count, word } from "./words";

const BLOCK = 2000; // rows; as many as the server gives at once

export class Finder {
  private turn = 0;
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
      if (event.key === "Enter") {
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
    this.box.hidden = true;
    this.grid.field.focus({ preventScroll: true });
  }

  private async go(way: number): Promise<void> {
    const words = this.field.value.trim().toLowerCase();
    if (!words || !this.grid.rows) return;
    const turn = (this.turn += 1);
    const names = this.grid.columns.map((one) => one.name);
    const { row, column } = this.grid.selection.anchor;
    const all = this.grid.rows;
    const blocks = Math.ceil(all / BLOCK);
    const begun = performance.now();
    for (let step = 0; step <= blocks; step++) {
      const block = (((Math.floor(row / BLOCK) + way * step) % blocks) + blocks) % blocks;
      const told = await this.model.api.get<Block>("cells", { version: this.model.state?.version, from: block * BLOCK, to: Math.min(all, (block + 1) * BLOCK), columns: names });
      if (turn !== this.turn) return;
      const found = this.within(block, way, words, told, step === 0 ? row * names.length + column : undefined);
      if (found) {
        this.grid.select(found);
        this.said.textContent = word("found_at", count(found.row + 1), this.grid.columns[found.column]?.name ?? "");
        return;
      }
      if (performance.now() - begun > 300) this.said.textContent = word("searching", count(Math.min(all, step * BLOCK)), count(all));
    }
    this.said.textContent = word("nothing_found");
  }

  private within(block: number, way: number, words: string, told: Block, after: number | undefined): { row: number; column: number } | undefined {
    const wide = this.grid.columns.length;
    const [first, end] = [block * BLOCK * wide, Math.min(this.grid.rows, (block + 1) * BLOCK) * wide];
    const from = after === undefined ? (way > 0 ? first : end - 1) : after + way;
    for (let at = from; at >= first && at < end; at += way) {
      const [row, column] = [Math.floor(at / wide), at % wide];
      const one = this.grid.columns[column];
      if (one && shown(told.cells[column]?.[row - first / wide], one.kind).toLowerCase().includes(words)) return { row, column };
    }
    return undefined;
  }
}
