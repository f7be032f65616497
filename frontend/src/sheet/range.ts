// What is selected: a rectangle from where it began to where it ends.
import type { Place } from "./types";

export interface Box {
  top: number;
  bottom: number; // the last row, belonging to it
  left: number;
  right: number;
}

export class Selection {
  anchor: Place = { row: 0, column: 0 };
  end: Place = { row: 0, column: 0 };

  private kept: Box | undefined; // while the active cell walks inside it

  get box(): Box {
    if (this.kept) return this.kept;
    const { anchor, end } = this;
    return {
      top: Math.min(anchor.row, end.row),
      bottom: Math.max(anchor.row, end.row),
      left: Math.min(anchor.column, end.column),
      right: Math.max(anchor.column, end.column),
    };
  }

  get one(): boolean {
    if (this.kept) return false;
    return this.anchor.row === this.end.row && this.anchor.column === this.end.column;
  }

  to(place: Place, extend: boolean): void {
    this.kept = undefined;
    if (!extend) this.anchor = place;
    this.end = place;
  }

  span(anchor: Place, end: Place): void {
    this.kept = undefined;
    this.anchor = anchor;
    this.end = end;
  }

  walk(next: Place, box: Box): void {
    this.kept = box;
    this.anchor = next;
  }

  // After rows or columns have gone, inside what is left.
  hold(rows: number, columns: number): void {
    this.kept = undefined;
    const inside = (one: Place): Place => ({
      row: Math.max(0, Math.min(one.row, rows - 1)),
      column: Math.max(0, Math.min(one.column, columns - 1)),
    });
    this.anchor = inside(this.anchor);
    this.end = inside(this.end);
  }
}

export function holds(box: Box, row: number, column: number): boolean {
  return row >= box.top && row <= box.bottom && column >= box.left && column <= box.right;
}
