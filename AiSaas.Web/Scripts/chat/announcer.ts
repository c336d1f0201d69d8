import { Sentences } from "./sentences";

// Often enough to follow, seldom enough not to interrupt itself.
const pause = 1_500;

/** Speaks a growing answer to screen readers, whole sentences at a time. */
export class Announcer {
  #sentences = new Sentences();
  #waiting = "";
  #timer = 0;

  constructor(private readonly region: HTMLElement) {}

  begin(): void {
    this.#sentences = new Sentences();
  }

  follow(text: string): void {
    this.#say(this.#sentences.take(text));
  }

  end(text: string, words: string): void {
    this.#say(`${this.#sentences.take(text, true)} ${words}`.trim());
  }

  say(words: string): void {
    this.#say(words);
  }

  #say(words: string): void {
    if (!words) {
      return;
    }
    this.#waiting = `${this.#waiting} ${words}`.trim();
    this.#timer ||= window.setTimeout(() => {
      this.region.textContent = this.#waiting;
      this.#waiting = "";
      this.#timer = 0;
    }, pause);
  }
}
