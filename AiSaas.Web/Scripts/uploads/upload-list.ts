import { call, Refusal } from "../shared/api";
import { confirmFirst } from "../shared/confirm";
import { bytes, count } from "../shared/human";
import { DocumentRow, type DocumentInfo } from "./document-row";
import { listenForDrops } from "./drop";
import { FacetCounts } from "./facet-counts";
import { send } from "./send";
import { Watch } from "./watch";

const atOnce = 2;

interface Receipt {
  pages: number;
  chunks: number;
  vectors: number;
  files: number;
  bytes: number;
}

/** The documents of a collection: each file a row at once, its upload and its reading followed live. */
export class UploadList extends HTMLElement {
  private readonly rows = new Map<string, DocumentRow>();
  private readonly queue: (() => Promise<void>)[] = [];
  private readonly leaving = new AbortController();
  private counts!: FacetCounts;
  private sending = 0;
  private watch!: Watch;

  connectedCallback(): void {
    this.watch = new Watch(this.collection, (info) => this.tell(info));
    for (const element of this.list.querySelectorAll<HTMLElement>("[data-document]")) {
      this.adopt(new DocumentRow(element));
    }

    this.counts = new FacetCounts(this, this.list);
    const input = this.querySelector<HTMLInputElement>("input[type=file]")!;
    input.addEventListener("change", () => {
      this.addAll(input.files);
      input.value = "";
    });
    listenForDrops(this.dataset.name ?? "", (files) => this.addAll(files), this.leaving.signal);
    addEventListener("beforeunload", (event) => this.warn(event), { signal: this.leaving.signal });
  }

  disconnectedCallback(): void {
    this.leaving.abort();
    this.watch.close();
  }

  private get collection(): string {
    return this.dataset.collection!;
  }

  private get list(): HTMLElement {
    return this.querySelector<HTMLElement>("[data-documents]")!;
  }

  private addAll(files: Iterable<File> | null): void {
    const added = [...(files ?? [])];
    added.forEach((file) => this.add(file));
    if (added.length > 0) {
      this.announce(`${count(added.length, "file")} added.`);
    }
  }

  private add(file: File): void {
    const template = this.querySelector<HTMLTemplateElement>("template[data-row]")!;
    const element = (template.content.cloneNode(true) as DocumentFragment).querySelector<HTMLElement>("li")!;
    const row = new DocumentRow(element);
    row.uploading(file);
    this.list.prepend(element);
    this.querySelector<HTMLElement>("[data-none]")!.hidden = true;

    let canceling = new AbortController();
    const start = (): void => {
      canceling = new AbortController();
      this.queue.push(() => this.upload(row, file, canceling.signal));
      this.pump();
    };
    row.on("cancel", () => {
      if (!row.id) {
        canceling.abort();
        element.remove();
        this.counts.refresh();
      }
    });
    row.on("retry", (event) => {
      event.preventDefault();
      if (!row.id) {
        row.explain(undefined);
        row.uploading(file);
        start();
      }
    });
    this.listen(row);
    start();
  }

  private pump(): void {
    while (this.sending < atOnce) {
      const next = this.queue.shift();
      if (!next) {
        return;
      }

      this.sending++;
      void next().finally(() => {
        this.sending--;
        this.pump();
      });
    }
  }

  private async upload(row: DocumentRow, file: File, signal: AbortSignal): Promise<void> {
    const limit = Number(this.dataset.limit);
    if (signal.aborted) {
      return;
    }

    if (file.size === 0) {
      row.refused("This file is empty (0 bytes). Choose another one.", false);
    } else if (limit > 0 && file.size > limit) {
      row.refused(`This file has ${bytes(file.size)}; the most here is ${this.dataset.limitWords}.`, false);
    } else {
      await this.deliver(row, file, signal);
    }

    this.counts.refresh();
  }

  private async deliver(row: DocumentRow, file: File, signal: AbortSignal): Promise<void> {
    try {
      const accepted = await send(this.collection, file, (sent, total, left) => row.sending(sent, total, left), signal);
      row.accepted(accepted.id, accepted.name);
      if (accepted.status === "failed") {
        row.update({ id: accepted.id, name: accepted.name, status: "failed", stage: "failed", progress: 0, bytes: file.size, error: accepted.error });
        this.rows.set(accepted.id, row);
        this.announce(`${file.name} failed. ${accepted.error?.detail ?? ""}`);
      } else {
        this.rows.set(accepted.id, row);
        this.watch.add(accepted.id);
      }
    } catch (fault) {
      if (!signal.aborted) {
        const reason = fault instanceof Refusal ? fault.message : "This file could not be sent.";
        row.refused(reason, !(fault instanceof Refusal && fault.problem.status !== undefined && fault.problem.status < 500 && fault.problem.status !== 429));
        this.announce(`${file.name} was not uploaded. ${reason}`);
      }
    }
  }

  private adopt(row: DocumentRow): void {
    this.rows.set(row.id!, row);
    this.listen(row);
    if (row.facet === "working") {
      this.watch.add(row.id!);
    }
  }

  private tell(info: DocumentInfo): void {
    const row = this.rows.get(info.id);
    const before = row?.facet;
    row?.update(info);
    if (row && row.facet !== before) {
      this.announce(info.status === "ready" ? `${info.name} is ready.` : `${info.name} failed. ${info.error?.detail ?? ""}`);
      this.counts.refresh();
    }
  }

  private listen(row: DocumentRow): void {
    row.on("delete", (event) => {
      event.preventDefault();
      void this.delete(row);
    });
    row.on("retry", (event) => {
      event.preventDefault();
      void this.ask(row, `/api/documents/${row.id}/retry`);
    });
    row.on("cancel", () => void this.ask(row, `/api/jobs/${row.job}/cancel`));
  }

  /** Retry or cancel of a document that exists; its events tell what came of it. */
  private async ask(row: DocumentRow, path: string): Promise<void> {
    const id = row.id;
    if (!id) {
      return;
    }

    row.busy(true);
    try {
      await call(path, { method: "POST" });
      row.explain(undefined);
      this.tell(await call<DocumentInfo>(`/api/documents/${id}`));
      this.watch.add(id);
    } catch (fault) {
      row.explain(fault instanceof Refusal ? fault.message : "That did not work. Try again.");
    } finally {
      row.busy(false);
    }
  }

  private async delete(row: DocumentRow): Promise<void> {
    const id = row.id;
    if (!id || !(await confirmFirst(`Delete “${row.name}”?`, "Its pages, passages and vectors go with it. Answers that quoted it keep their words, but its pages can’t be opened any more.", "Delete"))) {
      return;
    }

    row.busy(true);
    try {
      const { receipt } = await call<{ receipt: Receipt }>(`/api/documents/${id}`, { method: "DELETE" });
      this.watch.remove(id);
      this.rows.delete(id);
      const summary = `“${row.name}” is deleted: ${count(receipt.pages, "page")}, ${count(receipt.chunks, "passage")}, ${count(receipt.vectors, "vector")}, ${count(receipt.files, "file")}, ${bytes(receipt.bytes)} freed.`;
      row.deleted(summary);
      this.announce(summary);
      this.counts.refresh();
    } catch (fault) {
      row.busy(false);
      row.explain(fault instanceof Refusal ? fault.message : "It could not be deleted.");
    }
  }

  private warn(event: BeforeUnloadEvent): void {
    if (this.sending > 0) {
      event.preventDefault();
    }
  }

  private announce(words: string): void {
    this.querySelector("[data-announce]")!.textContent = words;
  }
}
