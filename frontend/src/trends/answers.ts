// What the server says of a window beside its series: marks, figures, events by their words.
import type { FrameMark, Marks } from "./marks";
import { iso, type Window } from "./window";

export class Answers {
  private readonly figuresPart: HTMLElement;
  private readonly tablePart: HTMLElement;
  private readonly table: HTMLDetailsElement;

  constructor(
    private readonly root: HTMLElement,
    private readonly signals: string[],
  ) {
    this.figuresPart = root.querySelector("[data-figures-part]") as HTMLElement;
    this.tablePart = root.querySelector("[data-table-part]") as HTMLElement;
    this.table = root.querySelector("[data-table]") as HTMLDetailsElement;
  }

  async marks(window: Window): Promise<Marks | undefined> {
    const answer = await this.ask("marks", window);
    return answer && ((await answer.json()) as Marks);
  }

  async frames(window: Window, words: string): Promise<FrameMark[]> {
    const answer = await this.ask("frames", window, ["words", words]);
    return answer ? ((await answer.json()) as { frames: FrameMark[] }).frames : [];
  }

  async figures(window: Window, then: number | undefined): Promise<void> {
    const table = this.table.open;
    const more: [string, string][] = then === undefined ? [] : [["with", iso(then)]];
    const answer = await this.ask("figures", window, ...more, ...(table ? [["table", "1"] as [string, string]] : []));
    if (!answer) return;
    const rows = [...document.createRange().createContextualFragment(await answer.text()).children];
    const under = table ? rows.filter((one) => one.querySelector("caption")) : [];
    this.figuresPart.replaceChildren(...rows.filter((one) => !under.includes(one)));
    this.tablePart.replaceChildren(...under);
    document.dispatchEvent(new Event("htmx:afterSwap")); // tables that fold learn their headings
  }

  private async ask(what: "marks" | "frames" | "figures", window: Window, ...more: [string, string][]): Promise<Response | undefined> {
    const asked = new URLSearchParams([...this.signals.map((one): [string, string] => ["signals", one]), ...more]);
    asked.set("from", iso(window.from));
    asked.set("to", iso(window.to));
    const answer = await fetch(`${this.root.dataset[what]}?${asked}`).catch(() => undefined);
    return answer?.ok ? answer : undefined;
  }
}
