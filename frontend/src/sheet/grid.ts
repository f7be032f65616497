// The table itself: only the rows and columns that are seen exist as elements, and they are used again as it moves.
// The view stands still in the scroll box and its rows are moved within it, so nothing is ever blank while scrolling.
import { Columns, Rows } from "./axis";
import { make } from "./dom";
import { holds, Selection, type Box } from "./range";
import { shown } from "./shown";
import type { Column, Kind, Place, Value } from "./types";
import { word } from "./words";

export interface Hooks {
  value(row: number, name: string): Value | undefined;
  look(from: number, to: number, names: string[]): void;
  selected(): void;
  picture(reference: string): string;
  drawHead(cell: HTMLElement, column: Column | undefined, place: number): void;
}

interface Cell {
  box: HTMLElement;
  text: string;
  look: string;
  column: number;
}

interface Line {
  box: HTMLElement;
  number: HTMLElement;
  cells: Cell[];
  row: number;
}

const REBASE = 20_000; // rows; farther from zero, positions lose their pixels
const REFERENCE = /^sha256:[0-9a-f]{64}$/;
const WIDTHS: { [kind in Kind]: number } = { number: 112, text: 168, time: 184, bool: 88, image: 112, sound: 140 };

export class Grid {
  readonly selection = new Selection();
  readonly field: HTMLTextAreaElement;
  readonly scroller = make("div", { class: "sg-scroller", role: "presentation" });
  readonly body = make("div", { class: "sg-body", role: "rowgroup" });
  readonly head = make("div", { class: "sg-heads", role: "row", "aria-rowindex": 1 });
  readonly handle = make("div", { class: "sg-handle", "aria-hidden": "true" });
  columns: Column[] = [];
  rows = 0;
  rowAxis = new Rows(0, 28);
  columnAxis = new Columns();
  cut: Box | undefined;
  frozen = false; // whether the first column stays in sight
  private readonly view = make("div", { class: "sg-view", role: "presentation" });
  private readonly plane = make("div", { class: "sg-plane", role: "presentation" });
  private readonly range = make("div", { class: "sg-range", "aria-hidden": "true" });
  private readonly cutMark = make("div", { class: "sg-cut", "aria-hidden": "true", hidden: true });
  private readonly activeRow: HTMLElement;
  private readonly activeCell: HTMLElement;
  private lines: Line[] = [];
  private base = 0;
  private scale = 1;
  private widths = new Map<string, number>();
  private asked = false;
  private resting = 0;
  private headKey = "";

  constructor(
    readonly root: HTMLElement,
    private readonly hooks: Hooks,
  ) {
    const coarse = window.matchMedia("(pointer: coarse)").matches;
    this.field = make("textarea", { class: "sg-field", rows: 1, spellcheck: "false", autocomplete: "off", autocapitalize: "off", inputmode: coarse ? "none" : undefined });
    this.activeCell = make("div", { class: "sg-active", role: "gridcell", "aria-selected": "true" }, this.field);
    this.activeRow = make("div", { class: "sg-active-row", role: "row" }, this.activeCell);
    const headGroup = make("div", { class: "sg-head", role: "rowgroup" }, this.head);
    this.body.append(this.range, this.cutMark, this.activeRow, this.handle);
    this.view.append(this.body, headGroup);
    this.plane.append(this.view);
    this.scroller.append(this.plane);
    root.append(this.scroller);
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(this.scroller);
  }

  // What is shown -------------------------------------------------------------------------------------------------
  set(columns: Column[], rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.selection.hold(rows, columns.length + 1);
    this.rowAxis.resize(rows, this.rowAxis.height);
    this.layOut();
    this.headKey = "";
    this.root.setAttribute("aria-rowcount", String(rows + 1));
    this.root.setAttribute("aria-colcount", String(columns.length + 2));
    for (const line of this.lines) line.row = -1;
    this.draw();
  }

  size(scale: number, height: number): void {
    this.scale = scale;
    const first = Math.floor(this.rowAxis.top / this.rowAxis.height);
    this.rowAxis.resize(this.rows, height);
    this.layOut();
    this.headKey = "";
    for (const line of this.lines) line.row = -1;
    this.goTop(first);
    this.draw();
  }

  freeze(on: boolean): void {
    this.frozen = on;
    this.root.classList.toggle("frozen", on);
    this.headKey = "";
    for (const line of this.lines) line.row = -1;
    this.draw();
  }

  // What the first column covers when it stays in sight.
  private get covered(): number {
    return this.frozen && this.columns.length > 1 ? Math.min(this.columnAxis.width(0), this.room.width / 2) : 0;
  }

  width(name: string, px?: number): number {
    if (px !== undefined) {
      this.widths.set(name, Math.max(48, Math.min(900, Math.round(px / this.scale))));
      this.layOut();
      this.headKey = "";
      this.draw();
    }
    return this.columnAxis.width(this.columns.findIndex((one) => one.name === name));
  }

  get kept(): [string, number][] {
    return [...this.widths];
  }

  widen(kept: [string, number][]): void {
    this.widths = new Map(kept);
    this.layOut();
  }

  private layOut(): void {
    const own = this.columns.map((one) => {
      const asWide = 44 + one.name.length * (/[ᄀ-힣぀-鿿]/.test(one.name) ? 14 : 8.2);
      return Math.round(this.scale * (this.widths.get(one.name) ?? Math.min(280, Math.max(WIDTHS[one.kind], asWide))));
    });
    this.columnAxis.set([...own, Math.round(this.scale * 120)]);
  }

  get margin(): number {
    return Math.round(this.scale * Math.max(48, 22 + String(this.rows).length * 8.4));
  }

  get top(): number {
    return Math.round(this.scale * 46);
  }

  private get room(): { width: number; height: number } {
    return { width: this.scroller.clientWidth - this.margin, height: this.scroller.clientHeight - this.top };
  }

  // Moving --------------------------------------------------------------------------------------------------------
  private scrolled(): void {
    this.rowAxis.scrolled(this.scroller.scrollTop, this.room.height);
    this.soon();
    window.clearTimeout(this.resting);
    this.resting = window.setTimeout(() => this.rest(), 160);
  }

  private rest(): void {
    const bar = Math.round(this.rowAxis.bar(this.room.height));
    if (Math.abs(bar - this.scroller.scrollTop) < 1) return;
    this.rowAxis.rest(bar);
    this.scroller.scrollTop = bar;
  }

  private goTop(row: number): void {
    const most = Math.max(0, this.rowAxis.whole - this.room.height);
    this.rowAxis.top = Math.min(most, row * this.rowAxis.height);
    this.fit();
    this.rest();
  }

  reveal({ row, column }: Place): void {
    const { width, height } = this.room;
    const [top, h] = [row * this.rowAxis.height, this.rowAxis.height];
    if (top < this.rowAxis.top) this.rowAxis.top = top;
    else if (top + h > this.rowAxis.top + height) this.rowAxis.top = Math.max(0, top + h - height);
    const [left, wide] = [this.columnAxis.start(column), this.columnAxis.width(column)];
    const x = this.scroller.scrollLeft;
    const first = column > 0 ? this.covered : 0;
    if (first === 0 && column === 0 && this.frozen) return this.rest(), this.draw();
    if (left < x + first) this.scroller.scrollLeft = left - first;
    else if (left + wide > x + width) this.scroller.scrollLeft = Math.min(left, left + wide - width);
    this.rest();
    this.draw();
  }

  get page(): number {
    return Math.max(1, Math.floor(this.room.height / this.rowAxis.height) - 1);
  }

  select(place: Place, extend = false): void {
    const inside = {
      row: Math.max(0, Math.min(place.row, this.rows - 1)),
      column: Math.max(0, Math.min(place.column, this.columns.length)),
    };
    this.selection.to(inside, extend);
    this.reveal(inside);
    this.hooks.selected();
  }

  selectBox(anchor: Place, end: Place): void {
    this.selection.span(anchor, end);
    this.draw();
    this.hooks.selected();
  }

  // The active cell moves inside a selection that stays.
  walk(next: Place, box: Box): void {
    this.selection.walk(next, box);
    this.reveal(next);
    this.hooks.selected();
  }

  // The cell under the pointer; row or column -1 over the margin or the head.
  under(x: number, y: number): Place {
    const frame = this.scroller.getBoundingClientRect();
    const [left, top] = [x - frame.left - this.margin, y - frame.top - this.top];
    const row = top < 0 ? -1 : Math.min(this.rows - 1, Math.floor((top + this.rowAxis.top) / this.rowAxis.height));
    if (left >= 0 && left < this.covered) return { row, column: 0 };
    const at = left + this.scroller.scrollLeft;
    const column = left < 0 ? -1 : Math.min(this.columns.length, this.columnAxis.at(at));
    return { row, column };
  }

  // Drawing -------------------------------------------------------------------------------------------------------
  soon(): void {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.draw();
    });
  }

  private fit(): void {
    const { clientWidth, clientHeight } = this.scroller;
    this.view.style.width = `${clientWidth}px`;
    this.view.style.height = `${clientHeight}px`;
    this.plane.style.width = `${this.columnAxis.whole + this.margin}px`;
    this.plane.style.height = `${Math.max(clientHeight, this.rowAxis.plane + this.top)}px`;
  }

  draw(): void {
    this.fit();
    const { width, height } = this.room;
    if (width <= 0 || height <= 0) return;
    const x = this.scroller.scrollLeft;
    const [from, to] = this.rowAxis.seen(height);
    if (Math.abs(from - this.base) > REBASE || (from === 0 && this.base !== 0)) this.rebase(from);
    const left = this.columnAxis.at(x);
    const right = Math.min(this.columns.length, this.columnAxis.at(x + width));
    this.drawHead(left, right, x);
    this.drawLines(from, to, left, right);
    const lift = this.rowAxis.top - this.base * this.rowAxis.height;
    this.body.style.setProperty("--x", `${x}px`);
    this.body.style.transform = `translate(${this.margin - x}px, ${this.top - lift}px)`;
    this.drawMarks(from, to);
    const names = [...this.places(left, right)].map((place) => this.columns[place]?.name ?? "").filter(Boolean);
    if (names.length && to > from) this.hooks.look(from, to, names);
  }

  private rebase(row: number): void {
    this.base = row;
    for (const line of this.lines) line.row = -1;
  }

  private y(row: number): number {
    return (row - this.base) * this.rowAxis.height;
  }

  private drawHead(left: number, right: number, x: number): void {
    this.head.style.transform = `translateX(${-x}px)`;
    this.head.style.setProperty("--x", `${x}px`);
    this.head.style.height = `${this.top}px`;
    const { left: a, right: b } = this.selection.box;
    const key = `${left}:${right}:${this.scale}:${a}:${b}`;
    if (key === this.headKey) return;
    this.headKey = key;
    const had = document.activeElement?.closest<HTMLElement>("[role=columnheader]")?.getAttribute("aria-colindex");
    const corner = make("div", { class: "sg-corner", role: "columnheader", "aria-colindex": 1 }, make("span", { class: "hidden-text" }, word("row")));
    corner.style.width = `${this.margin}px`;
    const cells: HTMLElement[] = [corner];
    for (const place of this.places(left, right)) {
      const chosen = place >= a && place <= b;
      const cell = make("div", { class: `sg-th${chosen ? " chosen" : ""}`, role: "columnheader", "aria-colindex": place + 2, "data-column": place });
      cell.style.left = `${this.margin + this.columnAxis.start(place)}px`;
      cell.style.width = `${this.columnAxis.width(place)}px`;
      if (place === 0 && this.frozen) cell.classList.add("stays");
      this.hooks.drawHead(cell, this.columns[place], place);
      cells.push(cell);
    }
    this.head.replaceChildren(...cells);
    if (had) this.head.querySelector<HTMLElement>(`[aria-colindex="${had}"] button`)?.focus({ preventScroll: true });
  }

  private drawLines(from: number, to: number, left: number, right: number): void {
    const free: Line[] = [];
    const held = new Map<number, Line>();
    for (const line of this.lines) {
      if (line.row >= from && line.row < to) held.set(line.row, line);
      else free.push(line);
    }
    for (let row = from; row < to; row++) {
      const line = held.get(row) ?? free.pop() ?? this.newLine();
      this.drawLine(line, row, left, right);
    }
    for (const line of free) {
      line.box.hidden = true;
      line.row = -1;
    }
  }

  private newLine(): Line {
    const number = make("div", { class: "sg-number", role: "rowheader", "aria-colindex": 1 });
    const box = make("div", { class: "sg-row", role: "row" }, number);
    this.body.insertBefore(box, this.range);
    const line = { box, number, cells: [], row: -1 };
    this.lines.push(line);
    return line;
  }

  private drawLine(line: Line, row: number, left: number, right: number): void {
    const { top, bottom } = this.selection.box;
    if (line.row !== row) {
      line.row = row;
      line.box.hidden = false;
      line.box.style.top = `${this.y(row)}px`;
      line.box.style.height = `${this.rowAxis.height}px`;
      line.box.setAttribute("aria-rowindex", String(row + 2));
      line.number.textContent = String(row + 1);
      line.number.style.width = `${this.margin}px`;
      line.number.style.left = `${-this.margin}px`;
      for (const cell of line.cells) cell.column = -1;
    }
    line.number.classList.toggle("chosen", row >= top && row <= bottom);
    const free: Cell[] = [];
    const held = new Map<number, Cell>();
    for (const cell of line.cells) {
      if ((cell.column >= left && cell.column <= right) || (cell.column === 0 && this.frozen)) held.set(cell.column, cell);
      else free.push(cell);
    }
    for (const place of this.places(left, right)) {
      const known = held.get(place);
      const cell = known ?? free.pop() ?? this.newCell(line);
      if (!known) this.placeCell(cell, place);
      this.paint(cell, row, place);
    }
    for (const cell of free) {
      cell.column = -1;
      cell.box.hidden = true;
    }
  }

  private *places(left: number, right: number): Generator<number> {
    if (this.frozen && left > 0) yield 0;
    for (let place = left; place <= right; place++) yield place;
  }

  private newCell(line: Line): Cell {
    const box = make("div", { class: "sg-cell", role: "gridcell" });
    line.box.append(box);
    const cell = { box, text: "", look: "", column: -1 };
    line.cells.push(cell);
    return cell;
  }

  private placeCell(cell: Cell, place: number): void {
    cell.column = place;
    cell.box.hidden = false;
    cell.box.style.left = `${this.columnAxis.start(place)}px`;
    cell.box.style.width = `${this.columnAxis.width(place)}px`;
    cell.box.setAttribute("aria-colindex", String(place + 2));
  }

  private paint(cell: Cell, row: number, place: number): void {
    const column = this.columns[place];
    const value = column ? this.hooks.value(row, column.name) : null;
    const text = column ? shown(value, column.kind) : "";
    const chosen = holds(this.selection.box, row, place);
    const waits = value === undefined;
    const look = `${column?.kind ?? "new"}${column?.made ? " made" : ""}${column?.error ? " wrong" : ""}${waits ? " waits" : ""}${row % 2 ? " odd" : ""}${place === 0 && this.frozen ? " stays" : ""}`;
    if (look !== cell.look) cell.box.className = `sg-cell ${(cell.look = look)}`;
    if ((cell.box.getAttribute("aria-selected") === "true") !== chosen) cell.box.setAttribute("aria-selected", String(chosen));
    if (text === cell.text) return;
    cell.text = text;
    const picture = column?.kind === "image" && REFERENCE.test(text) ? this.hooks.picture(text) : "";
    if (picture) cell.box.replaceChildren(make("img", { src: picture, alt: word("picture_of_row", row + 1), loading: "lazy" }));
    else cell.box.textContent = REFERENCE.test(text) ? `▣ ${text.slice(7, 15)}` : text;
  }

  private drawMarks(from: number, to: number): void {
    const box = this.selection.box;
    this.place(this.range, box, from, to);
    this.range.hidden = this.selection.one || box.bottom < from || box.top >= to;
    this.place(this.cutMark, this.cut ?? box, from, to);
    this.cutMark.hidden = !this.cut;
    const { row, column } = this.selection.anchor;
    const near = Math.max(from - 2, Math.min(row, to + 1));
    const style = this.activeCell.style;
    style.top = `${this.y(near)}px`;
    style.left = `${this.columnAxis.start(column)}px`;
    style.width = `${this.columnAxis.width(column)}px`;
    style.height = `${this.rowAxis.height}px`;
    this.activeCell.classList.toggle("stays", column === 0 && this.frozen);
    this.activeRow.setAttribute("aria-rowindex", String(row + 2));
    this.activeCell.setAttribute("aria-colindex", String(column + 2));
    this.handle.hidden = box.bottom >= to || box.bottom < from || box.right >= this.columns.length;
    this.handle.style.top = `${this.y(box.bottom + 1)}px`;
    this.handle.style.left = `${this.columnAxis.start(box.right + 1)}px`;
  }

  private place(mark: HTMLElement, box: Box, from: number, to: number): void {
    const [top, bottom] = [Math.max(box.top, from - 3), Math.min(box.bottom, to + 3)];
    mark.style.top = `${this.y(top)}px`;
    mark.style.height = `${Math.max(0, (bottom - top + 1) * this.rowAxis.height)}px`;
    mark.style.left = `${this.columnAxis.start(box.left)}px`;
    mark.style.width = `${this.columnAxis.start(box.right + 1) - this.columnAxis.start(box.left)}px`;
  }
}
