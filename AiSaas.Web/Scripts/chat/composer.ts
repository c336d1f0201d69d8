import { find } from "./dom";
import { Picker } from "./picker";
import { draftKey, storage } from "./storage";

export interface ComposerEvents {
  /** Enter or the button; `later` while an answer streams. */
  ask(text: string): void;
  stop(): void;
  files(files: File[]): void;
  /** Other collections are to be searched from now on. */
  collections(ids: string[]): void;
}

/** The question's form. Without scripts it posts; with them it grows, keeps drafts, takes files, and never leaves the page. */
export class Composer {
  readonly #text: HTMLTextAreaElement;
  readonly #send: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  readonly #picker: Picker;

  constructor(readonly form: HTMLFormElement, private key: string, private readonly events: ComposerEvents) {
    this.#text = find(form, "textarea");
    this.#send = find(form, ".send");
    this.#stop = find(form, ".stop");
    this.#picker = new Picker(form, this.#text, ids => events.collections(ids));
    const draft = storage.getItem(draftKey(key));
    if (draft && !this.#text.value) {
      this.#text.value = draft;
    }
    this.#fit();
    form.addEventListener("submit", event => {
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener("input", () => {
      this.#keep();
      this.#fit();
    });
    this.#text.addEventListener("keydown", event => this.#key(event));
    this.#text.addEventListener("paste", event => this.#take(event, event.clipboardData));
    this.#stop.addEventListener("click", () => events.stop());
    const picker = form.querySelector<HTMLInputElement>("input[type=file]");
    picker?.addEventListener("change", () => {
      events.files([...(picker.files ?? [])]);
      picker.value = "";
    });
  }

  get model(): string | undefined {
    return this.form.querySelector<HTMLSelectElement>("select[name=model]")?.value || undefined;
  }

  get collections(): string[] {
    return this.#picker.chosen.map(box => box.value);
  }

  /** A new chat got its id: its draft is kept under it from now on. */
  move(key: string): void {
    storage.removeItem(draftKey(this.key));
    this.key = key;
    this.#keep();
  }

  set answering(answering: boolean) {
    this.#stop.hidden = !answering;
    this.#send.hidden = answering && !this.#text.value.trim();
    this.form.toggleAttribute("data-answering", answering);
  }

  put(text: string): void {
    this.#text.value = text;
    this.#keep();
    this.#fit();
    this.#text.focus();
    this.#text.setSelectionRange(text.length, text.length);
  }

  /** A question that could not be sent: a reload brings it back, unless something else is being written. */
  keep(text: string): void {
    if (!this.#text.value.trim()) {
      storage.setItem(draftKey(this.key), text);
    }
  }

  /** It was sent after all. */
  sent(text: string): void {
    if (!this.#text.value.trim() && storage.getItem(draftKey(this.key)) === text) {
      storage.removeItem(draftKey(this.key));
    }
  }

  focus(): void {
    this.#text.focus({ preventScroll: true });
  }

  #submit(): void {
    const text = this.#text.value.trim();
    if (!text) {
      this.#text.focus();
      return;
    }
    this.#text.value = "";
    this.#keep();
    this.#fit();
    this.events.ask(text);
  }

  #key(event: KeyboardEvent): void {
    // While an input method composes a word, Enter chooses it.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#submit();
    }
  }

  #take(event: Event, data: DataTransfer | null): void {
    const files = [...(data?.files ?? [])];
    if (files.length > 0) {
      event.preventDefault();
      this.events.files(files);
    }
  }

  #keep(): void {
    const text = this.#text.value;
    if (text.trim()) {
      storage.setItem(draftKey(this.key), text);
    } else {
      storage.removeItem(draftKey(this.key));
    }
  }

  // The style sheet bounds it at ten lines; browsers with field-sizing need none of this.
  #fit(): void {
    if (this.form.hasAttribute("data-answering")) {
      this.#send.hidden = !this.#text.value.trim();
    }
    if (!CSS.supports("field-sizing", "content")) {
      this.#text.style.height = "auto";
      this.#text.style.height = `${this.#text.scrollHeight}px`;
    }
  }
}
