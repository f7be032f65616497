// Files of what is shown: made by the server with the share that is done, then fetched by the browser.
import { fill, type Words } from "./marks";
import { iso, type Window } from "./window";

interface Told {
  done?: number;
  file?: string;
  bytes?: number;
  error?: { message: string };
}

const ROWS = 1000;

export class Files {
  private readonly form: HTMLFormElement;
  private readonly said: HTMLElement;
  private readonly progress: HTMLElement;

  constructor(
    root: HTMLElement,
    private readonly words: Words,
    private readonly making: string,
    private readonly shown: () => { window: Window; signals: string[] },
  ) {
    this.form = root.querySelector("[data-files]") as HTMLFormElement;
    this.said = root.querySelector("[data-file-said]") as HTMLElement;
    this.progress = root.querySelector("[data-progress]") as HTMLElement;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.make();
    });
  }

  private async make(): Promise<void> {
    const given = new FormData(this.form);
    const address = this.making.replace(/xlsx$/, String(given.get("kind")));
    const button = this.form.querySelector("button");
    if (button) button.disabled = true;
    try {
      const answer = await fetch(`${address}?${this.asked(String(given.get("step")))}`);
      await this.follow(answer);
    } catch {
      this.say(this.words["broken"] ?? "");
    }
    if (button) button.disabled = false;
    this.progress.hidden = true;
  }

  private asked(step: string): URLSearchParams {
    const { window, signals } = this.shown();
    const asked = new URLSearchParams(signals.map((one) => ["signals", one]));
    asked.set("from", iso(window.from));
    asked.set("to", iso(window.to));
    asked.set("step", step === "auto" ? String(round((window.to - window.from) / ROWS)) : step);
    return asked;
  }

  private async follow(answer: Response): Promise<void> {
    if (!answer.ok || !answer.body) {
      const told = (await answer.json()) as Told;
      return this.say(told.error?.message ?? String(answer.status));
    }
    this.progress.hidden = false;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      const lines = (rest + (value ?? "")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.hear(JSON.parse(line) as Told);
      if (done) return;
    }
  }

  private hear(told: Told): void {
    if (told.error) this.say(told.error.message);
    if (told.done !== undefined) {
      const bar = this.progress.querySelector("progress");
      if (bar) bar.value = told.done;
      this.say(fill(this.words["making"], String(Math.round(told.done * 100))));
    }
    if (!told.file) return;
    this.say(fill(this.words["made"], size(told.bytes ?? 0)));
    save(told.file, "");
  }

  private say(words: string): void {
    this.said.textContent = words;
  }
}

/** A step that people name: 1, 2, 5, 10 … s. */
function round(step: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(step, 0.001)));
  return Number(((([1, 2, 5, 10].find((one) => one * power >= step) ?? 10) * power)).toPrecision(3));
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export function save(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}
