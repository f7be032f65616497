// What every page does beyond its HTML: parts that refresh, menus that close, questions before a loss, files dropped.
// Pages work without it; every drag has a button beside it.
import htmx from "htmx.org";
import { arm as armAsking } from "./asking";
import { arm as armBusyButtons } from "./busy";
import { arm as armConfirmations } from "./confirm";
import { arm as armDrops } from "./drop";
import { arm as armTables } from "./folding";
import { arm as armNumbers } from "./numbered";
import { arm as armTicks } from "./ticks";

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}

window.htmx = htmx;

function closeMenus(but: EventTarget | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (!(but instanceof Node) || !menu.contains(but)) menu.open = false;
  }
}

document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector<HTMLDetailsElement>("details.menu[open]");
  closeMenus(null);
  open?.querySelector("summary")?.focus();
});

// A form that narrows a list: it is sent as soon as a choice changes.
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field instanceof HTMLElement && field.closest("form[data-send-on-change]")) {
    field.closest("form")?.requestSubmit();
  }
});

armAsking(document);
armConfirmations(document);
armDrops(document);
armBusyButtons(document); // last of those that hear a form: one held back is not busy
armNumbers(document);
armTables(document);
armTicks(document);
