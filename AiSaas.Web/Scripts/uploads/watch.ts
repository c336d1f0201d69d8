import { call } from "../shared/api";
import type { DocumentInfo } from "./document-row";

/** Browsers hold six connections to a host on HTTP/1.1; streams may take this many, the rest is asked for by list. */
const mostStreams = 3;
const pollEvery = 2000;

/** The api answers for so many in one request. */
const askedAtOnce = 100;

/** Follows documents until each is ready or has failed. */
export class Watch {
  private readonly streams = new Map<string, EventSource>();
  private readonly waiting = new Set<string>();
  private timer: number | undefined;

  constructor(private readonly collection: string, private readonly tell: (info: DocumentInfo) => void) {}

  add(id: string): void {
    if (this.streams.has(id) || this.waiting.has(id)) {
      return;
    }

    if (this.streams.size < mostStreams) {
      this.stream(id);
    } else {
      this.waiting.add(id);
      this.poll();
    }
  }

  remove(id: string): void {
    this.streams.get(id)?.close();
    this.streams.delete(id);
    this.waiting.delete(id);
    this.promote();
  }

  close(): void {
    this.streams.forEach((source) => source.close());
    this.streams.clear();
    this.waiting.clear();
    window.clearTimeout(this.timer);
  }

  private stream(id: string): void {
    const source = new EventSource(`/api/documents/${id}/events`);
    this.streams.set(id, source);
    source.addEventListener("message", (event) => this.heard(event.data as string));
    source.addEventListener("error", () => {
      // A broken stream mends itself; one that was closed for good (deleted, signed out) is asked about once more.
      if (source.readyState === EventSource.CLOSED) {
        this.streams.delete(id);
        this.waiting.add(id);
        this.poll();
      }
    });
  }

  private heard(data: string): void {
    if (data === "[DONE]") {
      return;
    }

    this.take(JSON.parse(data) as DocumentInfo);
  }

  private take(info: DocumentInfo): void {
    this.tell(info);
    // A document whose next version is being read is ready all the while; one that is found by its words gets its meaning yet.
    if (info.status === "failed" || (info.status === "ready" && info.stage === "ready")) {
      this.remove(info.id);
    }
  }

  private promote(): void {
    for (const id of this.waiting) {
      if (this.streams.size >= mostStreams) {
        return;
      }

      this.waiting.delete(id);
      this.stream(id);
    }
  }

  private poll(): void {
    this.timer ??= window.setTimeout(async () => {
      this.timer = undefined;
      try {
        const some = [...this.waiting].slice(0, askedAtOnce);
        // Those that are asked about go to the end, so that all of many get their turn.
        some.forEach((id) => this.waiting.delete(id) && this.waiting.add(id));
        const page = await call<{ items: DocumentInfo[] }>(`/api/collections/${this.collection}/documents?ids=${some.join(",")}`);
        page.items.filter((info) => this.waiting.has(info.id)).forEach((info) => this.take(info));
      } catch {
        // Away for a moment: the rows keep what they last knew, and we ask again.
      }

      if (this.waiting.size > 0) {
        this.poll();
      }
    }, pollEvery);
  }
}
