// A document's page beside its passages: pointing at the one shows the other.

const shown = "data-shown";

export class ChunkReader extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("pointerover", event => this.#show(event.target));
    this.addEventListener("pointerleave", () => this.#show(null));
    this.addEventListener("focusin", event => this.#show(event.target));
    this.addEventListener("click", event => this.#jump(event));
  }

  #show(target: EventTarget | null): void {
    const at = target instanceof Element ? target.closest<HTMLElement | SVGElement>("[data-chunk]") : null;
    const chunk = at?.dataset["chunk"];
    for (const element of this.querySelectorAll("[data-chunk]")) {
      element.toggleAttribute(shown, chunk !== undefined && (element as HTMLElement).dataset["chunk"] === chunk);
    }
  }

  // From the page to the passage; the other way is a link of its own, which works without this script.
  #jump(event: MouseEvent): void {
    const at = event.target instanceof Element ? event.target.closest<SVGElement | HTMLElement>(".page-view [data-chunk]") : null;
    const piece = at && this.querySelector<HTMLElement>(`.pieces [data-chunk="${at.dataset["chunk"]}"]`);
    if (piece && !window.getSelection()?.toString()) {
      piece.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
      piece.querySelector<HTMLElement>("a.piece")?.focus({ preventScroll: true });
    }
  }
}
