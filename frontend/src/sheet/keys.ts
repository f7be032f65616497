// What the keys of Excel do here; the table on the page (`?`) lists the same.
import type { Grid } from "./grid";
import type { Place } from "./types";

export type Deed =
  | "edit" | "clear" | "undo" | "redo" | "fillDown" | "fillRight" | "today" | "now" | "find" | "menu" | "filter"
  | "escape" | "help" | "rename" | "addRow" | "dropRows" | "mark"; // prettier-ignore

// [key, needs Ctrl, needs Shift, deed]
const DEEDS: [string, boolean, boolean, Deed][] = [
  ["F2", false, false, "edit"],
  ["Delete", false, false, "clear"],
  ["Backspace", false, false, "clear"],
  ["z", true, false, "undo"],
  ["z", true, true, "redo"],
  ["y", true, false, "redo"],
  ["d", true, false, "fillDown"],
  ["r", true, false, "fillRight"],
  [";", true, false, "today"],
  [":", true, true, "now"],
  [";", true, true, "now"],
  ["f", true, false, "find"],
  ["l", true, true, "filter"],
  ["+", true, true, "addRow"],
  ["=", true, true, "addRow"],
  ["-", true, false, "dropRows"],
  ["m", true, false, "mark"],
  ["Escape", false, false, "escape"],
  ["F1", false, false, "help"],
];

export function deedOf(event: KeyboardEvent): Deed | undefined {
  const ctrl = event.ctrlKey || event.metaKey;
  if (event.altKey) return event.key === "ArrowDown" ? "menu" : undefined;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return DEEDS.find(([name, withCtrl, withShift]) => name === key && withCtrl === ctrl && withShift === event.shiftKey)?.[3];
}

// Where a key leads from a place; undefined if it leads nowhere.
export function led(event: KeyboardEvent, from: Place, grid: Grid): Place | undefined {
  const { row, column } = from;
  const ctrl = event.ctrlKey || event.metaKey;
  const [lastRow, lastColumn] = [grid.rows - 1, Math.max(0, grid.columns.length - 1)];
  switch (event.key) {
    case "ArrowUp":
      return { row: ctrl ? 0 : row - 1, column };
    case "ArrowDown":
      return event.altKey ? undefined : { row: ctrl ? lastRow : row + 1, column };
    case "ArrowLeft":
      return { row, column: ctrl ? 0 : column - 1 };
    case "ArrowRight":
      return { row, column: ctrl ? lastColumn : column + 1 };
    case "Home":
      return { row: ctrl ? 0 : row, column: 0 };
    case "End":
      return { row: ctrl ? lastRow : row, column: lastColumn };
    case "PageUp":
      return event.altKey ? { row, column: column - 6 } : { row: row - grid.page, column };
    case "PageDown":
      return event.altKey ? { row, column: column + 6 } : { row: row + grid.page, column };
    default:
      return undefined;
  }
}

// Enter goes down, Tab to the right, Enter after Tabs back below where the Tabs began; inside a selection they stay in it.
export class Steps {
  private tabFrom: number | undefined;

  go(event: KeyboardEvent, grid: Grid): void {
    const { anchor, one, box } = grid.selection;
    const back = event.shiftKey ? -1 : 1;
    if (!one) return this.within(event.key === "Tab", back, grid, box);
    if (event.key === "Tab") {
      this.tabFrom ??= anchor.column;
      grid.select({ row: anchor.row, column: anchor.column + back });
    } else {
      grid.select({ row: anchor.row + back, column: this.tabFrom ?? anchor.column });
      this.tabFrom = undefined;
    }
  }

  private within(across: boolean, back: number, grid: Grid, box: Grid["selection"]["box"]): void {
    const [wide, high] = [box.right - box.left + 1, box.bottom - box.top + 1];
    const { row, column } = grid.selection.anchor;
    const [r, c] = [row - box.top, column - box.left];
    const place = ((across ? r * wide + c : c * high + r) + back + wide * high) % (wide * high);
    const next = across
      ? { row: box.top + Math.floor(place / wide), column: box.left + (place % wide) }
      : { row: box.top + (place % high), column: box.left + Math.floor(place / high) };
    grid.walk(next, box);
  }

  forget(): void {
    this.tabFrom = undefined;
  }
}
