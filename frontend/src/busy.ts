// A button whose work takes a while says so from the moment it is pressed: `<button data-busy="Trying …">`.

export function arm(page: Document): void {
  page.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.defaultPrevented || !(button instanceof HTMLButtonElement) || !button.dataset["busy"]) return;
    const words = [...button.childNodes];
    // only after the form has taken the button's own value
    window.setTimeout(() => {
      button.textContent = button.dataset["busy"] ?? "";
      button.disabled = true;
    });
    window.addEventListener("pageshow", (shown) => shown.persisted && restore(button, words), { once: true });
  });
}

// Back from the next page: the browser shows this one as it was left.
function restore(button: HTMLButtonElement, words: Node[]): void {
  button.replaceChildren(...words);
  button.disabled = false;
}
