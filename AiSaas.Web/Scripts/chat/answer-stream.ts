import { type Answer, reduce, textOf, waiting } from "./answer";
import { element, find, seconds } from "./dom";
import { parsePart } from "./parts";
import { Prose } from "./prose";
import { RunFeed } from "./run-feed";

export interface AnswerEvents {
  "answer-grown": CustomEvent<Answer>;
  "answer-over": CustomEvent<Answer>;
}

/**
 * An answer that is being written. With a `run` it follows the run's log, from the start, so that a reload mid-answer shows
 * what is there and goes on; without one it is a settled answer and does nothing.
 */
export class AnswerStream extends HTMLElement {
  static readonly observedAttributes = ["run"];

  #answer: Answer = waiting;
  #feed?: RunFeed;
  #prose?: Prose;
  #frame = 0;
  #clock = 0;
  #stages: string[] = [];

  get answer(): Answer {
    return this.#answer;
  }

  get run(): string | null {
    return this.getAttribute("run");
  }

  connectedCallback(): void {
    this.#follow();
  }

  disconnectedCallback(): void {
    this.#leave();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) {
      this.#follow();
    }
  }

  /** What happens before there is a run: sending, or that it could not be sent. */
  stage(text: string): void {
    find(this, ".stage-text").textContent = text;
  }

  #follow(): void {
    const run = this.run;
    if (!run || this.#feed) {
      return;
    }
    const began = performance.now();
    this.#prose = new Prose(find(this, ".prose"));
    this.#clock = window.setInterval(() => this.#tick(performance.now() - began), 1_000);
    this.#feed = new RunFeed(run, {
      event: data => this.#take(data),
      trouble: words => this.#trouble(words),
      over: () => this.#over(),
    });
  }

  #take(data: string): void {
    const part = parsePart(data);
    if (!part) {
      return;
    }
    this.#answer = reduce(this.#answer, part);
    if (part.type === "start") {
      this.#stages = [];
    } else if (part.type === "data-stage") {
      const { text, ms } = part.data;
      this.#stages.push(ms == null ? text : `${text} · ${seconds(ms)}`);
    }
    // A hidden tab draws no frames; what matters then is that the end is noticed.
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const answer = this.#answer;
    this.#prose?.show(answer);
    this.stage(this.#stages.at(-1) ?? "Waiting for a free worker");
    const log = find(this, ".stage-log");
    log.replaceChildren(...this.#stages.map(text => element("li", "", text)));
    this.#drawDiscarded(answer);
    const failure = find(this, ".failure-words");
    failure.hidden = !answer.error;
    failure.textContent = answer.error?.text ?? "";
    this.#tell("answer-grown");
  }

  #drawDiscarded(answer: Answer): void {
    const place = find(this, ".discards");
    while (place.children.length > answer.discarded.length) {
      place.lastElementChild?.remove();
    }
    for (const { text, reason } of answer.discarded.slice(place.children.length)) {
      const folded = element("details", "discarded");
      folded.append(element("summary", "", reason), element("del", "", text));
      place.append(folded);
    }
  }

  #tick(ms: number): void {
    find(this, ".stage-clock").textContent = ms < 2_000 ? "" : `${Math.floor(ms / 1_000)} s`;
  }

  #trouble(words: string): void {
    const line = find(this, ".connection");
    line.hidden = !words;
    line.textContent = words;
  }

  #over(): void {
    // The stream may be gone while the run is over all the same: then the settled message tells the rest.
    this.#answer = reduce(this.#answer, { type: "finish" });
    this.#draw();
    this.#leave();
    find(this, ".prose").removeAttribute("data-streaming");
    this.#tell("answer-over");
  }

  #leave(): void {
    this.#feed?.close();
    this.#feed = undefined;
    window.clearInterval(this.#clock);
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #tell(name: keyof AnswerEvents): void {
    this.dispatchEvent(new CustomEvent(name, { detail: this.#answer, bubbles: true }));
  }

  /** For screen readers and the clipboard. */
  get text(): string {
    return textOf(this.#answer);
  }
}
