import { AnswerStream } from "../chat/answer-stream";
import { element, find, isTyping } from "../chat/dom";
import { cardsOf } from "./cards";
import { showPage } from "./page-pane";

/** The sources of one answer: cited ones first, the chosen one with its page. */
export class EvidencePanel extends HTMLElement {
  #cards: HTMLElement[] = [];
  #at = -1;
  #article?: HTMLElement;
  #opener?: HTMLElement;

  connectedCallback(): void {
    find(this, ".evidence-close").addEventListener("click", () => this.close());
    find(this, ".evidence-previous").addEventListener("click", () => this.#step(-1));
    find(this, ".evidence-next").addEventListener("click", () => this.#step(1));
    this.addEventListener("click", event => this.#choose(event));
    document.addEventListener("click", this.#open);
    // Before the chat's own Esc, which stops an answer.
    document.addEventListener("keydown", this.#key, { capture: true });
  }

  disconnectedCallback(): void {
    document.removeEventListener("click", this.#open);
    document.removeEventListener("keydown", this.#key, { capture: true });
  }

  close(): void {
    this.hidden = true;
    document.documentElement.removeAttribute("data-evidence");
    this.#mark(undefined);
    // The mark may have been drawn again while the panel was open.
    const key = this.#opener?.dataset["key"];
    const back = this.#opener?.isConnected ? this.#opener : this.#article?.querySelector<HTMLElement>(`a.cite[data-key="${key}"]`);
    back?.focus({ preventScroll: true });
  }

  readonly #open = (event: MouseEvent): void => {
    // A middle click or one with a key means the page itself, in a tab of its own.
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || !(event.target instanceof Element)) {
      return;
    }
    const opener = event.target.closest<HTMLElement>(".answer a.cite, .answer .sources > summary, .answer .closest .passage-place");
    const article = opener?.closest<HTMLElement>(".answer");
    if (!opener || !article) {
      return;
    }
    event.preventDefault();
    this.#opener = opener;
    this.#show(article, opener);
  };

  #show(article: HTMLElement, opener: HTMLElement): void {
    const stream = article.querySelector("answer-stream");
    const { cited, found } = cardsOf(article, stream instanceof AnswerStream && stream.run ? stream.answer : undefined);
    this.#article = article;
    this.#cards = [...cited, ...found];
    const body = find(this, ".evidence-body");
    body.replaceChildren(...section("Cited", cited), ...section(article.querySelector(".closest") ? "Closest" : "Also found", found));
    body.scrollTop = 0;
    this.hidden = false;
    document.documentElement.setAttribute("data-evidence", "");
    find(this, "#evidence-title").focus({ preventScroll: true });
    const wanted = opener.matches("a.cite")
      ? this.#cards.findIndex(card => card.dataset["key"] === opener.dataset["key"])
      : opener.matches(".passage-place") ? [...article.querySelectorAll(".closest .passage-place")].indexOf(opener) : 0;
    this.#go(Math.max(0, wanted));
  }

  #choose(event: MouseEvent): void {
    const card = event.target instanceof Element ? event.target.closest<HTMLElement>(".passage") : null;
    const elsewhere = event.target instanceof Element && event.target.closest(".passage-links, .passage-page");
    if (card && !elsewhere && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#go(this.#cards.indexOf(card));
    }
  }

  #step(by: number): void {
    this.#go((this.#at + by + this.#cards.length) % this.#cards.length);
  }

  #go(at: number): void {
    const card = this.#cards[at];
    if (!card) {
      return;
    }
    this.#at = at;
    for (const other of this.#cards) {
      const chosen = other === card;
      other.toggleAttribute("data-chosen", chosen);
      find(other, ".passage-page").hidden = !chosen;
      find(other, ".passage-place").setAttribute("aria-expanded", String(chosen));
    }
    find(this, ".evidence-count").textContent = `${at + 1} of ${this.#cards.length}`;
    this.#mark(card.dataset["key"]);
    void showPage(find(card, ".passage-page"), card.dataset["fragment"] ?? "");
    find(this, ".evidence-body").scrollTo({ top: at === 0 ? 0 : card.offsetTop - 8 });
  }

  /** Shows in the answer which mark the panel is at. */
  #mark(key: string | undefined): void {
    for (const mark of document.querySelectorAll("a.cite[aria-current]")) {
      mark.removeAttribute("aria-current");
    }
    if (key) {
      for (const mark of this.#article?.querySelectorAll(`a.cite[data-key="${CSS.escape(key)}"]`) ?? []) {
        mark.setAttribute("aria-current", "true");
      }
    }
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (this.hidden || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && !isTyping(event.target) && !isScrolling(event.target)) {
      event.preventDefault();
      this.#step(event.key === "ArrowRight" ? 1 : -1);
    }
  };
}

// A large page scrolls sideways by the same keys.
const isScrolling = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches(".page-paper") && target.scrollWidth > target.clientWidth;

function section(title: string, cards: HTMLElement[]): HTMLElement[] {
  if (cards.length === 0) {
    return [];
  }
  const list = element("ol", "passages");
  list.append(...cards);
  return [element("h3", "evidence-section", title), list];
}
