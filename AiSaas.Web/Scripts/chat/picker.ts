import { find } from "./dom";

/** Chips of the collections that are searched: opened by hand or by typing `@`, ticked with Space, left with Enter or Esc. */
export class Picker {
  #typed = false;

  constructor(private readonly form: HTMLFormElement, private readonly text: HTMLTextAreaElement, changed: (ids: string[]) => void) {
    form.addEventListener("change", event => {
      if (event.target instanceof HTMLInputElement && event.target.name === "collectionIds") {
        this.#dropMark();
        this.#name();
        changed(this.chosen.map(box => box.value));
      }
    });
    form.addEventListener("keydown", event => this.#key(event));
    text.addEventListener("input", event => {
      if (event instanceof InputEvent && event.data === "@" && /(?:^|\s)@$/.test(text.value.slice(0, text.selectionStart))) {
        this.#open();
      }
    });
    document.addEventListener("click", event => {
      if (this.#menu?.open && event.target instanceof Node && !this.#menu.contains(event.target)) {
        this.#menu.open = false;
      }
    });
  }

  get chosen(): HTMLInputElement[] {
    return this.#boxes.filter(box => box.checked);
  }

  // Looked up each time: a first document brings the picker only later.
  get #menu(): HTMLDetailsElement | null {
    return this.form.querySelector<HTMLDetailsElement>(".picker");
  }

  get #boxes(): HTMLInputElement[] {
    return [...this.form.querySelectorAll<HTMLInputElement>("input[name=collectionIds]")];
  }

  #open(): void {
    if (this.#menu) {
      this.#typed = true;
      this.#menu.open = true;
      this.#boxes[0]?.focus();
    }
  }

  #key(event: KeyboardEvent): void {
    const boxes = this.#boxes;
    const at = boxes.indexOf(event.target as HTMLInputElement);
    if (!this.#menu?.open || at < 0) {
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      boxes[(at + (event.key === "ArrowDown" ? 1 : boxes.length - 1)) % boxes.length]?.focus();
    } else if (event.key === "Enter" || event.key === "Escape") {
      // Neither sends the question nor stops an answer.
      event.preventDefault();
      event.stopPropagation();
      this.#menu.open = false;
      this.text.focus();
    }
  }

  /** The `@` that opened the list is no part of the question once something was picked. */
  #dropMark(): void {
    if (this.#typed) {
      this.#typed = false;
      this.text.value = this.text.value.replace(/(^|\s)@$/, "$1");
      // So that the draft is kept without it too.
      this.text.dispatchEvent(new Event("input"));
    }
  }

  #name(): void {
    const names = this.chosen.map(box => box.dataset["name"] ?? "");
    const words = names.length === 0 ? "All collections" : names.length === 1 ? (names[0] ?? "") : `${names.length} collections`;
    find(this.form, ".picker-words").textContent = words;
  }
}
