// Copy, cut and paste as Excel does them: text in tabs and lines.
import type { Cells } from "./cells";
import type { Grid } from "./grid";
import type { Box } from "./range";
import { tsv, typed } from "./shown";
import { count, word } from "./words";

export const MOST_COPIED = 200_000; // cells

export interface Pasted {
  say(words: string): void;
  paste(text: string, box: Box): void;
  moved(from: Box): void; // what was cut has been pasted
  writing(): boolean;
}

export class Clipboard {
  private cutText = "";
  private cutBox: Box | undefined;

  constructor(
    private readonly grid: Grid,
    private readonly cells: Cells,
    private readonly does: Pasted,
  ) {
    const { field } = grid;
    field.addEventListener("copy", (event) => this.copy(event, false));
    field.addEventListener("cut", (event) => this.copy(event, true));
    field.addEventListener("paste", (event) => this.paste(event));
  }

  forget(): void {
    this.cutBox = undefined;
    this.grid.cut = undefined;
  }

  private copy(event: ClipboardEvent, cut: boolean): void {
    if (this.does.writing()) return;
    event.preventDefault();
    const box = this.grid.selection.box;
    const size = (box.bottom - box.top + 1) * (box.right - box.left + 1);
    if (size > MOST_COPIED) return this.does.say(word("copy_too_much", count(MOST_COPIED)));
    const names = this.names(box);
    this.forget();
    if (cut) this.grid.cut = this.cutBox = box;
    this.grid.draw();
    if (this.cells.has(box.top, box.bottom + 1, names)) {
      this.cutText = this.text(box);
      event.clipboardData?.setData("text/plain", this.cutText);
      this.does.say(word(cut ? "cut" : "copied", count(size)));
    } else void this.copyLater(box, names, size);
  }

  private async copyLater(box: Box, names: string[], size: number): Promise<void> {
    this.does.say(word("copying"));
    try {
      await this.cells.need(box.top, box.bottom + 1, names);
      this.cutText = this.text(box);
      await navigator.clipboard.writeText(this.cutText);
      this.does.say(word("copied", count(size)));
    } catch {
      this.does.say(word("copy_again")); // they are here now: the next press copies at once
    }
  }

  private names(box: Box): string[] {
    return this.grid.columns.slice(box.left, box.right + 1).map((one) => one.name);
  }

  private text(box: Box): string {
    const columns = this.grid.columns.slice(box.left, box.right + 1);
    const rows: string[][] = [];
    for (let row = box.top; row <= box.bottom; row++) {
      rows.push(columns.map((one) => typed(this.cells.value(row, one.name), one.kind)));
    }
    return tsv(rows);
  }

  private paste(event: ClipboardEvent): void {
    if (this.does.writing()) return;
    event.preventDefault();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!text) return;
    const cut = this.cutBox && text.replaceAll("\r\n", "\n") === this.cutText.replaceAll("\r\n", "\n") ? this.cutBox : undefined;
    this.does.paste(text, this.grid.selection.box);
    if (cut) this.does.moved(cut);
    this.forget();
  }
}
