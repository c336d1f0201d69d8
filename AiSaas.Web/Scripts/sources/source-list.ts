import { call } from "../shared/api";
import { count } from "../shared/human";

interface SourceInfo {
  status: "queued" | "running" | "ready" | "failed";
  pages: { found: number; waiting: number; fetched: number; duplicate: number; skipped: number; gone: number; failed: number };
}

const words = { queued: "Waiting", running: "Fetching", ready: "Fetched", failed: "Failed" };
const tones = { queued: "accent", running: "accent", ready: "ok", failed: "bad" };
const pause = 3_000;

/** The addresses of a collection: those that are being fetched are looked at every few seconds. Counterpart of WebSources.razor. */
export class SourceList extends HTMLElement {
  private timer: number | undefined;

  connectedCallback(): void {
    this.later();
  }

  disconnectedCallback(): void {
    clearTimeout(this.timer);
  }

  private get live(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("[data-live]")];
  }

  private later(): void {
    this.timer = this.live.length > 0 ? window.setTimeout(() => void this.look(), pause) : undefined;
  }

  private async look(): Promise<void> {
    if (!document.hidden) {
      // One after the other: a page with a hundred addresses must not ask for all of them at once.
      for (const row of this.live) {
        try {
          this.show(row, await call<SourceInfo>(`/api/sources/${row.dataset.source}`));
        } catch {
          // The next look may do better.
          break;
        }
      }
    }

    this.later();
  }

  private show(row: HTMLElement, source: SourceInfo): void {
    const badge = row.querySelector<HTMLElement>("[data-words]")!;
    badge.textContent = words[source.status];
    badge.dataset.tone = tones[source.status];
    const { pages } = source;
    row.querySelector("[data-counts]")!.textContent = [
      `${pages.fetched} of ${count(pages.found, "page")} fetched`,
      pages.waiting > 0 ? `${pages.waiting} to come` : "",
      pages.duplicate > 0 ? `${pages.duplicate} the same as others` : "",
      pages.skipped > 0 ? `${pages.skipped} skipped` : "",
      pages.gone > 0 ? `${pages.gone} gone` : "",
      pages.failed > 0 ? `${pages.failed} failed` : "",
    ].filter((fact) => fact !== "").join(" · ");
    if (source.status === "ready" || source.status === "failed") {
      delete row.dataset.live;
      row.querySelector<HTMLButtonElement>("[name=RefetchId]")!.disabled = false;
      this.querySelector<HTMLElement>("[data-news]")!.hidden = false;
    }
  }
}
