// Small questions: the page's one dialog, filled anew each time. Esc closes it and the keyboard goes back to where it was.
import { button, make } from "./dom";
import { word } from "./words";

export function open(title: string, fill: (body: HTMLElement, close: () => void) => void, near?: DOMRect): HTMLDialogElement {
  const dialog = make("dialog", { class: "sg-dialog", "aria-labelledby": "sg-dialog-title" });
  const close = (): void => dialog.close();
  const shut = make("button", { type: "button", class: "text-button", "aria-label": word("close") }, "✕");
  shut.addEventListener("click", close);
  const body = make("div", { class: "stack tight" });
  dialog.append(make("header", {}, make("h2", { id: "sg-dialog-title" }, title), shut), body);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  fill(body, close);
  dialog.showModal();
  if (near && window.innerWidth > 640) placeNear(dialog, near);
  return dialog;
}

function placeNear(dialog: HTMLDialogElement, near: DOMRect): void {
  const { offsetWidth, offsetHeight } = dialog;
  dialog.classList.add("near");
  dialog.style.left = `${Math.max(8, Math.min(near.left, window.innerWidth - offsetWidth - 8))}px`;
  const top = Math.max(8, Math.min(near.bottom, window.innerHeight - Math.max(offsetHeight, 480) - 8));
  dialog.style.top = `${top}px`;
  dialog.style.maxHeight = `${window.innerHeight - top - 8}px`; // what opens inside it scrolls
}

// One line of text; `done` may refuse with a sentence, which then stands below the field.
export function ask(title: string, label: string, value: string, done: (text: string) => Promise<string>): void {
  open(title, (body, close) => {
    const field = make("input", { type: "text", id: "sg-ask", maxlength: 4000, autocomplete: "off" });
    field.value = value;
    const wrong = make("p", { class: "error", role: "alert" });
    const form = make("form", { class: "stack tight" }, make("div", { class: "field" }, make("label", { for: "sg-ask" }, label), field), wrong, make("div", { class: "row" }, make("button", { class: "button first small" }, word("ok")), button(word("cancel"), close)));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void done(field.value).then((refusal) => (refusal ? (wrong.textContent = refusal) : close()));
    });
    body.append(form);
    window.setTimeout(() => field.select());
  });
}
