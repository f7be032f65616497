// How a signal looks: its colour and its dash, the same in the pane, its key and a picture.
import { LOOKS } from "../lane";

export const LEFT = 64; // px, the room of the figures beside the plot
export const RIGHT = 10;

export function colour(look: number): string {
  return (LOOKS[look % LOOKS.length] ?? LOOKS[0]).colour;
}

export function dashes(look: number): number[] {
  return [...(LOOKS[(look + Math.floor(look / LOOKS.length)) % LOOKS.length] ?? LOOKS[0]).dash];
}

export function swatch(look: number): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.setAttribute("viewBox", "0 0 28 10");
  made.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M0 5H28");
  path.setAttribute("stroke-width", "2.5");
  path.setAttribute("stroke-dasharray", dashes(look).join(" "));
  path.setAttribute("class", `key ${colour(look).slice(2)}`);
  made.append(path);
  return made;
}

/** The colour that an element would have: `light-dark()` and `color-mix()` are resolved by asking. */
export function resolved(near: HTMLElement, value: string): string {
  const probe = document.createElement("i");
  probe.hidden = true;
  probe.style.color = value;
  near.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
