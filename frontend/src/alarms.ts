// The alarms: fetched again as soon as a state changes, answered by keys, said once to those who listen.
import { Stream, type Beat, type Sample } from "./stream";

const rings = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("#rings .ring")];

function start(root: HTMLElement): void {
  const beat = document.querySelector<HTMLElement>("[data-beat]");
  let asked = 0;
  // A flood has hundreds of states a second: the page asks for the list once for them all.
  const ask = (): void => {
    if (asked) return;
    asked = window.setTimeout(() => {
      asked = 0;
      document.body.dispatchEvent(new Event("dure:alarms"));
    }, 400);
  };
  const stream = new Stream(root.dataset["live"] ?? "", () => [], {
    samples: (batch: Sample[]) => {
      if (batch.some((sample) => sample.signal.startsWith("alarms/"))) ask();
    },
    beat: (state: Beat) => {
      if (beat && beat.dataset["state"] !== state) beat.dataset["state"] = state;
    },
  });
  let chosen = "";
  const choose = (ring: HTMLElement | undefined, focus = true): void => {
    for (const one of rings()) one.classList.toggle("chosen", one === ring);
    chosen = ring?.dataset["alarm"] ?? "";
    if (focus) ring?.querySelector<HTMLElement>("h2 a")?.focus();
  };
  const place = (): number => rings().findIndex((one) => one.dataset["alarm"] === chosen);

  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (at instanceof HTMLElement && at.closest("input, select, textarea, dialog")) return;
    const all = rings();
    if (event.key === "j" || event.key === "ㅓ") choose(all[Math.min(place() + 1, all.length - 1)]);
    else if (event.key === "k" || event.key === "ㅏ") choose(all[Math.max(place() - 1, 0)]);
    else if ((event.key === "a" || event.key === "ㅁ") && !event.shiftKey) {
      const ring = all[place()] ?? (at instanceof HTMLElement ? at.closest<HTMLElement>(".ring") : undefined);
      ring?.querySelector<HTMLButtonElement>("[data-answer]")?.click();
    } else if (event.shiftKey && event.code === "KeyA") {
      document.querySelector<HTMLButtonElement>("[data-answer-page]")?.click();
    }
  });
  document.addEventListener("focusin", (event) => {
    const ring = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>(".ring") : null;
    if (ring) choose(ring, false);
  });

  // A new list keeps the chosen alarm, or the one that took its place.
  const known = new Set(rings().map((one) => one.dataset["alarm"]));
  let before = -1;
  document.addEventListener("htmx:beforeSwap", () => (before = place()));
  document.addEventListener("htmx:afterSettle", () => {
    const all = rings();
    if (before >= 0 && all.length) {
      const lost = !document.activeElement || document.activeElement === document.body;
      choose(all[place()] ?? all[Math.min(before, all.length - 1)], lost);
    }
    const fresh = all.filter((one) => one.classList.contains("waits") && !known.has(one.dataset["alarm"]));
    for (const one of all) known.add(one.dataset["alarm"]);
    const said = document.getElementById("alarm-said");
    if (said && fresh.length) said.textContent = fresh.slice(0, 3).map((one) => one.dataset["said"]).join(". ");
  });
  void stream.open();
}

const root = document.querySelector<HTMLElement>("[data-alarms]");
if (root) start(root);
