// Nearer to the end than this counts as reading along.
const near = 96;

/** Keeps the newest text in view while the reader reads along, and leaves the page alone once they scroll up. */
export class ReadingAlong {
  #along = true;
  #last = window.scrollY;

  constructor(private readonly jump: HTMLButtonElement) {
    window.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    jump.addEventListener("click", () => this.toEnd("smooth"));
    this.#along = this.#atEnd();
    this.#show();
  }

  /** The page grew. */
  grown(): void {
    if (this.#along) {
      window.scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
    }
    this.#show();
  }

  toEnd(behavior: ScrollBehavior = "instant"): void {
    this.#along = true;
    window.scrollTo({ top: document.documentElement.scrollHeight, behavior });
    this.#show();
  }

  #scrolled(): void {
    const up = window.scrollY < this.#last - 2;
    this.#last = window.scrollY;
    this.#along = this.#atEnd() || (this.#along && !up);
    this.#show();
  }

  #atEnd(): boolean {
    return document.documentElement.scrollHeight - window.innerHeight - window.scrollY < near;
  }

  #show(): void {
    this.jump.hidden = this.#atEnd();
  }
}
