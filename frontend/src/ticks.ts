// Times that grow while one looks: `<span data-since="seconds since 1970" data-words="{n} s|{n} min|{n} h">`.

export function lasting(seconds: number, words: string): string {
  const [s = "", min = "", h = ""] = words.split("|");
  if (seconds < 120) return s.replace("{n}", String(Math.max(0, Math.round(seconds))));
  if (seconds < 7200) return min.replace("{n}", String(Math.round(seconds / 60)));
  return h.replace("{n}", String(Math.round(seconds / 3600)));
}

function refresh(page: Document): void {
  for (const mark of page.querySelectorAll<HTMLElement>("[data-since]")) {
    const since = Number(mark.dataset["since"]);
    mark.textContent = lasting(Date.now() / 1000 - since, mark.dataset["words"] ?? "{n}|{n}|{n}");
  }
}

export function arm(page: Document): void {
  refresh(page);
  window.setInterval(() => refresh(page), 5000);
  page.addEventListener("htmx:afterSwap", () => refresh(page));
}
