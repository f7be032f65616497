// A text with the numbers of its lines beside it, and the line of its fault marked: `.numbered` of `procedure/edit.html`.

export function arm(page: Document): void {
  for (const box of page.querySelectorAll<HTMLElement>(".numbered")) number(page, box);
}

function number(page: Document, box: HTMLElement): void {
  const text = box.querySelector("textarea");
  const beside = box.querySelector<HTMLElement>("[data-numbers]");
  if (!text || !beside) return;
  const draw = (): void => {
    const wrong = Number(page.querySelector<HTMLElement>("[data-fault-line]")?.dataset["faultLine"] ?? 0);
    const lines = text.value.split("\n").map((_line, at) => (at + 1 === wrong ? mark(page, at + 1) : `${at + 1}\n`));
    beside.replaceChildren(...lines);
    beside.scrollTop = text.scrollTop;
  };
  text.addEventListener("input", draw);
  text.addEventListener("scroll", () => (beside.scrollTop = text.scrollTop));
  page.body.addEventListener("htmx:afterSwap", draw);
  draw();
}

function mark(page: Document, line: number): HTMLElement {
  const marked = page.createElement("b");
  marked.textContent = String(line);
  return marked;
}
