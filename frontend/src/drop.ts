// A field for a file: dropping one on it is choosing it; its name and size are said, and a form without one is not sent.

export function arm(page: Document): void {
  for (const zone of page.querySelectorAll<HTMLFormElement>("form[data-drop]")) armZone(zone);
}

function armZone(zone: HTMLFormElement): void {
  const field = zone.querySelector<HTMLInputElement>("input[type=file]");
  const said = zone.querySelector<HTMLOutputElement>("output");
  if (!field || !said) return;
  const nothing = said.value;
  const tell = () => {
    const file = field.files?.[0];
    said.value = file ? `${file.name} · ${size(file.size)}` : nothing;
    zone.classList.toggle("chosen", Boolean(file));
    zone.classList.remove("missing");
  };
  field.addEventListener("change", tell);
  zone.addEventListener("submit", (event) => {
    if (field.files?.length) return;
    event.preventDefault();
    said.value = zone.dataset["missing"] ?? "";
    zone.classList.add("missing");
    field.focus();
  });
  window.addEventListener("pageshow", tell);
  armDragging(zone, field);
}

function armDragging(zone: HTMLFormElement, field: HTMLInputElement): void {
  const over = (on: boolean) => (event: DragEvent) => {
    event.preventDefault();
    zone.classList.toggle("over", on);
  };
  zone.addEventListener("dragenter", over(true));
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    if (!event.dataTransfer?.files.length) return;
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

/** A size in the largest unit that fits, as the server writes it. */
function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const place = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** place).toFixed(place === 3 ? 1 : 0)} ${units[place]}`;
}
