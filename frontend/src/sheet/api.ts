// The way to the server: answers, refusals with their place, and whether anybody answers at all.
import { word } from "./words";

export class Refusal extends Error {
  constructor(
    readonly key: string,
    message: string,
    readonly remedy: string,
    readonly position: [number, number] | null,
    readonly status: number,
  ) {
    super(message);
  }

  get sentence(): string {
    return [this.message, this.remedy].filter(Boolean).join(" ");
  }
}

type Asked = { [name: string]: string | number | string[] | undefined };

export class Api {
  onLine: (reached: boolean) => void = () => undefined;

  constructor(readonly base: string) {}

  address(path: string, asked: Asked = {}): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(asked)) {
      if (Array.isArray(value)) for (const one of value) query.append(name, one);
      else if (value !== undefined) query.set(name, String(value));
    }
    return `${this.base}${path}${query.size ? `?${query}` : ""}`;
  }

  // An address that the server itself has given.
  at<T>(address: string): Promise<T> {
    return this.send<T>(address, {});
  }

  get<T>(path: string, asked: Asked = {}, signal?: AbortSignal): Promise<T> {
    return this.send<T>(this.address(path, asked), signal ? { signal } : {});
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.send<T>(this.address(path), {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
    });
  }

  private async send<T>(address: string, how: RequestInit): Promise<T> {
    let answer: Response;
    try {
      answer = await fetch(address, { ...how, headers: { Accept: "application/json", ...how.headers } });
    } catch (lost) {
      if (lost instanceof DOMException && lost.name === "AbortError") throw lost;
      this.onLine(false);
      throw new Refusal("offline", word("offline"), "", null, 0);
    }
    this.onLine(true);
    const told = (await answer.json().catch(() => ({}))) as T & { error?: Wire };
    if (!answer.ok) throw refusal(told.error, answer.status);
    return told;
  }
}

interface Wire {
  key?: string;
  message?: string;
  remedy?: string;
  position?: [number, number] | null;
}

function refusal(wire: Wire | undefined, status: number): Refusal {
  const message = wire?.message ?? word("no_answer", status);
  return new Refusal(wire?.key ?? "", message, wire?.remedy ?? "", wire?.position ?? null, status);
}

function token(): string {
  const held = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") as { [name: string]: string };
  return held["X-CSRFToken"] ?? "";
}
