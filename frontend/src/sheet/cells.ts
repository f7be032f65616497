// Cells that have been fetched: blocks of rows, by column; what is old is shown until the new has come.
import type { Api } from "./api";
import type { Block, Value } from "./types";

export const BLOCK = 200; // rows
const MOST_BLOCKS = 300;
const AT_ONCE = 4;
const REST = 2000; // ms

interface Kept {
  ids: number[];
  columns: Map<string, Value[]>;
}

export class Cells {
  private fresh = new Map<number, Kept>();
  private old = new Map<number, Kept>();
  private version = -1;
  private flying = new Map<string, AbortController>();
  private resting = false;
  private wanted: [number, number, string[]] = [0, 0, []];

  constructor(
    private readonly api: Api,
    private readonly arrived: () => void,
    private readonly moved: () => void,
    private readonly refused: (why: unknown) => void,
  ) {}

  turn(version: number, keepOld: boolean): void {
    if (version === this.version) return;
    if (keepOld && this.fresh.size) this.old = this.fresh;
    if (!keepOld) this.old = new Map();
    this.fresh = new Map();
    this.version = version;
    for (const one of this.flying.values()) one.abort();
    this.flying.clear();
  }

  // Everything is asked for anew: what others typed, what was refused.
  again(): void {
    if (this.fresh.size) this.old = this.fresh;
    this.fresh = new Map();
    for (const one of this.flying.values()) one.abort();
    this.flying.clear();
  }

  value(row: number, name: string): Value | undefined {
    const [block, place] = [Math.floor(row / BLOCK), row % BLOCK];
    const found = this.fresh.get(block)?.columns.get(name);
    return found ? found[place] : this.old.get(block)?.columns.get(name)?.[place];
  }

  id(row: number): number | undefined {
    return this.fresh.get(Math.floor(row / BLOCK))?.ids[row % BLOCK];
  }

  put(row: number, name: string, value: Value): void {
    const kept = this.fresh.get(Math.floor(row / BLOCK))?.columns.get(name);
    if (kept) kept[row % BLOCK] = value;
  }

  has(from: number, to: number, names: string[]): boolean {
    for (let block = Math.floor(from / BLOCK); block * BLOCK < to; block++) if (this.missing(block, names).length) return false;
    return true;
  }

  // What is looked at now: older questions that nobody looks at any more are given up.
  look(from: number, to: number, names: string[]): void {
    this.wanted = [from, to, names];
    for (const [key, flight] of this.flying) {
      const block = Number(key.split(":")[0]);
      if (block < Math.floor(from / BLOCK) - 1 || block > Math.floor(to / BLOCK) + 1) {
        flight.abort();
        this.flying.delete(key);
      }
    }
    this.ask();
  }

  async need(from: number, to: number, names: string[]): Promise<void> {
    for (let block = Math.floor(from / BLOCK); block * BLOCK < to; block++) {
      const missing = this.missing(block, names);
      if (missing.length) await this.fetch(block, missing, new AbortController());
    }
  }

  private missing(block: number, names: string[]): string[] {
    const kept = this.fresh.get(block);
    return kept ? names.filter((name) => !kept.columns.has(name)) : names;
  }

  // After a refusal the next question waits: a node that does not answer is not asked a hundred times a second.
  private rest(): void {
    if (this.resting) return;
    this.resting = true;
    window.setTimeout(() => {
      this.resting = false;
      this.ask();
    }, REST);
  }

  private ask(): void {
    if (this.resting) return;
    const [from, to, names] = this.wanted;
    for (let block = Math.floor(from / BLOCK); block * BLOCK < to && this.flying.size < AT_ONCE; block++) {
      const missing = this.missing(block, names).filter((name) => !this.isFlying(block, name));
      if (missing.length) this.launch(block, missing);
    }
  }

  private isFlying(block: number, name: string): boolean {
    for (const key of this.flying.keys()) {
      if (key.startsWith(`${block}:`) && key.split("\u0000").includes(name)) return true;
    }
    return false;
  }

  private launch(block: number, names: string[]): void {
    const key = `${block}:\u0000${names.join("\u0000")}`;
    const flight = new AbortController();
    this.flying.set(key, flight);
    this.fetch(block, names, flight)
      .catch((why: unknown) => {
        if (why instanceof DOMException) return;
        this.refused(why);
        this.rest();
      })
      .finally(() => {
        if (this.flying.get(key) !== flight) return;
        this.flying.delete(key);
        if (!flight.signal.aborted) this.ask();
      });
  }

  private async fetch(block: number, names: string[], flight: AbortController): Promise<void> {
    const version = this.version;
    const asked = { version, from: block * BLOCK, to: (block + 1) * BLOCK, columns: names };
    const told = await this.api.get<Block>("cells", asked, flight.signal);
    if (version !== this.version) return;
    if (told.version !== version) return this.moved();
    const kept = this.fresh.get(block) ?? { ids: told.rows, columns: new Map<string, Value[]>() };
    names.forEach((name, place) => kept.columns.set(name, told.cells[place] ?? []));
    this.fresh.delete(block);
    this.fresh.set(block, kept); // the newest last
    if (this.fresh.size > MOST_BLOCKS) this.fresh.delete(this.fresh.keys().next().value ?? 0);
    this.arrived();
  }
}
