// “Which column would you like to know?”: trains on what is shown, and says in words what came of it.
import type { Api } from "./api";
import { button, icon, make } from "./dom";
import type { Model } from "./model";
import { figure, word } from "./words";

const ASK_EVERY = 700; // ms

interface Told {
  id: string;
  state: string;
  share: number | null;
  says: string;
  error: { message?: string; remedy?: string } | null;
  poll: string;
  work_page: string;
  sentences?: string[]; // the first against the null
  mood?: string;
  figures?: { name: string; value: number; null: number | null }[];
  page?: string; // the model's own
  formula?: string; // that adds its prediction
}

interface Target {
  column: string;
  task: string;
  why: string;
  leaks: { column: string; message: string; remedy: string }[];
}

interface Choice {
  task: string;
  words: string;
}

export class Know {
  private readonly form: HTMLFormElement;
  private readonly out: HTMLElement;
  private readonly why: HTMLElement;
  private turn = 0;
  private asked = 0;

  constructor(
    root: HTMLElement,
    private readonly api: Api,
    private readonly model: Model,
    private readonly say: (words: string) => void,
  ) {
    this.form = root.querySelector("form") as HTMLFormElement;
    this.out = root.querySelector("[data-out]") as HTMLElement;
    this.why = root.querySelector("[data-why]") as HTMLElement;
    model.hear(() => this.fillChoices());
    this.target.addEventListener("change", () => void this.look());
    this.task.addEventListener("change", () => this.turnTask());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.train();
    });
  }

  private get target(): HTMLSelectElement {
    return this.form.elements.namedItem("target") as HTMLSelectElement;
  }

  private fillChoices(): void {
    const was = this.target.value;
    const fit = this.model.columns.filter((one) => one.kind === "number" || one.kind === "text" || one.kind === "bool");
    const group = this.form.elements.namedItem("group") as HTMLSelectElement;
    const kept = group.value;
    group.replaceChildren(make("option", { value: "" }, word("none")), ...this.model.columns.map((one) => make("option", {}, one.name)));
    group.value = [...group.options].some((one) => one.value === kept) ? kept : "";
    this.target.replaceChildren(make("option", { value: "" }, word("no_column")), ...fit.map((one) => make("option", {}, one.name)));
    if ([...this.target.options].some((one) => one.value === was)) this.target.value = was;
  }

  // What would be learnt, and which columns give the answer away.
  private async look(): Promise<void> {
    const turn = (this.asked += 1);
    this.why.replaceChildren();
    const told = await this.api.get<{ targets: Target[]; choices: Choice[] }>("targets", { column: this.target.value }).catch(() => undefined);
    if (turn === this.asked) this.offer(told?.choices ?? []);
    const one = told?.targets[0];
    if (!one || turn !== this.asked) return;
    const leaks = one.leaks.map((leak) => make("label", {}, make("input", { type: "checkbox", name: "ignore", value: leak.column, checked: true }), make("span", {}, `${leak.message} ${leak.remedy}`)));
    this.why.replaceChildren(make("p", { class: "note" }, one.why), ...(leaks.length ? [make("fieldset", { class: "leaks" }, make("legend", {}, word("left_out")), ...leaks)] : []));
  }

  // The tasks that fit; a forecast asks how far ahead, a life which column tells things apart.
  private offer(choices: Choice[]): void {
    const task = this.task;
    const was = task.value;
    task.replaceChildren(...choices.map((one) => make("option", { value: one.task }, one.words)));
    if (choices.some((one) => one.task === was)) task.value = was;
    this.turnTask();
  }

  private get task(): HTMLSelectElement {
    return this.form.elements.namedItem("task") as HTMLSelectElement;
  }

  private turnTask(): void {
    const asks: { [name: string]: string[] } = { horizon: ["forecast"], group: ["life", "forecast"] };
    for (const [name, tasks] of Object.entries(asks)) {
      const box = this.form.querySelector<HTMLElement>(`[data-for=${name}]`);
      if (box) box.hidden = !tasks.includes(this.task.value);
    }
  }

  private async train(): Promise<void> {
    const turn = (this.turn += 1);
    const given = new FormData(this.form);
    this.out.replaceChildren(make("p", { role: "status" }, word("train_begun")));
    try {
      let told = await this.api.post<Told>("train", {
        version: this.model.state?.version, target: given.get("target"), task: given.get("task"), budget: Number(given.get("budget")), ignore: given.getAll("ignore"),
        horizon: this.task.value === "forecast" ? given.get("horizon") : "", group: ["life", "forecast"].includes(this.task.value) ? given.get("group") : "",
      }); // prettier-ignore
      this.working(told);
      do {
        await new Promise((go) => window.setTimeout(go, ASK_EVERY));
        if (turn !== this.turn) return;
        told = await this.api.at<Told>(told.poll);
        this.progress(told);
      } while (!["done", "failed", "cancelled"].includes(told.state));
      if (turn === this.turn) this.over(told, String(given.get("target") || this.task.selectedOptions[0]?.textContent || ""));
    } catch (why) {
      if (turn === this.turn) this.wrong((why as { sentence?: string }).sentence ?? String(why));
    }
  }

  private working(begun: Told): void {
    const bar = make("progress", { max: 1, "aria-label": word("training") });
    const stop = button(word("cancel"), () => {
      this.turn += 1;
      void this.api.post(`train/${begun.id}/cancel`, {}).catch(() => undefined);
      this.out.replaceChildren(make("p", { role: "status" }, word("train_stopped")));
    });
    const page = make("a", { href: begun.work_page }, word("work_page"));
    this.out.replaceChildren(make("div", { class: "work stack tight" }, make("p", { role: "status" }, word("training")), bar, make("div", { class: "row" }, stop, page)));
  }

  private progress(told: Told): void {
    const bar = this.out.querySelector("progress");
    if (bar && told.share) bar.value = told.share;
    const said = this.out.querySelector("[role=status]");
    if (said && told.says && said.textContent !== told.says) said.textContent = told.says;
  }

  private over(told: Told, target: string): void {
    if (told.state === "cancelled") return this.out.replaceChildren(make("p", { role: "status" }, word("train_stopped")));
    if (!told.sentences?.length) return this.wrong([told.error?.message, told.error?.remedy].filter(Boolean).join(" ") || word("no_answer", ""));
    const sentences = told.sentences.map((one, place) => make("p", {}, place ? one : make("strong", {}, one)));
    const look = { good: "fine", bad: "warn" }[told.mood ?? ""] ?? told.mood ?? "fine";
    const add = told.formula ? button(word("add_prediction"), () => void this.add(told.formula ?? "", target), "button first small", "plus") : null;
    const report = told.page ? make("a", { class: "button small", href: told.page }, word("model_page")) : null;
    this.out.replaceChildren(make("div", { class: "stack tight" }, make("div", { class: `say-box ${look}`, "data-result": true }, icon(look === "fine" ? "fine" : "warn"), ...sentences), facts(told), make("div", { class: "row" }, add, report)));
    this.say(told.sentences[0] ?? "");
  }

  private async add(formula: string, target: string): Promise<void> {
    const refused = await this.model.act({ kind: "formula", column: word("predicted", target), text: formula });
    if (!refused) this.say(word("prediction_added"));
  }

  private wrong(sentence: string): void {
    this.out.replaceChildren(make("div", { class: "say-box error", role: "alert" }, icon("bad"), make("p", {}, sentence)));
  }
}

// A figure of a validation is known to no more than three digits.
function short(value: number): string {
  return figure(Number(value.toPrecision(3)));
}

function facts(told: Told): HTMLElement {
  const made = make("dl", { class: "facts" });
  for (const one of (told.figures ?? []).slice(0, 3)) {
    const beside = one.null === null || one.null === undefined ? "" : ` (${word("without_model", short(one.null))})`;
    made.append(make("dt", {}, one.name), make("dd", {}, `${short(one.value)}${beside}`));
  }
  return made;
}
