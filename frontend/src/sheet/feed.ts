// The feed for Excel and Power BI: its address and a token, shown once, each with a button that copies it.
import { open } from "./dialogs";
import { button, make } from "./dom";
import type { Model } from "./model";
import { word } from "./words";

interface Told {
  token: string;
  address: string;
  until: string;
}

export function openFeed(model: Model, address: string): void {
  open(word("feed"), (body) => {
    const out = make("div", { class: "stack tight", "aria-live": "polite" });
    const ask = button(word("make_token"), () => {
      ask.disabled = true;
      model.api.post<Told>("token", {}).then(
        (told) => out.replaceChildren(copied(word("token"), told.token), make("p", { class: "note" }, word("token_once", told.until.slice(0, 10)))),
        (why: unknown) => {
          ask.disabled = false;
          out.replaceChildren(make("p", { class: "error", role: "alert" }, (why as { sentence?: string }).sentence ?? String(why)));
        },
      );
    }, "button first small"); // prettier-ignore
    const steps = ["feed_1", "feed_2", "feed_3"].map((one) => make("li", {}, word(one)));
    body.append(make("p", {}, word("feed_is")), copied(word("address"), new URL(address, location.href).href), make("div", { class: "row" }, ask), out, make("ol", { class: "note sg-how" }, ...steps));
  });
}

function copied(label: string, text: string): HTMLElement {
  const field = make("input", { type: "text", readonly: true, "aria-label": label });
  field.value = text;
  field.addEventListener("focus", () => field.select());
  const copy = button(word("copy"), () => {
    field.select();
    void navigator.clipboard.writeText(text).then(
      () => (copy.textContent = word("is_copied")),
      () => document.execCommand("copy"),
    );
  });
  return make("div", { class: "field" }, make("span", {}, label), make("div", { class: "row sg-copied" }, field, copy));
}
