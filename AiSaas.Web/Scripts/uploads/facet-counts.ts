import { count } from "../shared/human";

/**
 * Keeps the numbers beside the facets, and the one in the page's head, true while rows come, change and go.
 * The server counted all documents and the list may hold only a part, so what changed here since is added to what it said.
 */
export class FacetCounts {
  private readonly atFirst: Map<string, number>;

  constructor(private readonly root: HTMLElement, private readonly list: HTMLElement) {
    this.atFirst = this.tally();
  }

  refresh(): void {
    const now = this.tally();
    for (const link of this.root.querySelectorAll<HTMLElement>("a[data-facet]")) {
      const kind = link.dataset.facet!;
      const shown = link.querySelector<HTMLElement>("[data-count]")!;
      const counted = Number((shown.dataset.count ||= shown.textContent ?? "0"));
      const total = counted + (now.get(kind) ?? 0) - (this.atFirst.get(kind) ?? 0);
      shown.textContent = String(total);
      if (kind === "all" && total !== counted) {
        this.head(total);
      }
    }

    this.root.querySelector<HTMLElement>("[data-none]")!.hidden = this.list.children.length > 0;
  }

  private head(total: number): void {
    const head = document.querySelector<HTMLElement>("[data-counts]");
    if (head) {
      head.textContent = total === 0 ? "Empty" : count(total, "document");
    }
  }

  private tally(): Map<string, number> {
    const tally = new Map<string, number>();
    for (const row of this.list.querySelectorAll<HTMLElement>(":scope > [data-document]")) {
      for (const kind of ["all", row.dataset.facet ?? ""]) {
        tally.set(kind, (tally.get(kind) ?? 0) + 1);
      }
    }

    return tally;
  }
}
