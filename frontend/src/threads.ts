// The pages of questions: kept stretches drawn, people called by @, drafts kept, boxes drawn on pictures.
import { drawAll } from "./threads/frozen";
import { armDrafts } from "./threads/drafts";
import { armNames } from "./threads/names";
import { armBoxes } from "./threads/boxes";

drawAll(document.body);
armDrafts(document);
for (const field of document.querySelectorAll<HTMLTextAreaElement>("textarea[data-people]")) armNames(field);
armBoxes(document);
document.body.addEventListener("htmx:load", (event) => drawAll(event.target as HTMLElement));
