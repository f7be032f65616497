// The live stream: samples as they are ingested, over server-sent events (HTML Living Standard, 9.2).
// A pass is fetched from the pages, renewed before it ends; after a cut the stream resumes where it was.

export interface Sample {
  signal: string;
  time: number; // s since 1970, the source's clock
  received: number; // s since 1970, the node's clock
  value: number | null;
  text?: string;
  quality: 0 | 1 | 2; // good, uncertain, bad
}

export type Beat = "wait" | "live" | "lost";

interface Granted {
  pass: string;
  life: number;
  url: string;
}

export interface Listeners {
  samples(batch: Sample[]): void;
  beat(state: Beat): void;
}

const FIRST_WAIT = 500; // ms
const LONGEST_WAIT = 15_000; // ms
const SILENCE = 15_000; // ms without even a heartbeat: the line is cut

export class Stream {
  private source: EventSource | undefined;
  private position = "";
  private wait = FIRST_WAIT;
  private watch = 0;
  private renewal = 0;

  constructor(
    private readonly passUrl: string,
    private readonly signals: () => string[],
    private readonly listeners: Listeners,
  ) {
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && !this.source) void this.open();
    });
  }

  async open(): Promise<void> {
    this.close();
    this.listeners.beat("wait");
    try {
      const granted = await this.grant();
      this.connect(granted);
    } catch {
      this.retry();
    }
  }

  close(): void {
    window.clearTimeout(this.watch);
    window.clearTimeout(this.renewal);
    this.source?.close();
    this.source = undefined;
  }

  private async grant(): Promise<Granted> {
    const answer = await fetch(this.passUrl, { headers: { Accept: "application/json" } });
    if (answer.redirected || !answer.ok) throw new Error(`pass refused: ${answer.status}`);
    return (await answer.json()) as Granted;
  }

  private connect(granted: Granted): void {
    const address = new URL("/live", granted.url);
    address.searchParams.set("pass", granted.pass);
    const signals = this.signals();
    if (signals.length) address.searchParams.set("signals", signals.join(","));
    if (this.position) address.searchParams.set("after", this.position);
    const source = new EventSource(address);
    source.addEventListener("open", () => this.alive());
    source.addEventListener("beat", () => this.alive());
    source.addEventListener("samples", (event) => this.take(event as MessageEvent<string>));
    source.addEventListener("error", () => this.retry());
    this.source = source;
    this.renewal = window.setTimeout(() => void this.open(), granted.life * 900);
  }

  private take(event: MessageEvent<string>): void {
    this.position = event.lastEventId;
    this.alive();
    this.listeners.samples(JSON.parse(event.data) as Sample[]);
  }

  private alive(): void {
    this.wait = FIRST_WAIT;
    this.listeners.beat("live");
    window.clearTimeout(this.watch);
    this.watch = window.setTimeout(() => this.retry(), SILENCE);
  }

  private retry(): void {
    this.close();
    this.listeners.beat("lost");
    window.setTimeout(() => void this.open(), this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }
}
