// “Which column would you like to know?”: trains on what is shown, and says in words what came of it.
import type { Api } from "./api";
import { button, make } from "./dom";
import type { Model } from "./model";
import { figure, word } from "./words";

const ASK_EVERY = 700; // ms

interface Begun {
  work: string;
  poll: string;
  page: string; // the work's own page, where it can be cancelled
}

interface Progress {
  state: string;
  progress: number | null;
  stage: string;
  done: boolean;
  error: { message?: string; remedy?: string };
  result: Result | null;
}

interface Result {
  model: string;
  name: string;
  words: string; // against the null
  mood: string;
  figures: { name: string; value: number; null: number | null }[];
  report: string;
}

interface Target {
  column: string;
  task: string;
  why: string;
  leaks: { column: string; message: string; remedy: string }[];
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
    private readonly stopAt: string, // address of a work's cancelling, with `work` in it
  ) {
    this.form = root.querySelector("form") as HTMLFormElement;
    this.out = root.querySelector("[data-out]") as HTMLElement;
    this.why = root.querySelector("[data-why]") as HTMLElement;
    model.hear(() => this.fillChoices());
    this.target.addEventListener("change", () => void this.look());
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
    this.target.replaceChildren(make("option", { value: "" }, word("choose")), ...fit.map((one) => make("option", {}, one.name)));
    if ([...this.target.options].some((one) => one.value === was)) this.target.value = was;
  }

  // What would be learnt, and which columns give the answer away.
  private async look(): Promise<void> {
    const turn = (this.asked += 1);
    this.why.replaceChildren();
    if (!this.target.value) return;
    const told = await this.api.get<{ targets: Target[] }>("targets", { column: this.target.value }).catch(() => undefined);
    const one = told?.targets[0];
    if (!one || turn !== this.asked) return;
    const leaks = one.leaks.map((leak) => make("label", {}, make("input", { type: "checkbox", name: "ignore", value: leak.column, checked: true }), make("span", {}, `${leak.message} ${leak.remedy}`)));
    this.why.replaceChildren(make("p", { class: "note" }, one.why), ...(leaks.length ? [make("fieldset", { class: "leaks" }, make("legend", {}, word("left_out")), ...leaks)] : []));
  }

  private async train(): Promise<void> {
    const turn = (this.turn += 1);
    const given = new FormData(this.form);
    this.out.replaceChildren(make("p", { role: "status" }, word("train_begun")));
    try {
      const begun = await this.api.post<Begun>("train", {
        version: this.model.state?.version, target: given.get("target"), task: given.get("task"), budget: Number(given.get("budget")), ignore: given.getAll("ignore"),
      }); // prettier-ignore
      this.working(begun);
      let told: Progress;
      do {
        await new Promise((go) => window.setTimeout(go, ASK_EVERY));
        if (turn !== this.turn) return;
        told = await this.api.at<Progress>(begun.poll);
        this.progress(told);
      } while (!["done", "failed", "cancelled"].includes(told.state));
      if (turn === this.turn) this.over(told, String(given.get("target")));
    } catch (why) {
      if (turn === this.turn) this.wrong((why as { sentence?: string }).sentence ?? String(why));
    }
  }

  private working(begun: Begun): void {
    const bar = make("progress", { max: 1, "aria-label": word("training") });
    const stop = button(word("cancel"), () => {
      this.turn += 1;
      void this.api.stop(this.stopAt.replace("work", begun.work)).catch(() => undefined);
      this.out.replaceChildren(make("p", { role: "status" }, word("train_stopped")));
    });
    const page = make("a", { href: begun.page }, word("work_page"));
    this.out.replaceChildren(make("div", { class: "work stack tight" }, make("p", { role: "status" }, word("training")), bar, make("div", { class: "row" }, stop, page)));
  }

  private progress(told: Progress): void {
    const bar = this.out.querySelector("progress");
    if (bar && told.progress) bar.value = told.progress;
    const said = this.out.querySelector("[role=status]");
    if (said && told.stage && said.textContent !== told.stage) said.textContent = told.stage;
  }

  private over(told: Progress, target: string): void {
    if (told.state === "cancelled") return this.out.replaceChildren(make("p", { role: "status" }, word("train_stopped")));
    if (!told.result) return this.wrong([told.error.message, told.error.remedy].filter(Boolean).join(" ") || word("no_answer", ""));
    const { result } = told;
    const facts = make("dl", { class: "facts" });
    for (const one of result.figures.slice(0, 3)) {
      const beside = one.null === null || one.null === undefined ? "" : ` (${word("without_model", figure(one.null))})`;
      facts.append(make("dt", {}, one.name), make("dd", {}, `${figure(one.value)}${beside}`));
    }
    const add = button(word("add_prediction"), () => void this.add(result, target), "button first small", "plus");
    const report = make("a", { class: "button small", href: result.report }, word("model_page"));
    const look = ({ good: "fine", fine: "fine", bad: "warn", warn: "warn" } as { [mood: string]: string })[result.mood] ?? result.mood;
    this.out.replaceChildren(make("div", { class: "stack tight" }, make("div", { class: `say-box ${look}`, "data-result": true }, make("p", {}, make("strong", {}, result.words))), facts, make("div", { class: "row" }, add, report)));
    this.say(result.words);
  }

  private async add(result: Result, target: string): Promise<void> {
    const refused = await this.model.act({ kind: "formula", column: word("predicted", target), text: `=PREDICT("${result.model}")` });
    if (!refused) this.say(word("prediction_added"));
  }

  private wrong(sentence: string): void {
    this.out.replaceChildren(make("div", { class: "say-box error", role: "alert" }, make("p", {}, sentence)));
  }
}
