// Over the lines of a pane: named gaps hatched, notes and alarms as lines, bad samples along the floor.
import type uPlot from "uplot";
import type { Marks } from "./marks";
import { resolved } from "./looks";
import type { Window } from "./window";

export interface Colours {
  gap: string;
  note: string;
  alarm: string;
  warn: string;
}

export function colours(near: HTMLElement): Colours {
  const asked = (value: string): string => resolved(near, value);
  return { gap: asked("var(--null)"), note: asked("var(--c3)"), alarm: asked("var(--alarm)"), warn: asked("var(--warn-fill)") };
}

export function over(plot: uPlot, marks: Marks, shown: Window, own: Set<string>, colours: Colours): void {
  const { ctx, bbox } = plot;
  const at = (ms: number): number => Math.min(Math.max(plot.valToPos(ms / 1000, "x", true), bbox.left), bbox.left + bbox.width);
  const visible = (from: number, to: number): boolean => to >= shown.from * 1000 && from <= shown.to * 1000;
  ctx.save();
  for (const gap of marks.gaps) if (visible(gap.start, gap.end)) hatch(ctx, at(gap.start), at(gap.end), bbox, colours.gap);
  for (const one of marks.notes) {
    const end = one.end ?? one.start;
    if (!visible(one.start, end)) continue;
    ctx.globalAlpha = 0.12;
    ctx.fillStyle = colours.note;
    ctx.fillRect(at(one.start), bbox.top, at(end) - at(one.start), bbox.height);
    ctx.globalAlpha = 1;
    line(ctx, at(one.start), bbox, colours.note, [6, 4]);
    if (end !== one.start) line(ctx, at(end), bbox, colours.note, [6, 4]);
  }
  for (const one of marks.alarms) if (visible(one.at, one.at)) line(ctx, at(one.at), bbox, colours.alarm, [2, 4]);
  for (const one of marks.bad) {
    if (!own.has(one.signal) || !visible(one.start, one.end)) continue;
    ctx.fillStyle = one.quality === 2 ? colours.alarm : colours.warn;
    const high = 6 * devicePixelRatio;
    ctx.fillRect(at(one.start), bbox.top + bbox.height - high, Math.max(3 * devicePixelRatio, at(one.end) - at(one.start)), high);
  }
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, x: number, bbox: uPlot.BBox, colour: string, dash: number[]): void {
  ctx.beginPath();
  ctx.setLineDash(dash.map((one) => one * devicePixelRatio));
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
}

function hatch(ctx: CanvasRenderingContext2D, from: number, to: number, bbox: uPlot.BBox, colour: string): void {
  const width = Math.max(2 * devicePixelRatio, to - from);
  ctx.save();
  ctx.beginPath();
  ctx.rect(from, bbox.top, width, bbox.height);
  ctx.clip();
  ctx.beginPath();
  ctx.setLineDash([]);
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  for (let x = from - bbox.height; x < from + width; x += 9 * devicePixelRatio) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}
