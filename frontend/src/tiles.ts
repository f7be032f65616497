// Equipment tiles: the last value of each signal, and whether it can be trusted.
// A reading is stale when nothing came for `data-patience` seconds; that is judged here, by the browser's clock,
// so that a dead connection shows on every tile and not only in the corner.
import { figure } from "./figures";
import type { Sample } from "./stream";

const QUALITY = ["good", "uncertain", "bad"] as const;

interface Reading {
  box: HTMLElement;
  value: HTMLElement;
  heard: number; // ms, browser's clock
  patience: number; // ms
  quality: (typeof QUALITY)[number];
}

export class Tiles {
  private readonly readings = new Map<string, Reading[]>();

  constructor(page: ParentNode) {
    this.find(page);
    window.setInterval(() => this.judge(), 1000);
  }

  find(page: ParentNode): void {
    const known = new Map([...this.readings.values()].flat().map((reading) => [reading.box, reading]));
    this.readings.clear();
    for (const box of page.querySelectorAll<HTMLElement>(".reading[data-signal]")) {
      const value = box.querySelector<HTMLElement>(".value");
      const signal = box.dataset["signal"];
      if (!value || !signal) continue;
      const age = Number(box.dataset["age"] ?? Number.POSITIVE_INFINITY) * 1000;
      const patience = Number(box.dataset["patience"] ?? 10) * 1000;
      const quality = QUALITY[Number(box.dataset["quality"] ?? 0)] ?? "good";
      const reading = known.get(box) ?? { box, value, heard: performance.now() - age, patience, quality };
      this.readings.set(signal, [...(this.readings.get(signal) ?? []), reading]);
    }
    this.judge();
  }

  has(signal: string): boolean {
    return this.readings.has(signal);
  }

  take(batch: Sample[]): void {
    for (const sample of batch) {
      for (const reading of this.readings.get(sample.signal) ?? []) show(reading, sample);
    }
  }

  private judge(): void {
    const now = performance.now();
    for (const readings of this.readings.values()) {
      for (const reading of readings) {
        const state = now - reading.heard > reading.patience ? "stale" : reading.quality;
        if (reading.box.dataset["state"] !== state) reading.box.dataset["state"] = state;
      }
    }
  }
}

// A bad sample does not overwrite the last good value: the tile keeps it and says that it is no longer good.
function show(reading: Reading, sample: Sample): void {
  reading.heard = performance.now();
  reading.quality = QUALITY[sample.quality] ?? "bad";
  reading.box.dataset["state"] = reading.quality;
  if (sample.quality === 2) return;
  const text = sample.text ?? figure(sample.value);
  if (reading.value.textContent !== text) reading.value.textContent = text;
}
