// Wheel, fingers and keys on the panes.
import { LEFT, RIGHT } from "./looks";

export interface Moves {
  zoom(factor: number, share: number): void; // share: where on the plot, 0 … 1
  pan(share: number): void;
  step(count: number): void; // the cursor
  ends(last: boolean): void;
  note(): void;
  stretch(): void;
  follow(): void;
}

export function gestures(panes: HTMLElement, moves: Moves): void {
  const share = (x: number): number => {
    const box = panes.getBoundingClientRect();
    return Math.min(1, Math.max(0, (x - box.left - LEFT) / Math.max(1, box.width - LEFT - RIGHT)));
  };
  panes.addEventListener(
    "wheel",
    (event) => {
      if (!(event.target instanceof HTMLElement) || !event.target.closest(".uplot")) return;
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        moves.pan(((event.deltaX || event.deltaY) / 100) * 0.1);
      } else if (event.ctrlKey || document.activeElement === panes) {
        event.preventDefault(); // the page still scrolls over a picture that nobody has taken hold of
        moves.zoom(1.0018 ** Math.min(400, Math.max(-400, event.deltaY)), share(event.clientX));
      }
    },
    { passive: false },
  );
  panes.addEventListener("pointerdown", (event) => {
    if (event.target instanceof HTMLElement && event.target.closest(".uplot")) panes.focus({ preventScroll: true });
  });
  panes.addEventListener("keydown", (event) => keys(event, panes, moves));
  fingers(panes, moves, share);
}

const LETTERS: { [key: string]: "note" | "stretch" | "follow" } = { KeyN: "note", KeyS: "stretch", KeyF: "follow" };

function keys(event: KeyboardEvent, panes: HTMLElement, moves: Moves): void {
  if (event.target !== panes || event.ctrlKey || event.metaKey || event.altKey) return;
  const letter = LETTERS[event.code]; // the place of the key: the same with a Korean keyboard
  const acts: { [key: string]: () => void } = {
    ArrowLeft: () => moves.step(event.shiftKey ? -10 : -1),
    ArrowRight: () => moves.step(event.shiftKey ? 10 : 1),
    Home: () => moves.ends(false),
    End: () => moves.ends(true),
    PageUp: () => moves.pan(-0.5),
    PageDown: () => moves.pan(0.5),
    "+": () => moves.zoom(0.5, Number.NaN),
    "=": () => moves.zoom(0.5, Number.NaN),
    "-": () => moves.zoom(2, Number.NaN),
  };
  const act = letter ? (): void => moves[letter]() : acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

/** One finger moves the time, two stretch it; up and down stays the page's. */
function fingers(panes: HTMLElement, moves: Moves, share: (x: number) => number): void {
  let before: { x: number; apart: number } | undefined;
  const where = (touches: TouchList): { x: number; apart: number } => {
    const [one, two] = [touches[0], touches[1]];
    const x = one && two ? (one.clientX + two.clientX) / 2 : (one?.clientX ?? 0);
    return { x, apart: one && two ? Math.max(20, Math.abs(one.clientX - two.clientX)) : 0 };
  };
  panes.addEventListener("touchstart", (event) => (before = where(event.touches)), { passive: true });
  panes.addEventListener(
    "touchmove",
    (event) => {
      const now = where(event.touches);
      if (before && now.apart && before.apart) {
        event.preventDefault();
        moves.zoom(before.apart / now.apart, share(now.x));
      } else if (before && !now.apart && Math.abs(now.x - before.x) > 2) {
        moves.pan((before.x - now.x) / Math.max(1, panes.clientWidth - LEFT - RIGHT));
      }
      before = now;
    },
    { passive: false },
  );
  panes.addEventListener("touchend", (event) => (before = event.touches.length ? where(event.touches) : undefined), { passive: true });
}
