// Equipment that speaks for the first time: its tile and its signals join the page, and nothing else on it moves.
import type { Sample } from "./stream";

const PAUSE = 1500; // ms; the signals of one machine come close together
const AGAIN = 60_000; // ms; a signal that has no tile (a model in shadow) is asked for no more often
const NEVER_SHOWN = /^(deploy\/.+\/(?!score$|prediction$)[^/]+|alarms\/.+)$/;

export class Newcomers {
  private readonly asked = new Map<string, number>(); // when a signal was asked for [ms]
  private due = 0;

  constructor(
    private readonly page: Document,
    private readonly address: string,
    private readonly known: (signal: string) => boolean,
    private readonly joined: () => void,
  ) {}

  take(batch: Sample[]): void {
    const now = performance.now();
    for (const { signal } of batch) {
      if (this.known(signal) || NEVER_SHOWN.test(signal)) continue;
      if (now - (this.asked.get(signal) ?? -AGAIN) < AGAIN) continue;
      this.asked.set(signal, now);
      this.due ||= window.setTimeout(() => void this.fetch(), PAUSE);
    }
  }

  private async fetch(): Promise<void> {
    this.due = 0;
    const answer = await fetch(this.address, { headers: { Accept: "text/html" } }).catch(() => undefined);
    if (!answer?.ok || answer.redirected) return; // asked again when the signal speaks a minute later
    const fetched = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["tiles", "choices"]) {
      const [here, there] = [this.page, fetched].map((one) => one.querySelector(`[data-part=${part}]`));
      if (here && there) join(here, there);
    }
    const count = this.page.querySelector("[data-part=count]");
    if (count) count.textContent = String(this.page.querySelectorAll("[data-part=tiles] > *").length);
    this.joined();
  }
}

// What is not there yet goes behind the one it follows; a tile with more signals than before is replaced.
function join(here: Element, there: Element): void {
  const old = new Map([...here.children].map((one) => [key(one), one]));
  let before: Element | undefined;
  for (const one of [...there.children]) {
    const same = old.get(key(one));
    if (same && signals(same) === signals(one)) {
      before = same;
      continue;
    }
    if (same) same.replaceWith(one);
    else if (before) before.after(one);
    else here.prepend(one);
    before = one;
  }
}

function key(one: Element): string {
  return one.getAttribute("data-asset") ?? one.querySelector("input")?.value ?? "";
}

function signals(one: Element): string {
  return [...one.querySelectorAll<HTMLElement>("[data-signal]")].map((reading) => reading.dataset["signal"]).join("\n");
}
