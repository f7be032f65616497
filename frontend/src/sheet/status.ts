// The foot of the table: how many rows are shown, and count, mean and sum of what is selected.
import type { Cells } from "./cells";
import type { Grid } from "./grid";
import type { Model } from "./model";
import { patiently } from "./patience";
import { count, figure, word } from "./words";

const MOST = 20_000; // cells reckoned here; whole columns are asked of the server

interface Summary {
  rows: number;
  missing: number;
  mean?: number | null;
  sum?: number | null;
}

export class Status {
  private later = 0;
  private turn = 0;

  constructor(
    rows: HTMLElement,
    private readonly figures: HTMLElement,
    private readonly grid: Grid,
    private readonly cells: Cells,
    private readonly model: Model,
  ) {
    model.hear((state) => {
      const all = state.rows === state.rows_all;
      rows.textContent = all ? word("all_rows", count(state.rows)) : word("some_rows", count(state.rows), count(state.rows_all));
    });
  }

  soon(): void {
    window.clearTimeout(this.later);
    this.later = window.setTimeout(() => void this.reckon(), 150);
  }

  private async reckon(): Promise<void> {
    const turn = (this.turn += 1);
    const { box, one } = this.grid.selection;
    const columns = this.grid.columns.slice(box.left, box.right + 1);
    if (one || !columns.length) return void (this.figures.textContent = "");
    const high = box.bottom - box.top + 1;
    if (high * columns.length <= MOST) return this.here(turn);
    const whole = high === this.grid.rows && columns.length === 1;
    if (!whole) return void (this.figures.textContent = word("cells_chosen", count(high * columns.length)));
    const told = await patiently(this.model.api, this.figures, () => this.model.api.get<Summary>("summary", { column: columns[0]?.name })).catch(() => undefined);
    if (told && turn === this.turn) this.show(told.rows - told.missing, told.mean ?? null, told.sum ?? null);
  }

  private async here(turn: number): Promise<void> {
    const { box } = this.grid.selection;
    const columns = this.grid.columns.slice(box.left, box.right + 1);
    await this.cells.need(box.top, box.bottom + 1, columns.map((one) => one.name)).catch(() => undefined);
    if (turn !== this.turn) return;
    let [filled, numbers, sum] = [0, 0, 0];
    for (let row = box.top; row <= box.bottom; row++) {
      for (const { name } of columns) {
        const value = this.cells.value(row, name);
        if (value === null || value === undefined || value === "") continue;
        filled += 1;
        if (typeof value === "number") [numbers, sum] = [numbers + 1, sum + value];
      }
    }
    this.show(filled, numbers ? sum / numbers : null, numbers ? sum : null);
  }

  private show(filled: number, mean: number | null, sum: number | null): void {
    const parts = [word("count_is", count(filled))];
    if (mean !== null) parts.push(word("mean_is", figure(mean)));
    if (sum !== null) parts.push(word("sum_is", figure(sum)));
    this.figures.textContent = parts.join("   ");
  }
}
