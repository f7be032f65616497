// A picture as large as the screen lets it be, or a sound to be heard: what Enter and a double click do on such a cell.
import type { Api } from "./api";
import { open } from "./dialogs";
import { make } from "./dom";
import type { Kind } from "./types";
import { word } from "./words";

export function isReference(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

export function openContent(api: Api, reference: string, kind: Kind, row: number): HTMLDialogElement {
  const from = api.address(`content/${reference.slice(7)}`);
  return open(word("picture_title", row + 1), (body) => {
    if (kind === "image") body.append(make("img", { class: "sg-content", src: from, alt: word("picture_of_row", row + 1) }));
    else body.append(make("audio", { class: "sg-content", src: from, controls: true, "aria-label": word("picture_title", row + 1) }));
  });
}
