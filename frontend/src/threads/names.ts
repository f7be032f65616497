// @ and the beginning of a name: the people it may be, chosen by arrow keys or a touch (ARIA 1.2, combobox of a list).
interface Someone {
  name: string;
  username: string;
}

const CALL = /(^|[\s(])@([^\s@]{0,40})$/u;
const PATIENCE = 150; // ms

export function armNames(field: HTMLTextAreaElement): void {
  const list = field.parentElement?.querySelector<HTMLUListElement>("[role=listbox]");
  if (!list) return;
  let asking = 0;
  let chosen = 0;
  field.setAttribute("aria-controls", list.id);
  const close = (): void => {
    list.hidden = true;
    field.removeAttribute("aria-activedescendant");
  };
  const options = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("[role=option]")];
  const mark = (at: number): void => {
    const all = options();
    chosen = (at + all.length) % Math.max(1, all.length);
    all.forEach((one, place) => one.setAttribute("aria-selected", String(place === chosen)));
    const now = all[chosen];
    if (now) field.setAttribute("aria-activedescendant", now.id);
  };
  const take = (name: string): void => {
    const before = field.value.slice(0, field.selectionStart).replace(CALL, `$1@${name} `);
    const after = field.value.slice(field.selectionStart);
    field.value = before + after;
    field.setSelectionRange(before.length, before.length);
    close();
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const show = (people: Someone[]): void => {
    list.replaceChildren(
      ...people.map((one, place) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${place}`;
        option.setAttribute("role", "option");
        option.textContent = one.name === one.username ? one.name : `${one.name} · ${one.username}`;
        option.dataset["name"] = one.name;
        option.addEventListener("pointerdown", (event) => (event.preventDefault(), take(one.name)));
        return option;
      }),
    );
    list.hidden = !people.length;
    if (people.length) mark(0);
    else close();
  };
  const look = async (words: string): Promise<void> => {
    const address = new URL(field.dataset["people"] ?? "", window.location.href);
    address.searchParams.set("words", words);
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => undefined);
    if (!answer?.ok || answer.redirected) return close();
    show(((await answer.json()) as { people: Someone[] }).people);
  };
  field.addEventListener("input", () => {
    window.clearTimeout(asking);
    const call = CALL.exec(field.value.slice(0, field.selectionStart));
    if (!call) return close();
    asking = window.setTimeout(() => void look(call[2] ?? ""), PATIENCE);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) mark(chosen + step);
    else if (event.key === "Enter" || event.key === "Tab") take(options()[chosen]?.dataset["name"] ?? "");
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  field.addEventListener("blur", () => window.setTimeout(close, 100));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) field.form?.requestSubmit();
  });
}
