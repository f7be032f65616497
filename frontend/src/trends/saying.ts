// The time that is shown, said below the picture and in the fields and buttons above it.
import { fieldClock, fullClock, lasting } from "./clocks";
import { back, type Window } from "./window";

export function sayWindow(root: HTMLElement, shown: Window, compared: string): void {
  const { from, to, follows } = shown;
  const write = (what: string, words: string): void => {
    const place = root.querySelector(what);
    if (place) place.textContent = words;
  };
  write("[data-shown-from]", fullClock(from, to - from));
  write("[data-span]", [lasting(to - from), compared].filter(Boolean).join(" · "));
  write("[data-shown-to]", fullClock(to, to - from));
  root.querySelector("[data-do=follow]")?.setAttribute("aria-pressed", String(follows));
  for (const preset of root.querySelectorAll<HTMLElement>("[data-preset]")) {
    if (follows && preset.dataset["preset"] === back(to - from)) preset.setAttribute("aria-current", "true");
    else preset.removeAttribute("aria-current");
  }
  const go = root.querySelector<HTMLFormElement>("[data-go]");
  for (const [name, at] of [["from", from], ["to", to]] as const) {
    const field = go?.elements.namedItem(name);
    if (field instanceof HTMLInputElement && document.activeElement !== field) field.value = fieldClock(at);
  }
}
