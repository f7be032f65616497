// The line: tiles, trend and alarms, alive without a reload.
import { Stream, type Beat, type Sample } from "./stream";
import { Tiles } from "./tiles";
import { Trend } from "./trend";

const ALARM = /^deploy\/\d+\/.+\/alarm$/;

function series(form: HTMLFormElement): { signal: string; label: string; unit: string }[] {
  return [...form.querySelectorAll<HTMLInputElement>("input[name=signal]:checked")].map((field) => ({
    signal: field.value,
    label: field.dataset["label"] ?? field.value,
    unit: field.dataset["unit"] ?? "",
  }));
}

function span(form: HTMLFormElement): number {
  return Number(new FormData(form).get("span") ?? 600);
}

function start(root: HTMLElement): void {
  const tiles = new Tiles(document);
  const box = document.querySelector<HTMLElement>("[data-trend]");
  const form = document.querySelector<HTMLFormElement>("form[data-trend-choice]");
  const trend = box && form ? new Trend(box) : undefined;
  const beat = document.querySelector<HTMLElement>("[data-beat]");
  const standing = new Map<string, number>();

  // The part with the alarms is fetched again when one begins or ends; its words come from the server.
  const alarms = (batch: Sample[]): void => {
    let changed = false;
    for (const sample of batch) {
      if (!ALARM.test(sample.signal) || sample.value === null) continue;
      changed ||= standing.get(sample.signal) !== sample.value && (standing.has(sample.signal) || sample.value > 0);
      standing.set(sample.signal, sample.value);
    }
    if (changed) document.body.dispatchEvent(new Event("dure:alarms"));
  };

  const stream = new Stream(root.dataset["live"] ?? "", () => [], {
    samples: (batch) => {
      tiles.take(batch);
      trend?.take(batch);
      alarms(batch);
    },
    beat: (state: Beat) => {
      if (beat && beat.dataset["state"] !== state) beat.dataset["state"] = state;
    },
  });

  const redraw = (): void => void trend?.show(series(form as HTMLFormElement), span(form as HTMLFormElement));
  form?.addEventListener("change", redraw);
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    redraw();
  });
  box?.querySelector("details")?.addEventListener("toggle", redraw);
  document.addEventListener("htmx:afterSettle", () => tiles.find(document));
  if (form) redraw();
  void stream.open();
}

const root = document.querySelector<HTMLElement>("[data-live]");
if (root) start(root);
