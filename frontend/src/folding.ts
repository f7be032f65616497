// A table on a narrow screen: each row folds into a card, and each cell says the heading of its column.

export function arm(page: Document): void {
  label(page);
  page.addEventListener("htmx:afterSwap", () => label(page));
}

function label(page: Document): void {
  for (const table of page.querySelectorAll<HTMLTableElement>("table.folds")) {
    const heads = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.textContent?.trim() ?? "");
    for (const row of [...table.tBodies].flatMap((body) => [...body.rows])) {
      if (row.cells.length !== heads.length) continue; // a row that says that there is none
      [...row.cells].forEach((cell, place) => cell.setAttribute("data-head", heads[place] ?? ""));
    }
  }
}
