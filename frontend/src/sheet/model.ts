// The state of the sheet as the server has it, and the one way of changing it.
import type { Api } from "./api";
import { Refusal } from "./api";
import type { Column, State } from "./types";

export type Act = { kind: string; [setting: string]: unknown };

export class Model {
  state: State | undefined;
  busy = 0;
  active = ""; // name of the active cell's column
  private listeners: ((state: State, own: boolean) => void)[] = [];
  private line: Promise<unknown> = Promise.resolve();

  constructor(
    readonly api: Api,
    private readonly refused: (why: Refusal) => void,
    private readonly working: (busy: boolean) => void,
  ) {}

  hear(listener: (state: State, own: boolean) => void): void {
    this.listeners.push(listener);
  }

  get columns(): Column[] {
    const hidden = new Set(this.state?.hidden);
    return this.state?.columns.filter((one) => !hidden.has(one.name)) ?? [];
  }

  get all(): Column[] {
    return this.state?.columns ?? [];
  }

  take(state: State, own: boolean): void {
    const before = this.state?.version;
    this.state = state;
    if (before !== state.version || !own) for (const listener of this.listeners) listener(state, own);
  }

  async load(): Promise<void> {
    this.take(await this.api.get<State>("state"), false);
  }

  // One after another: a second change knows the version that the first one made.
  act(what: Act): Promise<Refusal | undefined> {
    return this.post("act", what);
  }

  undo(): Promise<Refusal | undefined> {
    return this.post("undo", {});
  }

  redo(): Promise<Refusal | undefined> {
    return this.post("redo", {});
  }

  change(n: number, how: { [name: string]: unknown }): Promise<Refusal | undefined> {
    return this.post(`actions/${n}`, how);
  }

  tryChange(n: number, how: { [name: string]: unknown }): Promise<Refusal | undefined> {
    return this.post(`actions/${n}`, how, true);
  }

  // Quiet: the caller shows the refusal where it belongs.
  tryAct(what: Act): Promise<Refusal | undefined> {
    return this.post("act", what, true);
  }

  private post(path: string, body: { [name: string]: unknown }, quiet = false): Promise<Refusal | undefined> {
    const turn = this.line.then(async () => {
      this.busy += 1;
      this.working(true);
      try {
        this.take(await this.api.post<State>(path, { version: this.state?.version, ...body }), true);
        return undefined;
      } catch (why) {
        const refusal = why instanceof Refusal ? why : new Refusal("", String(why), "", null, 0);
        if (refusal.key === "sheet-moved-on") await this.load().catch(() => undefined);
        if (!quiet) this.refused(refusal);
        return refusal;
      } finally {
        this.busy -= 1;
        this.working(this.busy > 0);
      }
    });
    this.line = turn;
    return turn;
  }
}
