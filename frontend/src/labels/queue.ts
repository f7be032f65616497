// Items one after the other. The next ones are here before they are wanted, so that a key is answered at once.
import { Room, ask, fill, letter } from "./shared";

interface Item {
  key: string;
  title: string;
  at: number;
  mine: string;
  said: { [person: string]: string };
  disputed: boolean;
  why: string;
  url?: string;
  facts?: [string, string][];
}

interface Page {
  items: Item[];
  done: number;
  mine: number;
  total: number;
}

const REFILL = 5; // items left when more are asked for

class Queue extends Room {
  private items: Item[] = [];
  private at = 0;
  private page: Page;
  private busy = false;
  private asked = "";

  constructor(root: HTMLElement) {
    super(root);
    this.page = JSON.parse(root.dataset["first"] ?? "{}") as Page;
    this.items = this.page.items;
    for (const button of this.kinds) button.addEventListener("click", () => void this.give(button.dataset["kind"] ?? ""));
    for (const button of root.querySelectorAll<HTMLElement>("[data-do]")) {
      button.addEventListener("click", () => this.act(button.dataset["do"] ?? ""));
    }
    document.addEventListener("keydown", (event) => this.press(event));
    this.find<HTMLInputElement>("[data-note]").addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") this.stage();
    });
    this.show();
  }

  private get now(): Item | undefined {
    return this.items[this.at];
  }

  private stage(): void {
    this.find("[data-stage]").focus({ preventScroll: true });
  }

  private press(event: KeyboardEvent): void {
    const key = letter(event);
    const kind = this.kindOf(key);
    const acts: { [key: string]: string } = { ArrowRight: "skip", ArrowLeft: "back", z: "undo", s: "skip" };
    if (!key || event.repeat) return;
    if (kind) void this.give(kind);
    else if (acts[key]) this.act(acts[key]);
    else if (!this.common(key)) return;
    event.preventDefault();
  }

  private act(what: string): void {
    if (what === "skip") this.move(1);
    else if (what === "back") this.move(-1);
    else if (what === "undo") void this.undo();
    else if (what === "wall") void (document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen?.());
  }

  private move(by: number): void {
    if (this.busy) return;
    this.at = Math.max(0, Math.min(this.items.length, this.at + by));
    this.show();
    if (this.items.length - this.at < REFILL) void this.more();
  }

  private async more(): Promise<void> {
    const last = this.items.at(-1);
    if (!last || this.asked === last.key) return;
    this.asked = last.key;
    const found = await ask<Page>(`${this.root.dataset["items"]}?${new URLSearchParams({ only: this.root.dataset["only"] ?? "open", after: last.key })}`);
    const known = new Set(this.items.map((one) => one.key));
    const fresh = (found?.items ?? []).filter((one) => !known.has(one.key));
    const waited = this.now === undefined;
    this.items.push(...fresh);
    if (waited && fresh.length) this.show();
  }

  private async give(kind: string): Promise<void> {
    const item = this.now;
    if (!item || this.busy) return;
    this.busy = true;
    const deciding = this.root.querySelector<HTMLInputElement>("[data-deciding]");
    const decides = Boolean(deciding?.checked) && item.disputed;
    const told = await this.send(decides ? "decide" : "mark", [["item", item.key], ["kind", kind], ...this.rest()]);
    this.busy = false;
    if (!told) return;
    const anew = !item.mine && !Object.keys(item.said).length;
    if (!item.mine && !decides) {
      this.page.mine += 1;
      if (anew && this.root.dataset["only"] !== "mine" && !item.disputed) this.page.done += 1;
    }
    item.mine = kind;
    this.say(fill(this.words["labelled"], item.title, kind));
    this.clear();
    this.move(1);
  }

  private async undo(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    const told = await this.send("undo", []);
    this.busy = false;
    if (!told) return;
    const at = this.items.findIndex((one) => one.key === told["item"]);
    const item = this.items[at];
    this.page.mine = Math.max(0, this.page.mine - 1);
    this.page.done = Math.max(0, this.page.done - 1);
    if (item) {
      item.mine = "";
      this.at = at;
    }
    this.show();
    this.say(fill(this.words["undone"], item?.title ?? String(told["kind"])));
  }

  // Drawing -------------------------------------------------------------------------------------------------------
  private show(): void {
    const item = this.now;
    const { done, mine, total } = this.page;
    this.find("[data-progress]").textContent = fill(this.words["progress"], String(done), String(total), String(mine));
    const bar = this.find<HTMLProgressElement>("[data-bar]");
    bar.max = Math.max(1, total);
    bar.value = done;
    this.find("[data-nothing]").hidden = item !== undefined;
    this.find("[data-stage]").hidden = item === undefined;
    for (const button of this.kinds) {
      button.disabled = item === undefined;
      button.setAttribute("aria-pressed", String(item?.mine === button.dataset["kind"]));
    }
    if (item) this.draw(item);
    else this.say(this.words["nothing"] ?? "");
  }

  private draw(item: Item): void {
    this.find("[data-title]").textContent = item.title;
    this.find("[data-disputed]").hidden = !item.disputed;
    this.find("[data-why]").textContent = item.why;
    this.find("[data-others]").textContent = Object.entries(item.said).map(([who, kind]) => fill(this.words["said"], who, kind)).join(" · ");
    const box = this.root.querySelector<HTMLElement>("[data-decide-box]");
    if (box) box.hidden = !item.disputed;
    this.find("[data-item]").replaceChildren(this.made(item));
    this.root.dataset["shown"] = item.key;
    for (const next of this.items.slice(this.at + 1, this.at + 4)) {
      if (next.url && this.root.dataset["about"] === "pictures") new Image().src = next.url; // fetched ahead
    }
  }

  private made(item: Item): HTMLElement {
    if (item.facts) return facts(item.facts);
    if (this.root.dataset["about"] === "sounds") {
      const sound = document.createElement("audio");
      sound.controls = true;
      sound.src = item.url ?? "";
      sound.setAttribute("aria-label", item.title);
      return sound;
    }
    const picture = document.createElement("img");
    picture.src = item.url ?? "";
    picture.alt = fill(this.words["item"], item.title);
    picture.decoding = "async";
    return picture;
  }
}

function facts(rows: [string, string][]): HTMLElement {
  const list = document.createElement("dl");
  list.className = "labelling-facts";
  for (const [name, value] of rows) {
    const pair = document.createElement("div");
    const [term, told] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    told.textContent = value;
    pair.append(term, told);
    list.append(pair);
  }
  return list;
}

export function queue(root: HTMLElement): void {
  new Queue(root);
}
