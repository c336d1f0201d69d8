import DOMPurify, { type Config } from "dompurify";
import type { Answer } from "./answer";
import { textOf } from "./answer";
import { type Block, renderer, withoutHalfMark } from "./markdown";
import { morph } from "./morph";
import { citationLink, EvidenceOfMarks, markCitation } from "../evidence/citation";

// Marked already escapes; this is the second wall.
const purify: Config & { RETURN_DOM_FRAGMENT: true } = { ALLOWED_TAGS: ["p", "br", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr",
  "table", "thead", "tbody", "tr", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6"],
  ALLOWED_ATTR: ["href", "rel", "target", "class", "data-cite", "tabindex", "start", "align"],
  RETURN_DOM_FRAGMENT: true };

/** A growing answer's text: only blocks that changed are rendered again, and those keep their nodes. */
export class Prose {
  #blocks: Block[] = [];
  #answer?: Answer;
  readonly #render = renderer(number => this.#link(number));

  constructor(private readonly root: HTMLElement) {}

  show(answer: Answer): void {
    this.#answer = answer;
    const text = textOf(answer);
    const blocks = this.#render(answer.finished ? text : withoutHalfMark(text));
    blocks.forEach((block, index) => {
      if (block.html !== this.#blocks[index]?.html) {
        this.#place(block, index);
      }
    });
    while (this.root.children.length > blocks.length) {
      this.root.lastElementChild?.remove();
    }
    this.#blocks = blocks;
    const evidence = new EvidenceOfMarks(answer);
    for (const mark of this.root.querySelectorAll<HTMLAnchorElement>("a.cite")) {
      markCitation(mark, evidence.next(Number(mark.dataset["cite"])));
    }
  }

  #place(block: Block, index: number): void {
    const next = DOMPurify.sanitize(block.html, purify).firstElementChild ?? document.createElement("p");
    const current = this.root.children[index];
    if (!current) {
      this.root.append(next);
    } else if (current.nodeName !== next.nodeName) {
      current.replaceWith(next);
    } else {
      morph(current, next);
    }
  }

  #link(number: number): string | undefined {
    const source = this.#answer?.sources.get(number);
    return source && citationLink(source);
  }
}
