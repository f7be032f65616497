// A second time laid over the first: the stretch before, a day or a week before, a time, or an event by its words.
import { fullClock } from "./clocks";
import { fill, type FrameMark, type Words } from "./marks";
import { moment, type Window } from "./window";
import { zone } from "../figures";

const BACK: { [name: string]: (window: Window) => number } = {
  before: (window) => window.from - (window.to - window.from),
  day: (window) => window.from - 86_400,
  week: (window) => window.from - 7 * 86_400,
};

export class Compare {
  /** Where the second time begins [s]; undefined without one. */
  start: number | undefined;
  private readonly choice: HTMLSelectElement;
  private readonly at: HTMLInputElement;
  private readonly found: HTMLElement;
  private typing = 0;

  constructor(
    root: HTMLElement,
    private readonly words: Words,
    private readonly frames: (words: string) => Promise<FrameMark[]>,
    private readonly shown: () => Window,
    private readonly changed: (window?: Window) => void,
  ) {
    this.choice = root.querySelector("[data-with]") as HTMLSelectElement;
    this.at = root.querySelector("#with-at") as HTMLInputElement;
    this.found = root.querySelector("[data-frames-found]") as HTMLElement;
    this.choice.addEventListener("change", () => this.choose());
    this.at.addEventListener("change", () => this.from(moment(this.at.value, zone)));
    const search = root.querySelector("#with-words") as HTMLInputElement;
    search.addEventListener("input", () => {
      window.clearTimeout(this.typing);
      this.typing = window.setTimeout(() => void this.search(search.value), 250);
    });
    root.querySelector("form[data-compare]")?.addEventListener("submit", (event) => event.preventDefault());
  }

  private choose(): void {
    const how = this.choice.value;
    const field = this.at.closest<HTMLElement>("[data-at]");
    if (field) field.hidden = how !== "at";
    if (how === "at") return this.at.focus();
    this.from(BACK[how]?.(this.shown()));
  }

  private from(start: number | undefined): void {
    this.start = start !== undefined && Number.isFinite(start) && start >= 0 ? start : undefined;
    this.changed();
  }

  private async search(words: string): Promise<void> {
    const frames = words.trim() ? await this.frames(words) : [];
    this.found.replaceChildren(...frames.slice(0, 20).map((frame) => this.item(frame)));
    if (words.trim() && !frames.length) this.found.textContent = this.words["no_frames"] ?? "";
  }

  private item(frame: FrameMark): HTMLElement {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "text-button";
    button.textContent = `${frame.word} ${frame.title}, ${fullClock(frame.start / 1000)}`;
    button.addEventListener("click", () => {
      this.choice.value = "at";
      this.from(frame.start / 1000);
    });
    item.append(button);
    return item;
  }

  /** Show in the form what an address says. */
  read(start: number | undefined): void {
    this.start = start;
    if (start === undefined) this.choice.value = "";
    else if (!this.choice.value) this.choice.value = "at";
  }

  get told(): string {
    return this.start === undefined ? "" : fill(this.words["then"], fullClock(this.start));
  }
}
