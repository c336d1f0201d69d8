import { type DocumentInfo, stateWords } from "../uploads/document-row";
import { listenForDrops } from "../uploads/drop";
import { send } from "../uploads/send";
import { Watch } from "../uploads/watch";
import { element, find } from "./dom";
import { call, fragment, Refused } from "./http";
import { morph } from "./morph";
import { icon } from "../shared/icons";

interface Target {
  id: string;
  name: string;
}

interface SampleAdded {
  collectionId: string;
  documentId: string;
}

/** Files that were dropped, pasted or chosen in a chat: a row each above the composer, from the first byte to ready. */
export class ChatUploads {
  readonly #rows = new Map<string, UploadRow>();
  readonly #watches = new Map<string, Watch>();
  readonly #list: HTMLElement;

  constructor(private readonly thread: HTMLElement, private readonly announce: (words: string) => void) {
    this.#list = find(thread, ".chat-uploads");
    listenForDrops("your documents", files => void this.add(files), new AbortController().signal);
    thread.addEventListener("click", event => {
      if (event.target instanceof Element && event.target.closest("[data-pick-files]")) {
        thread.querySelector<HTMLInputElement>(".composer input[type=file]")?.click();
      }
    });
    thread.addEventListener("submit", event => {
      if (event.target instanceof HTMLElement && event.target.matches(".sample")) {
        event.preventDefault();
        void this.#addSample();
      }
    });
  }

  async add(files: File[]): Promise<void> {
    const rows = files.map(file => ({ file, row: this.#row(file.name) }));
    try {
      const target = await this.#target();
      for (const { file, row } of rows) {
        await this.#send(file, row, target);
      }
    } catch (fault) {
      rows.forEach(({ row }) => row.failed(wordsOf(fault)));
    }
  }

  async #send(file: File, row: UploadRow, target: Target): Promise<void> {
    try {
      const accepted = await send(target.id, file, (sent, total) => row.sending(sent / Math.max(1, total)), row.signal);
      if (accepted.status === "failed") {
        row.failed(accepted.error?.detail ?? "This file was refused.");
      } else {
        this.#follow(accepted.id, row, target.id);
      }
    } catch (fault) {
      row.failed(wordsOf(fault));
      this.announce(`${file.name}: ${wordsOf(fault)}`);
    }
  }

  async #addSample(): Promise<void> {
    const row = this.#row("Sample document");
    try {
      const added = await call<SampleAdded>("POST", "/api/samples");
      this.#follow(added.documentId, row, added.collectionId);
    } catch (fault) {
      row.failed(wordsOf(fault));
    }
  }

  #follow(document: string, row: UploadRow, collection: string): void {
    this.#rows.set(document, row);
    const watch = this.#watches.get(collection) ?? new Watch(collection, info => this.#tell(info));
    this.#watches.set(collection, watch);
    watch.add(document);
  }

  #tell(info: DocumentInfo): void {
    const row = this.#rows.get(info.id);
    if (!row) {
      return;
    }
    row.show(info);
    if (info.status === "ready" || info.status === "failed") {
      this.#rows.delete(info.id);
      this.announce(info.status === "ready" ? `${info.name} is ready. You can ask about it.` : `${info.name} failed. ${info.error?.detail ?? ""}`);
      void this.#refresh();
    }
  }

  /** The chosen collection, else the first, else one that is made now. */
  async #target(): Promise<Target> {
    const boxes = [...this.thread.querySelectorAll<HTMLInputElement>("input[name=collectionIds]")];
    const box = boxes.find(one => one.checked) ?? boxes[0];
    return box
      ? { id: box.value, name: box.dataset["name"] ?? "" }
      : call<Target>("POST", "/api/collections", { name: "Documents" });
  }

  /** What an empty chat can answer from has changed. */
  async #refresh(): Promise<void> {
    const fresh = await fragment("/chat").catch(() => undefined);
    for (const selector of [".welcome", ".picker"]) {
      const [now, next] = [this.thread.querySelector(selector), fresh?.querySelector(selector)];
      if (now && next) {
        morph(now, next);
      } else if (next && selector === ".picker") {
        find(this.thread, ".composer-bar").prepend(next);
      }
    }
    const placeholder = fresh?.querySelector("textarea")?.placeholder;
    if (placeholder) {
      find<HTMLTextAreaElement>(this.thread, "textarea").placeholder = placeholder;
    }
  }

  #row(name: string): UploadRow {
    const row = new UploadRow(name, () => (this.#list.hidden = this.#list.childElementCount === 0));
    this.#list.append(row.element);
    this.#list.hidden = false;
    return row;
  }
}

class UploadRow {
  readonly element = element("li", "chat-upload");
  readonly #words = element("span", "chat-upload-words", "Waiting to be sent");
  readonly #bar = element("progress");
  readonly #name: HTMLElement;
  readonly #abort = new AbortController();

  constructor(name: string, gone: () => void) {
    this.#name = element("span", "chat-upload-name", name);
    this.#bar.max = 1;
    this.#bar.setAttribute("aria-label", `Progress of ${name}`);
    const close = element("button", "chat-upload-close");
    close.type = "button";
    close.setAttribute("aria-label", `Remove ${name} from this list`);
    close.append(icon("x"));
    close.addEventListener("click", () => {
      this.#abort.abort();
      this.element.remove();
      gone();
    });
    this.element.append(icon("file-text"), this.#name, this.#words, this.#bar, close);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  sending(part: number): void {
    this.#words.textContent = part < 1 ? `Uploading ${Math.floor(part * 100)} %` : "Sent, being checked";
    this.#bar.value = part;
  }

  failed(words: string): void {
    this.element.dataset["tone"] = "bad";
    this.#words.textContent = words;
    this.#bar.hidden = true;
  }

  show(info: DocumentInfo): void {
    if (info.status === "failed") {
      this.failed(info.error?.detail ?? "It could not be read.");
      return;
    }
    const link = element("a", "chat-upload-name", info.name);
    link.href = `/documents/${info.id}`;
    this.element.querySelector(".chat-upload-name")?.replaceWith(link);
    this.element.dataset["tone"] = info.status === "ready" ? "ok" : "";
    this.#words.textContent = info.status === "ready" ? "Ready to answer from" : stateWords(info);
    this.#bar.hidden = info.status === "ready";
    this.#bar.value = info.progress;
  }
}

const wordsOf = (fault: unknown): string =>
  fault instanceof Refused || (fault instanceof Error && fault.name !== "AbortError") ? fault.message : "Canceled.";
