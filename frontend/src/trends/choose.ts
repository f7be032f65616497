// What is chosen is shown with the time that is shown now.
export function choose(root: HTMLElement): void {
  root.querySelector("form[data-choose]")?.addEventListener("submit", (event) => {
    if (!(event as SubmitEvent).submitter?.hasAttribute("data-show")) return;
    event.preventDefault();
    const asked = new URLSearchParams(window.location.search);
    asked.delete("signals");
    asked.delete("words");
    for (const one of root.querySelectorAll<HTMLInputElement>("#hits input[name=signals]:checked")) asked.append("signals", one.value);
    window.location.assign(`?${asked.toString().replaceAll("%2F", "/")}`);
  });
}
