import { element } from "./dom";
import type { QuestionQueue } from "./queue";

export interface PillEvents {
  now(text: string): void;
  edit(text: string): void;
}

/** The queued questions above the composer. */
export class Pills {
  constructor(private readonly place: HTMLElement, private readonly queue: QuestionQueue, private readonly events: PillEvents) {
    this.draw();
  }

  draw(): void {
    this.place.hidden = this.queue.questions.length === 0;
    this.place.replaceChildren(...this.queue.questions.map(({ id, text }) => {
      const pill = element("li", "pill");
      pill.append(
        element("span", "pill-text", text),
        this.#button("Send now", () => this.#take(id, this.events.now)),
        this.#button("Edit", () => this.#take(id, this.events.edit)),
        this.#button("Delete", () => this.#take(id, () => undefined)));
      return pill;
    }));
  }

  #take(id: number, then: (text: string) => void): void {
    const text = this.queue.take(id);
    this.draw();
    if (text !== undefined) {
      then(text);
    }
  }

  #button(words: string, click: () => void): HTMLButtonElement {
    const button = element("button", "pill-action", words);
    button.type = "button";
    button.addEventListener("click", click);
    return button;
  }
}
