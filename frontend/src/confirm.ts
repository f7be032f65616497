// A question before a loss: a form with `data-confirm="id"` opens that dialog first; its own button sends the form.

export function arm(page: Document): void {
  page.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.dataset["confirm"]) return;
    const dialog = page.getElementById(form.dataset["confirm"]);
    if (!(dialog instanceof HTMLDialogElement)) return;
    event.preventDefault();
    ask(dialog, () => form.submit());
  });
}

function ask(dialog: HTMLDialogElement, yes: () => void): void {
  dialog.returnValue = "";
  dialog.addEventListener("close", () => dialog.returnValue === "yes" && yes(), { once: true });
  dialog.showModal();
}
