// What is being written is kept in this browser until it was sent: a lost session or a cut line loses nothing.
const LONGEST_LIFE = 7 * 86_400_000; // ms

export function armDrafts(page: Document): void {
  for (const field of page.querySelectorAll<HTMLTextAreaElement>("textarea[data-draft]")) arm(page, field);
}

function arm(page: Document, field: HTMLTextAreaElement): void {
  const key = `dure:draft:${field.dataset["draft"] ?? ""}`;
  const kept = read(key);
  const sent = [...page.querySelectorAll<HTMLElement>("[data-mine] [data-words]")].some((one) => one.textContent?.trim() === kept.trim());
  if (sent) window.localStorage.removeItem(key);
  else if (kept && !field.value) field.value = kept;
  field.addEventListener("input", () => {
    if (field.value) window.localStorage.setItem(key, JSON.stringify({ text: field.value, at: Date.now() }));
    else window.localStorage.removeItem(key);
  });
  // A first question leaves its page when it is taken; that page, not this one, knows that it was sent.
  field.form?.addEventListener("submit", () => window.sessionStorage.setItem("dure:sent", key));
  const before = window.sessionStorage.getItem("dure:sent");
  if (before && before !== key && !page.querySelector("[role=alert]")) {
    const text = read(before);
    const there = [...page.querySelectorAll<HTMLElement>("[data-mine] [data-words]")].some((one) => one.textContent?.trim() === text.trim());
    if (there) window.localStorage.removeItem(before);
  }
}

function read(key: string): string {
  try {
    const kept = JSON.parse(window.localStorage.getItem(key) ?? "null") as { text: string; at: number } | null;
    return kept && Date.now() - kept.at < LONGEST_LIFE ? kept.text : "";
  } catch {
    return "";
  }
}
