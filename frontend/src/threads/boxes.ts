// A box drawn on a picture by mouse, pen or finger; the field below says the same in figures, for the keyboard.
export function armBoxes(page: Document): void {
  for (const figure of page.querySelectorAll<HTMLElement>("[data-box-field]")) arm(page, figure);
}

function arm(page: Document, figure: HTMLElement): void {
  const field = page.getElementById(figure.dataset["boxField"] ?? "");
  const [image, box] = [figure.querySelector("img"), figure.querySelector("rect")];
  if (!(field instanceof HTMLInputElement) || !image || !box) return;
  const put = (values: number[]): void => {
    ["x", "y", "width", "height"].forEach((name, place) => box.setAttribute(name, String(Math.round((values[place] ?? 0) * 1000))));
  };
  const share = (event: PointerEvent): [number, number] => {
    const frame = image.getBoundingClientRect();
    return [bound((event.clientX - frame.left) / frame.width), bound((event.clientY - frame.top) / frame.height)];
  };
  figure.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    figure.setPointerCapture(event.pointerId);
    const [left, top] = share(event);
    const move = (to: PointerEvent): void => {
      const [x, y] = share(to);
      const values = [Math.min(left, x), Math.min(top, y), Math.abs(x - left), Math.abs(y - top)];
      put(values);
      field.value = values.map((one) => one.toFixed(3)).join(",");
    };
    figure.addEventListener("pointermove", move);
    figure.addEventListener("pointerup", () => figure.removeEventListener("pointermove", move), { once: true });
    figure.addEventListener("pointercancel", () => figure.removeEventListener("pointermove", move), { once: true });
  });
  field.addEventListener("input", () => put(field.value.split(",").map(Number)));
}

function bound(value: number): number {
  return Math.min(1, Math.max(0, value));
}
