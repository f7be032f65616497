// Elements written in one line; nothing here takes markup from a text.

type Part = Node | string | null | undefined | false;

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: { [name: string]: string | boolean | number | undefined } = {},
  ...parts: Part[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const part of parts) if (part) made.append(part);
  return made;
}

export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export function button(words: string, does: () => void, look = "button small", drawing?: string): HTMLButtonElement {
  const made = make("button", { type: "button", class: look }, drawing ? icon(drawing) : null, words);
  made.addEventListener("click", does);
  return made;
}

export function find<T extends HTMLElement>(root: ParentNode, what: string): T {
  const found = root.querySelector<T>(what);
  if (!found) throw new Error(`the page lacks ${what}`);
  return found;
}
