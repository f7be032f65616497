// Choosing signals: a tree that opens branch by branch (WAI-ARIA tree pattern), ticks that the server keeps,
// and the values of what is ticked, read once a second while somebody looks.
import { figure } from "./figures";

const MINUTE = 60;
const EVERY = 1000; // ms
const OPEN_FOUND = 60; // nodes that a search opens by itself

interface Row {
  signal: string;
  name: string;
  unit: string;
  value: number | null;
  text: string | null;
  quality: 0 | 1 | 2;
  time: number;
}

interface Look {
  rows: Row[];
  more: number;
  error?: string;
  remedy?: string;
}

interface Ticked {
  states: Record<string, string>;
  count: number;
  picked: string;
}

function items(within: ParentNode): HTMLElement[] {
  return [...within.querySelectorAll<HTMLElement>("[role=treeitem]")];
}

class Tree {
  private words = "";
  private typed = "";
  private typing = 0;

  constructor(
    private readonly box: HTMLElement,
    private readonly root: HTMLElement,
    private readonly changed: (ticked: Ticked) => void,
  ) {
    box.addEventListener("click", (event) => void this.click(event));
    box.addEventListener("keydown", (event) => this.key(event));
  }

  async search(words: string): Promise<void> {
    this.words = words;
    this.box.querySelector("[role=tree]")?.setAttribute("aria-busy", "true");
    const html = await this.fetch({ whole: "1" });
    if (words !== this.words) return; // somebody typed on
    this.box.innerHTML = html;
    if (words) await this.openFound();
  }

  /** Opens what a search has found, as long as it stays on a screen. */
  private async openFound(): Promise<void> {
    for (;;) {
      const closed = items(this.box).find((one) => one.getAttribute("aria-expanded") === "false");
      if (!closed || items(this.box).length > OPEN_FOUND) return;
      await this.open(closed);
    }
  }

  private async fetch(asked: Record<string, string>): Promise<string> {
    const address = new URL(this.root.dataset["tree"] ?? "", location.href);
    for (const [name, value] of Object.entries({ words: this.words, ...asked })) address.searchParams.set(name, value);
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    return answer.ok && !answer.redirected ? answer.text() : "";
  }

  private async open(item: HTMLElement): Promise<void> {
    const group = item.querySelector<HTMLElement>(":scope > [role=group]");
    if (!group) return;
    if (!group.childElementCount) group.innerHTML = await this.fetch({ at: item.dataset["path"] ?? "" });
    item.setAttribute("aria-expanded", "true");
  }

  private async further(item: HTMLElement): Promise<void> {
    const { further = "", page = "1" } = item.dataset;
    const before = item.previousElementSibling;
    item.outerHTML = await this.fetch({ at: further, page });
    const next = before?.nextElementSibling;
    if (next instanceof HTMLElement) this.focus(next);
  }

  private async tick(item: HTMLElement): Promise<void> {
    const path = item.dataset["path"];
    if (!path) return;
    const on = item.getAttribute("aria-checked") !== "true";
    const form = new URLSearchParams({ path, on: on ? "yes" : "no", words: this.words });
    const token = (JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") as Record<string, string>)["X-CSRFToken"];
    const answer = await fetch(this.root.dataset["tick"] ?? "", {
      method: "POST",
      body: form,
      headers: { "X-CSRFToken": token ?? "" },
    });
    if (!answer.ok) return;
    const ticked = (await answer.json()) as Ticked;
    for (const below of items(item)) below.hasAttribute("aria-checked") && below.setAttribute("aria-checked", String(on));
    for (const one of items(this.box)) {
      const state = ticked.states[one.dataset["path"] ?? ""];
      if (state) one.setAttribute("aria-checked", state);
    }
    this.changed(ticked);
  }

  private async click(event: MouseEvent): Promise<void> {
    const target = event.target instanceof Element ? event.target : undefined;
    const item = target?.closest<HTMLElement>("[role=treeitem]");
    if (!item) return;
    this.focus(item);
    if (item.dataset["further"]) await this.further(item);
    else if (target?.classList.contains("tick")) await this.tick(item);
    else if (item.hasAttribute("aria-expanded")) await this.toggle(item);
    else await this.tick(item);
  }

  private async toggle(item: HTMLElement): Promise<void> {
    if (item.getAttribute("aria-expanded") === "true") item.setAttribute("aria-expanded", "false");
    else await this.open(item);
  }

  private key(event: KeyboardEvent): void {
    const item = document.activeElement;
    if (!(item instanceof HTMLElement) || item.getAttribute("role") !== "treeitem") return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const acts: Record<string, () => void> = {
      ArrowDown: () => this.step(item, 1),
      ArrowUp: () => this.step(item, -1),
      Home: () => this.focus(this.shown()[0]),
      End: () => this.focus(this.shown().at(-1)),
      ArrowRight: () => void this.right(item),
      ArrowLeft: () => this.left(item),
      " ": () => void (item.dataset["further"] ? this.further(item) : this.tick(item)),
      Enter: () => void (item.dataset["further"] ? this.further(item) : this.tick(item)),
    };
    const act = acts[event.key];
    if (act) act();
    else if (event.key.length === 1) this.find(item, event.key);
    else return;
    event.preventDefault();
  }

  private shown(): HTMLElement[] {
    return items(this.box).filter((one) => !one.parentElement?.closest('[aria-expanded="false"]'));
  }

  private step(item: HTMLElement, by: number): void {
    const all = this.shown();
    this.focus(all[all.indexOf(item) + by]);
  }

  private async right(item: HTMLElement): Promise<void> {
    if (item.getAttribute("aria-expanded") === "false") await this.open(item);
    else if (item.hasAttribute("aria-expanded")) this.focus(items(item)[0]);
  }

  private left(item: HTMLElement): void {
    if (item.getAttribute("aria-expanded") === "true") item.setAttribute("aria-expanded", "false");
    else this.focus(item.parentElement?.closest<HTMLElement>("[role=treeitem]"));
  }

  /** The next item that begins with what was typed. */
  private find(item: HTMLElement, letter: string): void {
    window.clearTimeout(this.typing);
    this.typing = window.setTimeout(() => (this.typed = ""), 700);
    this.typed += letter.toLocaleLowerCase();
    const all = this.shown();
    const from = all.indexOf(item) + (this.typed.length === 1 ? 1 : 0);
    const fits = (one: HTMLElement): boolean =>
      one.querySelector(".name")?.textContent?.toLocaleLowerCase().startsWith(this.typed) ?? false;
    this.focus([...all.slice(from), ...all.slice(0, from)].find(fits));
  }

  private focus(item: HTMLElement | null | undefined): void {
    if (!item) return;
    for (const one of this.box.querySelectorAll("[role=treeitem][tabindex='0']")) one.setAttribute("tabindex", "-1");
    item.tabIndex = 0;
    item.focus();
  }
}

class Live {
  private readonly past = new Map<string, (number | null)[]>();
  private paused = false;

  constructor(
    private readonly address: string,
    private readonly page: ParentNode,
    private count: number,
  ) {
    const button = page.querySelector<HTMLButtonElement>("[data-pause]");
    button?.addEventListener("click", () => {
      this.paused = !this.paused;
      button.setAttribute("aria-pressed", String(this.paused));
    });
    void this.on();
  }

  set ticked(count: number) {
    this.count = count;
    if (!count) this.show({ rows: [], more: 0 });
  }

  private async on(): Promise<void> {
    for (;;) {
      const began = performance.now();
      if (this.count && !this.paused && document.visibilityState === "visible") await this.look();
      await new Promise((done) => window.setTimeout(done, Math.max(200, EVERY - (performance.now() - began))));
    }
  }

  private async look(): Promise<void> {
    const answer = await fetch(this.address, { headers: { Accept: "application/json" } }).catch(() => undefined);
    if (answer?.ok && !answer.redirected) this.show((await answer.json()) as Look);
  }

  private show(look: Look): void {
    const box = this.page.querySelector<HTMLElement>("[data-error]");
    if (box) {
      box.hidden = !look.error;
      const [what, way] = [box.querySelector("strong"), box.querySelector(".way")];
      if (what) what.textContent = look.error ?? "";
      if (way) way.textContent = look.remedy ?? "";
    }
    const table = this.page.querySelector<HTMLTableElement>("table.live");
    const body = table?.tBodies[0];
    if (!table || !body) return;
    table.hidden = !look.rows.length;
    const wait = this.page.querySelector<HTMLElement>("[data-said=wait]");
    if (wait) wait.hidden = Boolean(this.count);
    const known = new Map([...body.rows].map((row) => [row.dataset["signal"], row]));
    body.replaceChildren(...look.rows.map((row) => this.row(known.get(row.signal) ?? fresh(row), row)));
    const more = this.page.querySelector<HTMLElement>("[data-more]");
    if (more) {
      more.hidden = !look.more;
      more.textContent = (more.dataset["words"] ?? "").replace("{n}", String(look.more));
    }
  }

  private row(line: HTMLTableRowElement, row: Row): HTMLTableRowElement {
    const past = this.past.get(row.signal) ?? [];
    past.push(row.quality === 2 ? null : row.value);
    if (past.length > MINUTE) past.shift();
    this.past.set(row.signal, past);
    line.dataset["quality"] = String(row.quality);
    line.querySelector("path")?.setAttribute("d", spark(past));
    const value = line.cells[2];
    if (value) value.textContent = `${row.text ?? figure(row.value)} ${row.unit}`;
    return line;
  }
}

function fresh(row: Row): HTMLTableRowElement {
  const line = document.createElement("tr");
  line.dataset["signal"] = row.signal;
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = row.signal.split("/").slice(1).join("/");
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("class", "spark");
  picture.setAttribute("viewBox", "0 0 120 28");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("class", "trace");
  picture.append(path);
  const middle = document.createElement("td");
  middle.append(picture);
  const value = document.createElement("td");
  value.className = "number";
  line.append(name, middle, value);
  return line;
}

/** A path through the values of the last minute, the newest at the right. */
export function spark(values: (number | null)[]): string {
  const known = values.filter((value): value is number => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const span = high - low || 1;
  let pen = "M";
  return values
    .map((value, place) => {
      if (value === null) {
        pen = "M";
        return "";
      }
      const x = 120 - (values.length - 1 - place) * (120 / (MINUTE - 1));
      const y = high === low ? 14 : 26 - ((value - low) / span) * 24;
      const step = `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = "L";
      return step;
    })
    .join("");
}

function start(root: HTMLElement): void {
  const box = root.querySelector<HTMLElement>("#tree-box");
  const picked = root.querySelector<HTMLElement>("#picked");
  const saving = root.querySelector<HTMLButtonElement>("[data-save]");
  if (!box) return;
  const live = new Live(root.dataset["look"] ?? "", root, saving?.disabled ? 0 : 1);
  const tree = new Tree(box, root, (ticked) => {
    if (picked) picked.innerHTML = ticked.picked;
    if (saving) saving.disabled = !ticked.count;
    live.ticked = ticked.count;
  });
  const field = root.querySelector<HTMLInputElement>("#words");
  let waiting = 0;
  field?.addEventListener("input", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => void tree.search(field.value), 250);
  });
  field?.form?.addEventListener("submit", (event) => {
    event.preventDefault();
    void tree.search(field.value);
  });
}

const root = document.querySelector<HTMLElement>("[data-choose]");
if (root) start(root);
