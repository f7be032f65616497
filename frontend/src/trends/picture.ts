// What is seen as a picture: drawn once as SVG from the same columns; a PNG is that SVG on a canvas.
import { tick } from "../figures";
import { axisClock, fullClock } from "./clocks";
import { save } from "./files";
import { colour, dashes, LEFT, resolved } from "./looks";
import type { Drawn, Pane } from "./pane";
import { part } from "./strips";
import type { Window } from "./window";

const WIDE = 1400;
const HIGH = 300; // of a pane
const HEAD = 44;

export function savePicture(kind: "png" | "svg", panes: Pane[], window: Window, near: HTMLElement): void {
  const svg = drawn(panes, window, near);
  const blob = new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" });
  if (kind === "svg") return hand(blob, "trend.svg");
  const image = new Image();
  image.addEventListener("load", () => {
    const canvas = document.createElement("canvas");
    canvas.width = 2 * WIDE;
    canvas.height = 2 * Number(svg.getAttribute("height"));
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((png) => png && hand(png, "trend.png"), "image/png");
  });
  const reader = new FileReader();
  reader.addEventListener("load", () => (image.src = String(reader.result)));
  reader.readAsDataURL(blob);
}

function hand(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  save(address, name);
  window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function drawn(panes: Pane[], shown: Window, near: HTMLElement): SVGElement {
  const ink = resolved(near, "var(--ink)");
  const high = HEAD + panes.length * HIGH + 36;
  const svg = part("svg", { width: WIDE, height: high, viewBox: `0 0 ${WIDE} ${high}`, "font-family": "sans-serif", "font-size": 14, fill: ink });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.append(part("rect", { width: WIDE, height: high, fill: resolved(near, "var(--surface)") }));
  const head = part("text", { x: 12, y: 26, "font-weight": 700 });
  head.textContent = `${fullClock(shown.from)} – ${fullClock(shown.to)}`;
  svg.append(head);
  panes.forEach((pane, place) => svg.append(onePane(pane, shown, HEAD + place * HIGH, near)));
  const axis = panes[0];
  if (axis) for (const [at, words] of marksOfTime(shown)) svg.append(label(words, x(at, shown), high - 14, "middle"));
  return svg;
}

function onePane(pane: Pane, shown: Window, top: number, near: HTMLElement): SVGElement {
  const group = part("g", {});
  const scale = pane.plot.scales["y"];
  const [low, high] = [scale?.min ?? 0, scale?.max ?? 1];
  const y = (value: number): number => top + 30 + (1 - (value - low) / (high - low)) * (HIGH - 48);
  const rule = resolved(near, "var(--rule)");
  for (let step = 0; step <= 4; step += 1) {
    const value = low + ((high - low) * step) / 4;
    group.append(part("path", { d: `M${LEFT + 16} ${y(value)}H${WIDE - 16}`, stroke: rule }), label(tick(Number(value.toPrecision(4))), LEFT + 8, y(value) + 5, "end"));
  }
  let left = LEFT + 16;
  for (const one of pane.drawn) {
    const stroke = resolved(near, `var(${colour(one.look)})`);
    const words = `${one.signal.id} ${one.signal.unit}`;
    const key = label(words, left + 34, top + 20, "start");
    group.append(part("path", { d: `M${left} ${top + 15}h28`, stroke, "stroke-width": 2.5, "stroke-dasharray": dashes(one.look).join(" ") }), key);
    left += 60 + words.length * 8;
    group.append(...lines(one, pane.times, shown, y, stroke));
  }
  return group;
}

function lines(one: Drawn, times: number[], shown: Window, y: (value: number) => number, stroke: string): SVGElement[] {
  const made = [part("path", { d: path(one.now.mean, times, shown, y), fill: "none", stroke, "stroke-width": 1.8, "stroke-dasharray": dashes(one.look).join(" ") })];
  if (one.then) made.push(part("path", { d: path(one.then.mean, times, shown, y), fill: "none", stroke, "stroke-opacity": 0.5, "stroke-dasharray": "3 5" }));
  return made;
}

function path(column: (number | null | undefined)[], times: number[], shown: Window, y: (value: number) => number): string {
  let pen = "M";
  let made = "";
  column.forEach((value, row) => {
    const time = times[row] ?? 0;
    if (value === null) pen = "M";
    if (typeof value !== "number" || time < shown.from || time > shown.to) return;
    made += `${pen}${x(time, shown).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = "L";
  });
  return made;
}

function x(time: number, shown: Window): number {
  return LEFT + 16 + ((time - shown.from) / (shown.to - shown.from)) * (WIDE - LEFT - 32);
}

function marksOfTime(shown: Window): [number, string][] {
  const span = shown.to - shown.from;
  return [0.1, 0.3, 0.5, 0.7, 0.9].map((share, place) => [shown.from + share * span, axisClock(shown.from + share * span, span, place === 0)]);
}

function label(words: string, left: number, top: number, anchor: string): SVGElement {
  const made = part("text", { x: left, y: top, "text-anchor": anchor });
  made.textContent = words;
  return made;
}
