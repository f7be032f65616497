// The line: tiles, trend and alarms, alive without a reload.
import { Newcomers } from "./newcomers";
import { Stream, type Beat, type Sample } from "./stream";
import { Tiles } from "./tiles";
import { Trend, type Series } from "./trend";

const ALARM = /^deploy\/\d+\/.+\/alarm$/;

function series(form: HTMLFormElement): Series[] {
  return [...form.querySelectorAll<HTMLInputElement>("input[name=signal]:checked")].map((field) => ({
    signal: field.value,
    label: field.dataset["label"] ?? field.value,
    unit: field.dataset["unit"] ?? "",
    lane: field.dataset["lane"] ?? "",
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

  const equipment = root.dataset["equipment"];
  const has = (signal: string): boolean => tiles.has(signal);
  const newcomers = equipment ? new Newcomers(document, equipment, has, () => tiles.find(document)) : undefined;

  const stream = new Stream(root.dataset["live"] ?? "", () => [], {
    samples: (batch) => {
      if (document.querySelector("[data-empty]")) window.location.reload(); // the first equipment has spoken
      newcomers?.take(batch);
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
  announce(new Set());
  document.addEventListener("htmx:afterSettle", markTiles);
  if (form) redraw();
  void stream.open();
}

// A tile shows what the cards above say of its equipment.
function markTiles(): void {
  const states = new Map<string, string>();
  for (const card of document.querySelectorAll<HTMLElement>("#alarms [data-asset]")) {
    states.set(card.dataset["asset"] ?? "", card.dataset["state"] ?? "");
  }
  for (const tile of document.querySelectorAll<HTMLElement>(".tile[data-asset]")) {
    const state = states.get(tile.dataset["asset"] ?? "");
    tile.classList.toggle("open", state === "open");
    tile.classList.toggle("seen", state === "seen");
  }
}

// A new alarm is said once to those who listen; and nobody's half-written note is swept away by a refresh.
function announce(known: Set<string>): void {
  const said = document.getElementById("alarm-said");
  const cards = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("#alarms [data-said]")];
  for (const card of cards()) known.add(card.id);
  document.addEventListener("htmx:afterSettle", () => {
    const fresh = cards().filter((card) => !known.has(card.id));
    for (const card of fresh) known.add(card.id);
    if (said && fresh.length) said.textContent = fresh.map((card) => card.dataset["said"]).join(". ");
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const typing = document.activeElement?.closest("#alarms");
    const source = event.target;
    if (typing && source instanceof HTMLElement && source.id === "alarms") event.preventDefault();
  });
}

const root = document.querySelector<HTMLElement>("[data-live]");
if (root) start(root);
