// The shop floor's picture: the whole screen, large enough to be read from two metres.

export class Wall {
  constructor(
    private readonly root: HTMLElement,
    private readonly changed: () => void,
  ) {
    document.addEventListener("fullscreenchange", () => document.fullscreenElement || this.set(false));
  }

  get on(): boolean {
    return this.root.classList.contains("wall");
  }

  async turn(): Promise<void> {
    if (this.on) {
      if (document.fullscreenElement) await document.exitFullscreen();
      return this.set(false);
    }
    await this.root.requestFullscreen?.().catch(() => undefined); // where it is not allowed, the page alone is enlarged
    this.set(true);
  }

  private set(on: boolean): void {
    if (on === this.on) return;
    this.root.classList.toggle("wall", on);
    this.root.querySelector("[data-do=wall]")?.setAttribute("aria-pressed", String(on));
    this.changed();
  }
}
