import { call, Refused } from "./http";

export interface FeedReader {
  event(data: string): void;
  /** In words, or empty when all is well again. */
  trouble(words: string): void;
  over(): void;
}

interface RunInfo {
  status: "queued" | "running" | "succeeded" | "failed" | "stopped";
}

const lost = "Connection lost. Reconnecting…";
const patience = 600; // ms; a blink is not worth a word
const longest = 6_000; // ms between two tries
const silence = 30_000; // ms without a word, after which a woken laptop doubts its connection

/**
 * A run's log, to its end. The browser reconnects by itself after a broken connection (with Last-Event-ID); after an answer
 * that was no stream it gives up, so then we ask what became of the run and try again, ever more slowly.
 */
export class RunFeed {
  #source?: EventSource;
  #last = "";
  #tries = 0;
  #timer = 0;
  #wordTimer = 0;
  #closed = false;
  #heard = performance.now();
  readonly #woken = (): void => {
    if (!document.hidden && (!this.#source || performance.now() - this.#heard > silence)) {
      this.#source?.close();
      this.#open();
    }
  };

  constructor(private readonly run: string, private readonly reader: FeedReader) {
    window.addEventListener("online", this.#woken);
    document.addEventListener("visibilitychange", this.#woken);
    this.#open();
  }

  close(): void {
    this.#closed = true;
    this.#source?.close();
    this.#source = undefined;
    window.clearTimeout(this.#timer);
    window.clearTimeout(this.#wordTimer);
    window.removeEventListener("online", this.#woken);
    document.removeEventListener("visibilitychange", this.#woken);
  }

  #open(): void {
    window.clearTimeout(this.#timer);
    const after = this.#last ? `?after=${encodeURIComponent(this.#last)}` : "";
    const source = new EventSource(`/api/runs/${encodeURIComponent(this.run)}/events${after}`);
    this.#source = source;
    source.onmessage = event => this.#take(event);
    source.onopen = () => this.#well();
    source.onerror = () => this.#broken(source);
  }

  #take(event: MessageEvent<string>): void {
    this.#well();
    this.#last = event.lastEventId || this.#last;
    if (event.data !== "[DONE]") {
      this.reader.event(event.data);
      return;
    }
    this.close();
    this.reader.over();
  }

  #well(): void {
    this.#tries = 0;
    this.#heard = performance.now();
    window.clearTimeout(this.#wordTimer);
    this.reader.trouble("");
  }

  #broken(source: EventSource): void {
    window.clearTimeout(this.#wordTimer);
    this.#wordTimer = window.setTimeout(() => this.reader.trouble(navigator.onLine ? lost : "You are offline."), patience);
    if (source.readyState === EventSource.CLOSED && !this.#closed) {
      this.#source = undefined;
      this.#timer = window.setTimeout(() => this.#ask().catch(() => this.#later()), this.#wait());
    }
  }

  async #ask(): Promise<void> {
    const { status } = await call<RunInfo>("GET", `/api/runs/${encodeURIComponent(this.run)}`).catch((refused: unknown) => {
      // Gone, or no longer ours to see: what is settled is on the page already or comes with the next load.
      if (refused instanceof Refused && (refused.status === 404 || refused.status === 401)) {
        return { status: "failed" } as RunInfo;
      }
      throw refused;
    });
    if (this.#closed) {
      return;
    }
    if (status === "queued" || status === "running") {
      this.#open();
    } else {
      this.close();
      this.reader.over();
    }
  }

  #later(): void {
    if (!this.#closed) {
      this.#timer = window.setTimeout(() => this.#ask().catch(() => this.#later()), this.#wait());
    }
  }

  #wait(): number {
    return Math.min(longest, 500 * 2 ** this.#tries++);
  }
}
