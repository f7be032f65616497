// The mouse, the pen and the finger: choosing, dragging a range, the fill handle, the width of a column.
import type { Grid } from "./grid";
import type { Box } from "./range";
import type { Place } from "./types";

export interface Pointed {
  edit(): void;
  fill(from: Box, to: Box): void;
  before(place: Place): boolean; // true: the press is taken (a column named in a formula)
  widened(): void;
  menu(column: number): void;
}

export function armPointer(grid: Grid, does: Pointed): void {
  const { scroller } = grid;
  scroller.addEventListener("pointerdown", (event) => {
    const on = event.target as HTMLElement;
    if (event.button > 0 || on.closest("button, input")) return;
    if (on === grid.field && grid.root.classList.contains("writing")) return;
    if (onBar(event, scroller)) return;
    if (on.closest(".sg-grip")) return widen(event, grid, on, does.widened);
    const place = grid.under(event.clientX, event.clientY);
    if (does.before(place)) return event.preventDefault();
    if (on === grid.handle) return drag(event, grid, fillTo(grid, does.fill));
    if (event.pointerType === "touch") return; // the finger scrolls; its click chooses
    press(event, grid, place);
  });
  scroller.addEventListener("click", (event) => {
    if ((event as PointerEvent).pointerType !== "touch") return;
    const on = event.target as HTMLElement;
    if (on.closest("button, input")) return;
    const place = grid.under(event.clientX, event.clientY);
    const { anchor, one } = grid.selection;
    if (one && place.row === anchor.row && place.column === anchor.column) return does.edit();
    choose(grid, place, false);
  });
  scroller.addEventListener("dblclick", (event) => {
    const place = grid.under(event.clientX, event.clientY);
    if (place.row >= 0 && place.column >= 0) does.edit();
  });
  scroller.addEventListener("contextmenu", (event) => {
    const { row, column } = grid.under(event.clientX, event.clientY);
    if (row >= 0 || column < 0 || column >= grid.columns.length) return;
    event.preventDefault();
    does.menu(column);
  });
}

function onBar(event: PointerEvent, scroller: HTMLElement): boolean {
  const frame = scroller.getBoundingClientRect();
  return event.clientX > frame.left + scroller.clientWidth || event.clientY > frame.top + scroller.clientHeight;
}

function press(event: PointerEvent, grid: Grid, place: Place): void {
  event.preventDefault();
  choose(grid, place, event.shiftKey);
  grid.field.focus({ preventScroll: true });
  const whole = { rows: place.row < 0, columns: place.column < 0 };
  drag(event, grid, {
    move: (at) => {
      const row = whole.rows ? grid.rows - 1 : Math.max(0, at.row);
      const column = whole.columns ? grid.columns.length - 1 : Math.max(0, at.column);
      grid.selection.to({ row, column }, true);
      grid.draw();
    },
    end: () => grid.select(grid.selection.end, true),
  });
}

// A cell, a whole row (its number), a whole column (its head), everything (the corner).
export function choose(grid: Grid, { row, column }: Place, extend: boolean): void {
  const [lastRow, lastColumn] = [Math.max(0, grid.rows - 1), Math.max(0, grid.columns.length - 1)];
  if (row >= 0 && column >= 0) return grid.select({ row, column }, extend);
  const { anchor } = grid.selection;
  const start = { row: row < 0 ? 0 : row, column: column < 0 ? 0 : column };
  const end = { row: row < 0 ? lastRow : row, column: column < 0 ? lastColumn : column };
  grid.selectBox(extend ? { row: row < 0 ? 0 : anchor.row, column: column < 0 ? 0 : anchor.column } : start, end);
}

interface Drag {
  move(at: Place): void;
  end(): void;
}

function drag(event: PointerEvent, grid: Grid, does: Drag): void {
  event.preventDefault();
  let [x, y, moved] = [event.clientX, event.clientY, false];
  const { scroller } = grid;
  const pull = window.setInterval(() => {
    const frame = scroller.getBoundingClientRect();
    const [dx, dy] = [outside(x, frame.left + grid.margin, frame.left + scroller.clientWidth), outside(y, frame.top + grid.top, frame.top + scroller.clientHeight)];
    if (!moved || (!dx && !dy)) return;
    scroller.scrollBy(dx, dy);
    does.move(grid.under(x, y));
  }, 40);
  const move = (to: PointerEvent): void => {
    [x, y] = [to.clientX, to.clientY];
    if (Math.abs(x - event.clientX) + Math.abs(y - event.clientY) > 3) moved = true;
    if (moved) does.move(grid.under(x, y));
  };
  const up = (): void => {
    window.clearInterval(pull);
    window.removeEventListener("pointermove", move);
    if (moved) does.end();
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", up, { once: true });
  window.addEventListener("pointercancel", up, { once: true });
}

function outside(at: number, low: number, high: number): number {
  return at < low ? Math.max(-60, at - low) : at > high ? Math.min(60, at - high) : 0;
}

function fillTo(grid: Grid, fill: (from: Box, to: Box) => void): Drag {
  const from = grid.selection.box;
  let to = from;
  return {
    move: (at) => {
      const [row, column] = [Math.max(0, at.row), Math.max(0, at.column)];
      const down = Math.max(from.top - row, row - from.bottom, 0);
      const across = Math.max(from.left - column, column - from.right, 0);
      to = down >= across
        ? { ...from, top: Math.min(from.top, row), bottom: Math.max(from.bottom, row) }
        : { ...from, left: Math.min(from.left, column), right: Math.max(from.right, column) };
      grid.selection.span({ row: to.top, column: to.left }, { row: to.bottom, column: to.right });
      grid.draw();
    },
    end: () => {
      grid.selectBox({ row: to.top, column: to.left }, { row: to.bottom, column: to.right });
      fill(from, to);
    },
  };
}

function widen(event: PointerEvent, grid: Grid, grip: HTMLElement, widened: () => void): void {
  const name = grip.dataset["name"] ?? "";
  const before = grid.width(name);
  const begun = event.clientX;
  event.preventDefault();
  const move = (to: PointerEvent): void => void grid.width(name, before + to.clientX - begun);
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", () => {
    window.removeEventListener("pointermove", move);
    widened();
  }, { once: true }); // prettier-ignore
}
