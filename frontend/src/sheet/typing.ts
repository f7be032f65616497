// Writing into cells. The field always has the keyboard and lies over the active cell: a composition (Korean, Japanese)
// therefore begins in a real text field with its first key, which no grid library that was tried could do.
import type { Grid } from "./grid";

export interface Written {
  commit(text: string, all: boolean): void; // all: into every selected cell
  formula(text: string): void; // "=" was typed: the bar takes over
  raw(): string; // what the active cell holds, to be edited
  may(): boolean;
}

export class Typing {
  on = false;
  private byKey = false; // begun by typing over: arrows then leave the cell, as in Excel
  private composing = false;

  constructor(
    private readonly grid: Grid,
    private readonly to: Written,
  ) {
    const { field } = grid;
    field.addEventListener("compositionstart", () => {
      this.composing = true;
      this.begin(true);
    });
    field.addEventListener("compositionend", () => (this.composing = false));
    field.addEventListener("input", () => this.typed());
    field.addEventListener("blur", () => this.on && !this.composing && this.leave(true));
  }

  private typed(): void {
    const { field } = this.grid;
    if (!this.on && field.value.trim() === "" && !this.composing) {
      field.value = "";
      return;
    }
    if (!this.on && field.value === "=") {
      field.value = "";
      this.to.formula("=");
      return;
    }
    this.begin(true);
    this.grow();
  }

  begin(byKey: boolean): void {
    if (this.on) return;
    if (!this.to.may()) {
      this.grid.field.value = "";
      return;
    }
    this.on = true;
    this.byKey = byKey;
    this.grid.reveal(this.grid.selection.anchor);
    this.grid.root.classList.add("writing");
    if (!byKey) this.grid.field.value = this.to.raw();
    this.grow();
    this.grid.field.focus({ preventScroll: true });
  }

  // Korean needs it: Enter while a syllable is composed only ends the syllable.
  keyed(event: KeyboardEvent): "taken" | "move" | "free" {
    if (!this.on) return "free";
    if (event.isComposing || event.keyCode === 229) return "taken";
    if (event.key === "Escape") {
      event.preventDefault();
      this.leave(false);
      return "taken";
    }
    if (event.key === "Enter" && event.altKey) {
      event.preventDefault();
      this.grid.field.setRangeText("\n", this.grid.field.selectionStart, this.grid.field.selectionEnd, "end");
      this.grow();
      return "taken";
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.leave(true, true);
      return "taken";
    }
    const arrow = event.key.startsWith("Arrow") && this.byKey && !event.ctrlKey;
    if (event.key === "Enter" || event.key === "Tab" || arrow) {
      this.leave(true);
      return "move";
    }
    if (event.key === "F2") this.byKey = !this.byKey;
    return "taken";
  }

  leave(keep: boolean, all = false): void {
    if (!this.on) return;
    this.on = false;
    const text = this.grid.field.value;
    this.grid.field.value = "";
    this.grid.field.removeAttribute("style");
    this.grid.root.classList.remove("writing");
    if (keep) this.to.commit(text, all);
  }

  private grow(): void {
    const { field } = this.grid;
    field.style.width = "100%";
    field.style.height = "100%";
    if (field.scrollWidth > field.clientWidth) field.style.width = `${Math.min(field.scrollWidth + 24, 480)}px`;
    if (field.scrollHeight > field.clientHeight + 4) field.style.height = `${Math.min(field.scrollHeight + 4, 240)}px`;
  }
}
