import { AnswerStream } from "../chat/answer-stream";
import { element } from "../chat/dom";
import { cardsOf } from "./cards";

const delay = 120; // ms, so that passing over a mark shows nothing
const leave = 200; // ms to move from the mark onto the tip

/** Hovering or focusing a citation mark shows its quote, place and verdict. */
export class CitationTip {
  readonly #tip = element("div", "cite-tip float");
  #timer = 0;
  #mark?: HTMLElement;

  constructor() {
    this.#tip.id = "cite-tip";
    this.#tip.role = "tooltip";
    this.#tip.hidden = true;
    document.body.append(this.#tip);
    document.addEventListener("mouseover", event => this.#over(event));
    document.addEventListener("focusin", event => this.#over(event));
    document.addEventListener("focusout", () => this.#later(() => this.#hide(), 0));
    document.addEventListener("scroll", () => this.#hide(), { passive: true });
    document.addEventListener("keydown", event => this.#escape(event), { capture: true });
    document.addEventListener("click", () => this.#hide());
  }

  #over(event: Event): void {
    const target = event.target instanceof Element ? event.target : null;
    const mark = target?.closest<HTMLElement>(".answer a.cite");
    if (mark) {
      this.#later(() => this.#show(mark), event.type === "focusin" ? 0 : delay);
    } else if (target?.closest(".cite-tip")) {
      window.clearTimeout(this.#timer);
    } else if (!this.#tip.hidden) {
      this.#later(() => this.#hide(), leave);
    } else {
      window.clearTimeout(this.#timer);
    }
  }

  #show(mark: HTMLElement): void {
    const article = mark.closest<HTMLElement>(".answer");
    const stream = article?.querySelector("answer-stream");
    if (!article || !mark.isConnected || mark.matches("[aria-current]")) {
      return;
    }
    const { cited, found } = cardsOf(article, stream instanceof AnswerStream && stream.run ? stream.answer : undefined);
    const card = [...cited, ...found].find(one => one.dataset["key"] === mark.dataset["key"]);
    if (!card) {
      return;
    }
    card.querySelector(".passage-page")?.remove();
    card.querySelector(".passage-links")?.remove();
    this.#tip.replaceChildren(...card.childNodes);
    this.#tip.hidden = false;
    this.#mark?.removeAttribute("aria-describedby");
    this.#mark = mark;
    mark.setAttribute("aria-describedby", this.#tip.id);
    this.#place(mark.getBoundingClientRect());
  }

  #place(at: DOMRect): void {
    const { offsetWidth: width, offsetHeight: height } = this.#tip;
    const above = at.top > height + 12;
    this.#tip.style.left = `${Math.max(8, Math.min(at.left - 24, document.documentElement.clientWidth - width - 8))}px`;
    this.#tip.style.top = `${above ? at.top - height - 6 : at.bottom + 6}px`;
  }

  #hide(): void {
    window.clearTimeout(this.#timer);
    this.#tip.hidden = true;
    this.#mark?.removeAttribute("aria-describedby");
    this.#mark = undefined;
  }

  #escape(event: KeyboardEvent): void {
    if (event.key === "Escape" && !this.#tip.hidden) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.#hide();
    }
  }

  #later(then: () => void, ms: number): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(then, ms);
  }
}
