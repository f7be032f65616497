// Sentences of the page: the template holds them in both languages, a script only fills them.

const held = new Map<string, string>();

export function learn(root: HTMLElement): void {
  const box = root.querySelector<HTMLTemplateElement>("template[data-words]");
  for (const one of box?.content.querySelectorAll<HTMLElement>("[data-word]") ?? []) {
    held.set(one.dataset["word"] ?? "", (one.textContent ?? "").trim());
  }
}

export function word(name: string, ...parts: (string | number)[]): string {
  const sentence = held.get(name) ?? name;
  return sentence.replace(/\{(\d)\}/g, (_, place: string) => String(parts[Number(place)] ?? ""));
}

const plain = new Intl.NumberFormat(document.documentElement.lang || "en", { maximumSignificantDigits: 6 });

export function figure(value: number): string {
  return Number.isFinite(value) ? plain.format(value) : "–";
}

export function count(value: number): string {
  return value.toLocaleString(document.documentElement.lang || "en");
}
