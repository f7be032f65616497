// The page of one sheet: the table, its formula bar, what stands beside it, and the keys that lead through them.
import { find, make } from "./sheet/dom";
import { Api, Refusal } from "./sheet/api";
import { FormulaBar } from "./sheet/bar";
import { Cells } from "./sheet/cells";
import { Chart } from "./sheet/chart";
import { Clipboard } from "./sheet/clipboard";
import { open } from "./sheet/dialogs";
import { openFeed } from "./sheet/feed";
import { Finder } from "./sheet/finding";
import { Grid } from "./sheet/grid";
import { drawHead, openMenu } from "./sheet/heads";
import { deedOf, led, Steps, type Deed } from "./sheet/keys";
import { Know } from "./sheet/know";
import { isReference, openContent } from "./sheet/content";
import { openMark } from "./sheet/mark";
import { Model } from "./sheet/model";
import { Pivot } from "./sheet/pivot";
import { armPointer } from "./sheet/pointer";
import type { Box } from "./sheet/range";
import { Recipe } from "./sheet/recipe";
import { shown, typed } from "./sheet/shown";
import { Status } from "./sheet/status";
import { openSteps } from "./sheet/steps";
import { Typing } from "./sheet/typing";
import type { Place, State } from "./sheet/types";
import { count, learn, word } from "./sheet/words";

const LOOK_EVERY = 5000; // ms: what others have changed
const LOOK_BUSY = 700; // ms: while columns are being reckoned
const MOST_TYPED = 10_000; // cells cleared or written at once
const MOST_FILLED = 200_000;
const SIZES = { small: [1, 28], medium: [1.25, 36], large: [1.7, 48] } as const;
type Size = keyof typeof SIZES;

class Sheet {
  private readonly api: Api;
  private readonly model: Model;
  private readonly grid: Grid;
  private readonly cells: Cells;
  private readonly bar: FormulaBar;
  private readonly typing: Typing;
  private readonly clipboard: Clipboard;
  private readonly finder: Finder;
  private readonly status: Status;
  private readonly pivot: Pivot;
  private readonly steps = new Steps();
  private readonly nameBox: HTMLInputElement;
  private readonly trouble: HTMLElement;
  private newName = "";
  private formulaOf: string | undefined; // the column that the bar writes, when it is not the active cell's
  private leaving = false;
  private looking = 0;
  private pictures = false; // whether the rows are as high as pictures need
  private readonly place: string;

  constructor(private readonly root: HTMLElement) {
    learn(root);
    this.place = `sheet:${root.dataset["id"] ?? ""}`;
    this.api = new Api(root.dataset["base"] ?? "");
    this.api.onLine = (reached) => (this.find("[data-offline]").hidden = reached);
    this.nameBox = this.find<HTMLInputElement>("[data-name-box]");
    this.trouble = this.find("[data-trouble]");
    this.model = new Model(this.api, (why) => this.refuse(why), (busy) => this.root.classList.toggle("busy", busy));
    this.cells = new Cells(this.api, () => this.arrived(), () => void this.model.load().catch(() => undefined), (why) => this.refuse(why as Refusal));
    this.grid = new Grid(this.find("[data-grid]"), {
      value: (row, name) => this.cells.value(row, name),
      look: (from, to, names) => this.cells.look(from, to, names),
      selected: () => this.selected(),
      picture: (reference) => this.api.address(`content/${reference.slice(7)}`, { width: 160 }),
      drawHead: (cell, column, place) => drawHead(cell, column, place, this.model, (one) => this.menu(one), () => this.newColumn()),
    });
    this.bar = new FormulaBar(root, this.api, { commit: (text) => void this.commitBar(text), columns: () => this.model.all, column: () => this.writing(), left: () => this.toTable() });
    this.typing = new Typing(this.grid, {
      commit: (text, all) => this.write(text, all),
      formula: (text) => this.beginFormula(text),
      raw: () => this.raw(),
      may: () => this.mayWrite(),
    });
    this.clipboard = new Clipboard(this.grid, this.cells, {
      say: (words) => this.say(words),
      paste: (text, box) => void this.paste(text, box),
      moved: (box) => void this.clear(box),
      writing: () => this.typing.on,
    });
    this.status = new Status(this.find("[data-rows]"), this.find("[data-figures]"), this.grid, this.cells, this.model);
    this.finder = new Finder(this.find("[data-finder]"), this.grid, this.model);
    this.pivot = new Pivot(this.find("[data-panel=pivot]"), this.api, this.model, (words) => this.say(words));
    new Chart(this.find("[data-panel=chart]"), this.api, this.model);
    new Know(this.find("[data-panel=know]"), this.api, this.model, (words) => this.say(words));
    new Recipe(this.find("[data-actions]"), this.model, (words) => this.say(words), (column) => this.editFormula(column));
    this.model.hear((state, own) => this.turn(state, own));
    this.listen();
    this.remember();
    void this.begin();
  }

  private find<T extends HTMLElement>(what: string): T {
    return find<T>(this.root, what);
  }

  private async begin(): Promise<void> {
    try {
      await this.model.load();
      this.root.dataset["ready"] = "yes";
      if (window.matchMedia("(pointer: fine)").matches) this.grid.field.focus({ preventScroll: true });
    } catch (why) {
      this.refuse(why as Refusal);
    }
    this.lookAgain();
  }

  private lookAgain(): void {
    window.clearTimeout(this.looking);
    this.looking = window.setTimeout(() => void this.look().finally(() => this.lookAgain()), this.model.state?.busy ? LOOK_BUSY : LOOK_EVERY);
  }

  // What the server has -------------------------------------------------------------------------------------------
  private async look(): Promise<void> {
    if (document.hidden || this.model.busy || this.typing.on) return;
    const before = this.model.state?.version;
    const state = await this.api.get<State>("state").catch(() => undefined);
    if (!state || this.model.busy || before !== this.model.state?.version) return;
    const held = this.model.state;
    const changed = state.version !== before || state.fresh !== held?.fresh || state.busy || held?.busy || state.rows !== held?.rows;
    if (!changed) return;
    const news = state.version !== before ? state.actions.at(-1)?.words : undefined;
    this.model.take(state, false);
    if (news) this.say(word("others_changed", news));
  }

  private turn(state: State, own: boolean): void {
    this.cells.turn(state.version, true);
    if (!own) this.cells.again();
    this.grid.set(this.model.columns, state.rows);
    if (this.pictures !== this.model.columns.some((one) => one.kind === "image")) this.size(this.root.dataset["size"] as Size);
    for (const [name, on] of [["undo", state.undo], ["redo", state.redo]] as const) {
      for (const one of this.root.querySelectorAll<HTMLButtonElement>(`[data-do=${name}]`)) one.disabled = !on;
    }
    this.find("[data-empty]").hidden = state.rows > 0 && state.columns.length > 0;
    this.showFilters(state);
    this.showBusy(state);
    if (state.busy) this.lookAgain();
    this.trouble.hidden = true;
    this.selected();
    this.root.dataset["version"] = String(state.version);
  }

  private arrived(): void {
    this.grid.soon();
    if (!this.bar.busy) this.showActive();
    this.root.dataset["arrived"] = String(performance.now());
  }

  private showFilters(state: State): void {
    const hidden = state.hidden.length ? [make("button", { type: "button", class: "chip", "data-show-all": true }, word("hidden_columns", state.hidden.length), " ✕")] : [];
    const chips = state.filters.map((one) => {
      const made = make("button", { type: "button", class: "chip", title: word("remove_filter", one.column) }, `${one.column} ${word(`op_${one.op}`)} ${told(one.value)}`, " ✕");
      made.addEventListener("click", () => void this.model.act({ kind: "filter", column: one.column, clear: true }));
      return made;
    });
    hidden[0]?.addEventListener("click", () => void this.model.act({ kind: "hide", columns: state.hidden, hidden: false }));
    const grouped = state.actions.filter((one) => one.kind === "group" && one.on).map((one) => {
      const made = make("button", { type: "button", class: "chip", title: word("ungroup") }, `${one.words}: ${word("all_rows", count(state.rows_all))}`, " ✕");
      made.addEventListener("click", () => void this.model.change(one.n, { delete: true }).then((wrong) => wrong ?? this.say(word("ungrouped"))));
      return made;
    });
    const strip = this.find("[data-filters]");
    strip.replaceChildren(...grouped, ...chips, ...hidden);
    strip.hidden = !strip.childElementCount;
  }

  // Columns that are being reckoned beside the page, with their share and a stop.
  private showBusy(state: State): void {
    const busy = state.columns.filter((one) => one.busy !== null && one.busy !== undefined);
    const strip = this.find("[data-busy]");
    const had = strip.contains(document.activeElement);
    const stop = make("button", { type: "button", class: "button small" }, word("stop"));
    stop.addEventListener("click", () => {
      stop.disabled = true;
      void this.api.post("columns/stop", {}).then(() => this.model.load()).catch((why: unknown) => this.refuse(why as Refusal));
    });
    const line = (name: string, done: number, words: (share: string) => string): HTMLElement => {
      const share = Math.round(100 * done);
      return make("span", { class: "row" }, make("span", {}, words(`${share} %`)), make("progress", { max: 100, value: share, "aria-label": name }));
    };
    const lines = busy.map((one) => line(one.name, one.busy ?? 0, (share) => word("reckoning", one.name, share)));
    if (typeof state.ordering === "number") lines.push(line(word("ordering", ""), state.ordering, (share) => word("ordering", share)));
    strip.replaceChildren(...lines, ...(lines.length ? [stop] : []));
    strip.hidden = !lines.length;
    if (had) stop.focus();
  }

  // Saying --------------------------------------------------------------------------------------------------------
  private say(words: string): void {
    this.find("[data-said]").textContent = words;
  }

  private refuse(why: Refusal): void {
    const line = this.find("[data-trouble-words]");
    line.textContent = why.sentence ?? why.message;
    this.trouble.hidden = why.key === "offline";
  }

  // The active cell -----------------------------------------------------------------------------------------------
  private selected(): void {
    this.grid.draw();
    this.showActive();
    this.status.soon();
    const { anchor, one, box } = this.grid.selection;
    const column = this.grid.columns[anchor.column];
    const value = column ? shown(this.cells.value(anchor.row, column.name), column.kind) || word("blank") : word("new_column");
    const range = one ? "" : ` ${word("range_of", count(box.bottom - box.top + 1), box.right - box.left + 1)}`;
    this.model.active = column?.name ?? "";
    this.grid.field.setAttribute("aria-label", `${column?.name ?? ""} ${anchor.row + 1}: ${value}`);
    this.say(`${column?.name ?? ""} ${count(anchor.row + 1)}, ${value}${range}${column?.error ? `. ${column.error}` : ""}`);
  }

  private showActive(): void {
    const { anchor } = this.grid.selection;
    const column = this.grid.columns[anchor.column];
    if (document.activeElement !== this.nameBox) this.nameBox.value = column ? `${column.name} ${anchor.row + 1}` : word("new_column");
    const fault = this.find("[data-fault]");
    fault.textContent = column?.error ?? "";
    fault.hidden = !column?.error;
    if (!this.typing.on) this.bar.show(column?.formula || this.raw());
  }

  private raw(): string {
    const { row, column } = this.grid.selection.anchor;
    const one = this.grid.columns[column];
    return one ? typed(this.cells.value(row, one.name), one.kind) : "";
  }

  private mayWrite(): boolean {
    const column = this.grid.columns[this.grid.selection.anchor.column];
    const value = this.raw();
    if (column && isReference(value)) {
      openContent(this.api, value, column.kind, this.grid.selection.anchor.row).addEventListener("close", () => this.toTable());
      return false;
    }
    if (!column?.formula) return true;
    this.say(word("made_by_formula", column.name));
    this.bar.write(column.formula);
    return false;
  }

  // Writing -------------------------------------------------------------------------------------------------------
  private write(text: string, all: boolean): void {
    const { anchor, box, one } = this.grid.selection;
    const column = this.grid.columns[anchor.column];
    if (text.startsWith("=")) return void this.commitFormula(text, column?.formula ? column.name : this.nextName());
    if (column && !all && text === this.raw()) return;
    if (all && !one) return void this.writeAll(text, box);
    void this.writeOne(text, { ...anchor }, column?.name);
  }

  private async writeOne(text: string, place: Place, known: string | undefined): Promise<void> {
    const { row } = place;
    const [name, kept] = [known ?? this.nextName(), text === "" ? null : text];
    try {
      const first = known ?? this.grid.columns[0]?.name;
      await this.cells.need(row, row + 1, first ? [first] : []); // its id, if the cells are still on their way
    } catch (why) {
      return this.undone(text, why as Refusal, place);
    }
    const id = this.cells.id(row);
    if (id === undefined) return this.undone(text, new Refusal("sheet-moved-on", word("no_answer", ""), "", null, 0), place);
    const was = this.cells.value(row, name) ?? null;
    if (known) this.cells.put(row, name, kept);
    this.grid.soon();
    const wrong = await this.model.act({ kind: "edit", cells: [[id, name, kept]] });
    if (!wrong) return;
    if (known) this.cells.put(row, name, was);
    this.undone(text, wrong, place);
  }

  // Refused: what was typed is not lost, it stands in the bar.
  private undone(text: string, why: Refusal, place: Place): void {
    this.cells.again();
    this.grid.soon();
    if (why.key !== "sheet-moved-on" && why.key !== "offline") return;
    this.grid.select(place);
    this.bar.write(text);
  }

  private async writeAll(text: string, box: Box): Promise<void> {
    await this.edits(box, () => text);
  }

  private async clear(box: Box): Promise<void> {
    await this.edits(box, () => null);
  }

  private async edits(box: Box, value: () => string | null): Promise<void> {
    const columns = this.grid.columns.slice(box.left, box.right + 1).filter((one) => !one.formula);
    if ((box.bottom - box.top + 1) * columns.length > MOST_TYPED) return this.say(word("too_many_cells", count(MOST_TYPED)));
    const names = columns.map((one) => one.name);
    if (!names.length) return;
    await this.cells.need(box.top, box.bottom + 1, names);
    const cells: [number, string, string | null][] = [];
    for (let row = box.top; row <= box.bottom; row++) {
      const id = this.cells.id(row);
      if (id !== undefined) for (const name of names) cells.push([id, name, value()]);
    }
    await this.model.act({ kind: "edit", cells });
  }

  private async paste(text: string, box: Box): Promise<void> {
    const lone = !/[\t\n\r]/.test(text.replace(/\r?\n$/, ""));
    if (lone && text.startsWith("=")) return this.commitFormula(text.trim(), this.nextName());
    if (lone && !this.grid.selection.one) return this.edits(box, () => text.replace(/\r?\n$/, ""));
    await this.cells.need(box.top, box.top + 1, this.grid.columns.slice(box.left, box.left + 1).map((one) => one.name));
    const row = this.cells.id(box.top) ?? null;
    const column = this.grid.columns[box.left]?.name ?? this.nextName();
    const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
    const header = box.left >= this.grid.columns.length && headed(lines);
    const wrong = await this.model.act({ kind: "paste", row, column, text, header });
    if (wrong) return;
    const wide = (lines[0] ?? "").split("\t").length;
    this.grid.selectBox({ row: box.top, column: box.left }, { row: Math.min(this.grid.rows - 1, box.top + lines.length - 1), column: Math.min(this.grid.columns.length - 1, box.left + wide - 1) });
    this.say(word("pasted", count(lines.length), wide));
  }

  // Excel's fill: down or up by rows, to the right by columns; a series goes on unless it is to be copied.
  private async fill(from: Box, to: Box, how = "auto"): Promise<void> {
    const names = (box: Box): string[] => this.grid.columns.slice(box.left, box.right + 1).map((one) => one.name);
    if ((to.bottom - to.top + 1) * names(to).length > MOST_FILLED) return this.say(word("too_many_cells", count(MOST_FILLED)));
    await this.cells.need(to.top, to.bottom + 1, names(to).slice(0, 1));
    const ids = (box: Box): (number | undefined)[] => Array.from({ length: box.bottom - box.top + 1 }, (_, at) => this.cells.id(box.top + at));
    const given = { rows: ids(from), columns: names(from) };
    if (to.right > from.right) {
      const across = names({ ...to, left: from.right + 1 });
      await this.model.act({ kind: "fill", from: given, to: { columns: across }, how });
    } else if (to.top < from.top || to.bottom > from.bottom) {
      const rows = to.top < from.top ? ids({ ...to, bottom: from.top - 1 }) : ids({ ...to, top: from.bottom + 1 });
      await this.model.act({ kind: "fill", from: given, to: { rows }, how });
    }
  }

  // Ctrl+D and Ctrl+R: the first row or column of the selection is copied through the rest; of one cell, the one before it.
  private fillOn(down: boolean): void {
    const box = { ...this.grid.selection.box };
    if (down && box.top === box.bottom) box.top = Math.max(0, box.top - 1);
    if (!down && box.left === box.right) box.left = Math.max(0, box.left - 1);
    void this.fill(down ? { ...box, bottom: box.top } : { ...box, right: box.left }, box, "copy");
  }

  // The column whose formula is being written; "" for a new one.
  private writing(): string {
    const column = this.grid.columns[this.grid.selection.anchor.column];
    return this.formulaOf ?? (column?.formula ? column.name : "");
  }

  // Formulas ------------------------------------------------------------------------------------------------------
  private nextName(): string {
    const taken = new Set(this.model.all.map((one) => one.name));
    let number = 1;
    while (taken.has(word("column_n", number))) number += 1;
    return word("column_n", number);
  }

  private newColumn(): void {
    this.grid.select({ row: this.grid.selection.anchor.row, column: this.grid.columns.length });
    this.beginFormula("=");
  }

  private beginFormula(text: string): void {
    const column = this.grid.columns[this.grid.selection.anchor.column];
    this.formulaOf = column?.formula ? column.name : undefined;
    this.newName = this.nextName();
    this.bar.write(text);
    this.nameBox.value = this.formulaOf ?? word("new_named", this.newName);
  }

  private editFormula(name: string): void {
    const column = this.model.all.find((one) => one.name === name);
    const place = this.grid.columns.findIndex((one) => one.name === name);
    if (place >= 0) this.grid.select({ row: this.grid.selection.anchor.row, column: place });
    else this.grid.select({ row: this.grid.selection.anchor.row, column: this.grid.columns.length });
    this.formulaOf = column?.name;
    this.bar.write(column?.formula || "=");
  }

  private async commitBar(text: string): Promise<void> {
    const column = this.grid.columns[this.grid.selection.anchor.column];
    if (text.startsWith("=")) return this.commitFormula(text, this.writing() || this.newName || this.nextName());
    this.toTable();
    if (column?.formula) return this.say(word("made_by_formula", column.name));
    this.write(text, false);
    this.grid.select({ row: this.grid.selection.anchor.row + 1, column: this.grid.selection.anchor.column });
  }

  private async commitFormula(text: string, column: string): Promise<void> {
    const refused = await this.model.tryAct({ kind: "formula", column, text });
    if (refused) return this.bar.busy || this.typing.on ? this.bar.refused(refused.sentence, refused.position) : this.refusedFormula(text, refused);
    this.toTable();
    const place = this.grid.columns.findIndex((one) => one.name === column);
    if (place >= 0) this.grid.select({ row: this.grid.selection.anchor.row, column: place });
    this.say(word("column_written", column));
  }

  private refusedFormula(text: string, refused: Refusal): void {
    this.bar.write(text);
    this.bar.refused(refused.sentence, refused.position);
  }

  private toTable(): void {
    this.formulaOf = undefined;
    this.newName = "";
    this.grid.field.focus({ preventScroll: true });
    this.showActive();
  }

  // Keys ----------------------------------------------------------------------------------------------------------
  private keyed(event: KeyboardEvent): void {
    const { grid } = this;
    const state = this.typing.keyed(event);
    if (state === "taken") return;
    if (event.isComposing || event.keyCode === 229) return;
    if (state === "free" && this.leaving && event.key === "Tab") return; // out of the table
    const step = event.key === "Enter" || event.key === "Tab";
    if (step && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      return this.steps.go(event, grid);
    }
    const deed = deedOf(event);
    if (deed) {
      event.preventDefault();
      return this.deed(deed);
    }
    if (event.key === " " && (event.ctrlKey || event.shiftKey)) return this.whole(event);
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") return this.everything(event);
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") return event.preventDefault(), this.say(word("is_kept"));
    this.move(event);
  }

  private move(event: KeyboardEvent): void {
    const { grid } = this;
    const to = led(event, event.shiftKey ? grid.selection.end : grid.selection.anchor, grid);
    if (!to) return;
    event.preventDefault();
    this.steps.forget();
    this.leaving = false;
    const extend = event.shiftKey && event.key !== "Tab";
    if ((event.ctrlKey || event.metaKey) && event.key.startsWith("Arrow")) return void this.toEdge(event.key, extend);
    grid.select(to, extend);
  }

  // Ctrl and an arrow: to the end of the filled cells, as in Excel. Down and up are asked of the server.
  private async toEdge(key: string, extend: boolean): Promise<void> {
    const { row, column } = extend ? this.grid.selection.end : this.grid.selection.anchor;
    const way = key === "ArrowDown" || key === "ArrowRight" ? 1 : -1;
    const one = this.grid.columns[column];
    const [lastRow, lastColumn] = [this.grid.rows - 1, this.grid.columns.length - 1];
    if (key === "ArrowLeft" || key === "ArrowRight") {
      await this.cells.need(row, row + 1, this.grid.columns.map((each) => each.name)).catch(() => undefined);
      const full = (place: number): boolean => !["", null, undefined].includes(this.cells.value(row, this.grid.columns[place]?.name ?? "") as string);
      return this.grid.select({ row, column: edgeOf(column, way, lastColumn, full) }, extend);
    }
    const told = one ? await this.api.get<{ row: number }>("edge", { column: one.name, from: row, way }).catch(() => undefined) : undefined;
    this.grid.select({ row: told?.row ?? (way > 0 ? lastRow : 0), column }, extend);
  }

  private whole(event: KeyboardEvent): void {
    event.preventDefault();
    const { anchor, end } = this.grid.selection;
    const [lastRow, lastColumn] = [this.grid.rows - 1, this.grid.columns.length - 1];
    if (event.ctrlKey) this.grid.selectBox({ row: 0, column: anchor.column }, { row: lastRow, column: end.column });
    else this.grid.selectBox({ row: anchor.row, column: 0 }, { row: end.row, column: lastColumn });
  }

  private everything(event: KeyboardEvent): void {
    event.preventDefault();
    this.grid.selectBox({ row: 0, column: 0 }, { row: this.grid.rows - 1, column: this.grid.columns.length - 1 });
  }

  private deed(deed: Deed): void {
    const now = new Date();
    const pad = (one: number): string => String(one).padStart(2, "0");
    const does: { [name in Deed]: () => void } = {
      edit: () => this.typing.begin(false),
      clear: () => void this.clear(this.grid.selection.box),
      undo: () => void this.back("undo"),
      redo: () => void this.back("redo"),
      fillDown: () => this.fillOn(true),
      fillRight: () => this.fillOn(false),
      today: () => this.insertTyped(`${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`),
      now: () => this.insertTyped(`${pad(now.getHours())}:${pad(now.getMinutes())}`),
      find: () => this.finder.open(),
      menu: () => this.menu(this.grid.selection.anchor.column),
      filter: () => this.menu(this.grid.selection.anchor.column),
      escape: () => this.escape(),
      help: () => this.help(),
      rename: () => this.menu(this.grid.selection.anchor.column),
      addRow: () => void this.addRows(),
      dropRows: () => void this.dropRows(),
      mark: () => void this.mark(),
    };
    does[deed]();
  }

  private insertTyped(text: string): void {
    this.typing.begin(true);
    this.grid.field.value = text;
  }

  private escape(): void {
    this.clipboard.forget();
    this.grid.draw();
    this.leaving = true;
    this.say(word("tab_leaves"));
  }

  private async back(way: "undo" | "redo"): Promise<void> {
    if (!this.model.state?.[way]) return this.say(word(`no_${way}`));
    const refused = await this.model[way]();
    if (!refused) this.say(word(`done_${way}`));
  }

  private async addRows(): Promise<void> {
    const { box } = this.grid.selection;
    await this.cells.need(box.top, box.top + 1, this.grid.columns.slice(0, 1).map((one) => one.name));
    const high = Math.min(1000, box.bottom - box.top + 1);
    const after = this.grid.rows ? this.cells.id(box.bottom) : null;
    const refused = await this.model.act({ kind: "insert_rows", after: after ?? null, count: high });
    if (!refused) this.say(word("rows_added", high));
  }

  private async dropRows(): Promise<void> {
    const rows = await this.chosenRows();
    if (!rows) return;
    const refused = await this.model.act({ kind: "delete_rows", rows });
    if (!refused) this.say(word("rows_dropped", rows.length));
  }

  private async mark(): Promise<void> {
    const rows = await this.chosenRows();
    if (rows) openMark(this.model, rows, (words) => this.marked(words)).addEventListener("close", () => this.toTable());
  }

  // Seen too: a mark in a set of labels changes nothing in the table.
  private marked(words: string): void {
    this.say(words);
    window.setTimeout(() => (this.find("[data-figures]").textContent = words), 300); // after the figures of the selection
  }

  private async chosenRows(): Promise<number[] | undefined> {
    const { box } = this.grid.selection;
    if (box.bottom - box.top + 1 > MOST_TYPED) return void this.say(word("too_many_cells", count(MOST_TYPED)));
    await this.cells.need(box.top, box.bottom + 1, this.grid.columns.slice(0, 1).map((one) => one.name));
    return Array.from({ length: box.bottom - box.top + 1 }, (_, at) => this.cells.id(box.top + at)).filter((one) => one !== undefined);
  }

  private menu(place: number): void {
    openMenu(place, this.grid, this.model, {
      formula: (column) => (column ? this.editFormula(column) : this.newColumn()),
      newColumn: () => this.newColumn(),
      group: (column) => {
        this.panel("pivot");
        this.pivot.by(column);
      },
      widened: () => this.keepWidths(),
    });
  }

  private help(): void {
    const template = this.find<HTMLTemplateElement>("template[data-keys]");
    open(word("keys"), (body) => body.append(template.content.cloneNode(true))).addEventListener("close", () => this.grid.field.focus({ preventScroll: true }));
  }

  // The rest of the page ------------------------------------------------------------------------------------------
  private listen(): void {
    this.grid.field.addEventListener("keydown", (event) => this.keyed(event));
    this.grid.field.addEventListener("focus", () => this.grid.root.classList.add("focused"));
    this.grid.field.addEventListener("blur", () => {
      this.grid.root.classList.remove("focused");
      this.leaving = false;
    });
    armPointer(this.grid, {
      edit: () => {
        this.grid.field.setAttribute("inputmode", "text");
        this.typing.begin(false);
      },
      fill: (from, to) => void this.fill(from, to),
      before: ({ column }) => {
        const one = this.grid.columns[column];
        if (!this.bar.pointing || !one) return false;
        this.bar.point(one.name);
        return true;
      },
      widened: () => this.keepWidths(),
      menu: (place) => this.menu(place),
    });
    this.nameBox.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.goNamed();
      if (event.key === "Escape") this.toTable();
    });
    this.nameBox.addEventListener("focus", () => this.nameBox.select());
    const does: { [name: string]: () => void } = {
      undo: () => void this.back("undo"),
      redo: () => void this.back("redo"),
      find: () => this.finder.open(),
      keys: () => this.help(),
      column: () => this.newColumn(),
      add_rows: () => void this.addRows(),
      drop_rows: () => void this.dropRows(),
      mark: () => void this.mark(),
      ask: () => this.askRow(),
      menu: () => this.menu(this.grid.selection.anchor.column),
      edit: () => {
        this.grid.field.setAttribute("inputmode", "text");
        this.typing.begin(false);
      },
      fill: () => this.fillOn(true),
      step: () => void openSteps(this.model, this.model.active, (words) => this.say(words)),
      feed: () => openFeed(this.model, this.find("[data-do=feed]").dataset["address"] ?? ""),
      freeze: () => this.freeze(!this.grid.frozen),
      trouble: () => (this.trouble.hidden = true),
    };
    for (const one of this.root.querySelectorAll<HTMLElement>("[data-do]")) {
      one.addEventListener("click", () => {
        does[one.dataset["do"] ?? ""]?.();
        if (one.dataset["do"] !== "find" && one.dataset["do"] !== "keys" && !document.querySelector("dialog[open]") && !this.bar.busy) this.grid.field.focus({ preventScroll: true });
      });
    }
    for (const tab of this.tabs()) {
      tab.addEventListener("click", () => this.panel(tab.getAttribute("aria-selected") === "true" ? "" : (tab.dataset["tab"] ?? "")));
      tab.addEventListener("keydown", (event) => this.tabKeyed(event));
    }
    for (const one of this.root.querySelectorAll<HTMLInputElement>("[data-size]")) {
      one.addEventListener("change", () => this.size(one.value as Size));
    }
    document.addEventListener("keydown", (event) => {
      if (event.key === "F6") {
        event.preventDefault();
        this.nextPart(event.shiftKey ? -1 : 1);
      }
    });
  }

  // A question about the row under the cursor, and about the cell in it.
  private askRow(): void {
    const { row, column } = this.grid.selection.end;
    const [id, name] = [this.cells.id(row), this.grid.columns[column]?.name];
    const to = new URL(this.find("[data-do=ask]").dataset["address"] ?? "", window.location.href);
    if (id === undefined) return;
    to.searchParams.set("row", String(id));
    if (name) to.searchParams.set("column", name);
    window.location.assign(to);
  }

  // F6, as in Excel: formula bar, table, what stands beside it.
  private nextPart(way: number): void {
    const parts = [this.find("[data-formula]"), this.grid.field, this.find("[role=tab][tabindex='0']")];
    const at = parts.findIndex((one) => one === document.activeElement);
    parts[(at + way + parts.length) % parts.length]?.focus();
  }

  private goNamed(): void {
    const asked = this.nameBox.value.trim();
    const row = Number(/(\d[\d,]*)$/.exec(asked)?.[1]?.replaceAll(",", "") ?? Number.NaN);
    const exact = this.grid.columns.findIndex((one) => one.name === asked);
    const name = asked.replace(/\s*\d[\d,]*$/, "").toLowerCase();
    const place = exact >= 0 ? exact : this.grid.columns.findIndex((one) => one.name.toLowerCase() === name);
    const { anchor } = this.grid.selection;
    if (place < 0 && Number.isNaN(row)) return this.say(word("no_such_place", asked));
    this.grid.field.focus({ preventScroll: true });
    this.grid.select({ row: exact >= 0 || Number.isNaN(row) ? anchor.row : row - 1, column: place < 0 ? anchor.column : place });
  }

  private tabs(): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>("[role=tab]")];
  }

  private tabKeyed(event: KeyboardEvent): void {
    const way = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!way) return;
    const tabs = this.tabs();
    const next = tabs[(tabs.indexOf(event.target as HTMLElement) + way + tabs.length) % tabs.length];
    this.panel(next?.dataset["tab"] ?? "");
    next?.focus();
  }

  private panel(name: string): void {
    for (const tab of this.tabs()) {
      const on = tab.dataset["tab"] === name;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on || (!name && tab === this.tabs()[0]) ? 0 : -1;
    }
    for (const one of this.root.querySelectorAll<HTMLElement>("[data-panel]")) one.hidden = one.dataset["panel"] !== name;
    this.root.classList.toggle("alone", !name);
    this.keep("panel", name);
    if (name && this.root.dataset["ready"] && window.innerWidth < 900) this.find(".sheet-side").scrollIntoView();
    this.grid.soon();
  }

  // What this browser keeps: sizes and widths are a matter of the screen, not of the sheet.
  private size(size: Size): void {
    this.root.dataset["size"] = size;
    this.keep("size", size);
    const coarse = window.matchMedia("(pointer: coarse)").matches;
    const pictures = this.grid.columns.some((one) => one.kind === "image");
    const [scale, height] = SIZES[size];
    this.grid.size(scale, Math.max(height, coarse ? 44 : 0, pictures ? 72 * scale : 0));
    this.pictures = pictures;
  }

  private freeze(on: boolean): void {
    this.grid.freeze(on);
    this.find("[data-do=freeze]").setAttribute("aria-pressed", String(on));
    this.keep("frozen", on ? "yes" : "");
  }

  private keepWidths(): void {
    this.keep("widths", JSON.stringify(this.grid.kept));
  }

  private keep(what: string, value: string): void {
    try {
      localStorage.setItem(what === "widths" ? `${this.place}:widths` : `sheet:${what}`, value);
    } catch {
      // a browser that keeps nothing: the next visit begins with the usual sizes
    }
  }

  private remember(): void {
    const kept = (what: string): string | null => {
      try {
        return localStorage.getItem(what);
      } catch {
        return null;
      }
    };
    const widths = kept(`${this.place}:widths`);
    if (widths) this.grid.widen(JSON.parse(widths) as [string, number][]);
    this.freeze(kept("sheet:frozen") === "yes");
    const size = kept("sheet:size") ?? "small";
    for (const one of this.root.querySelectorAll<HTMLInputElement>("[data-size]")) one.checked = one.value === size;
    this.size(size in SIZES ? (size as Size) : "small");
    this.panel(window.innerWidth < 900 ? "" : (kept("sheet:panel") ?? "recipe"));
  }
}

// Whether the first line of a block reads as names: all there, all different, none a number, above something else.
function headed(lines: string[]): boolean {
  const first = (lines[0] ?? "").split("\t").map((one) => one.trim());
  return lines.length > 1 && new Set(first).size === first.length && first.every((one) => one !== "" && Number.isNaN(Number(one.replace(/[,%₩]/g, ""))) && !/^\d{4}[-./]/.test(one));
}

function edgeOf(from: number, way: number, last: number, full: (place: number) => boolean): number {
  const within = (place: number): boolean => place >= 0 && place <= last;
  let at = from + way;
  const inside = full(from) && within(at) && full(at);
  while (within(at) && full(at) === inside) at += way;
  return Math.max(0, Math.min(last, inside ? at - way : at));
}

function told(value: unknown): string {
  if (Array.isArray(value)) return value.length > 3 ? `${value.slice(0, 3).map(String).join(", ")} … (${value.length})` : value.map((one) => String(one ?? "–")).join(", ");
  return value === null || value === undefined ? "" : String(value);
}

const root = document.querySelector<HTMLElement>("[data-sheet]");
if (root) new Sheet(root);
