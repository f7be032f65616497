// A look at a large table takes its time: how far it is stands there with a stop, and the page goes on meanwhile.
import type { Api } from "./api";
import { button, make } from "./dom";
import { word } from "./words";

interface Busy {
  look: string; // by which it is stopped
  busy: number; // the share that is done
}

const AGAIN = 300; // ms
const turns = new WeakMap<HTMLElement, object>();

// What the server finds, asked for until it is there; nothing if it was stopped, or another question took its place.
export async function patiently<T extends object>(api: Api, out: HTMLElement, ask: () => Promise<T>): Promise<T | undefined> {
  const turn = {};
  turns.set(out, turn);
  let bar: HTMLProgressElement | undefined;
  for (;;) {
    const told = await ask();
    if (turns.get(out) !== turn) return undefined;
    if (!isBusy(told)) {
      if (bar) out.replaceChildren();
      return told;
    }
    if (!bar) out.replaceChildren((bar = make("progress", { max: 1, "aria-label": word("being_reckoned") })), stopper(api, out, told.look));
    bar.value = told.busy;
    await new Promise((go) => window.setTimeout(go, AGAIN));
    if (turns.get(out) !== turn || !out.isConnected) return undefined;
  }
}

function isBusy(told: object): told is Busy {
  return "look" in told && "busy" in told;
}

function stopper(api: Api, out: HTMLElement, look: string): HTMLElement {
  const stop = button(word("stop"), () => {
    turns.delete(out);
    void api.post("columns/stop", { look }).catch(() => undefined);
    out.replaceChildren(make("p", { class: "note", role: "status", tabindex: -1 }, word("train_stopped")));
    (out.firstElementChild as HTMLElement).focus();
  });
  return make("span", { class: "row" }, make("span", {}, word("being_reckoned")), stop);
}
