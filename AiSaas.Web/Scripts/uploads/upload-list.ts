import { call, Refusal } from "../shared/api";
import { confirmFirst } from "../shared/confirm";
import { bytes, count } from "../shared/human";
import { DocumentRow, type DocumentInfo } from "./document-row";
import { listenForDrops } from "./drop";
import { FacetCounts } from "./facet-counts";
import { Outbox } from "./outbox";
import { mostFiles } from "./paths";
import type { UploadedDocument } from "./send";
import { Watch } from "./watch";

/** Of thousands of files that are added at once, so many have a row before they are sent. */
const rowsAhead = 50;

/** Rows beyond these make room. */
const mostRows = 400;

interface Receipt {
  documents: number;
  pages: number;
  chunks: number;
  vectors: number;
  files: number;
  bytes: number;
}

/** The documents of a collection: each file a row at once, its upload and its reading followed live. */
export class UploadList extends HTMLElement {
  private readonly rows = new Map<string, DocumentRow>();
  private readonly leaving = new AbortController();
  private counts!: FacetCounts;
  private outbox!: Outbox;
  private asked = 0;
  private watch!: Watch;

  connectedCallback(): void {
    this.outbox = new Outbox(this.collection, () => this.sendingChanged());
    this.watch = new Watch(this.collection, (info) => this.tell(info));
    for (const element of this.list.querySelectorAll<HTMLElement>("[data-document]")) {
      this.adopt(new DocumentRow(element));
    }

    this.counts = new FacetCounts(this, this.list);
    for (const input of this.querySelectorAll<HTMLInputElement>("input[type=file]")) {
      input.addEventListener("change", () => {
        this.addAll(input.files);
        input.value = "";
      });
    }

    this.querySelector("[data-pick-folder]")?.addEventListener("click", () => this.querySelector<HTMLInputElement>("input[webkitdirectory]")!.click());
    // Nothing can be added to what lies in an archive.
    if (this.querySelector("form.drop")) {
      listenForDrops(this.dataset.name ?? "", (files) => this.addAll(files), this.leaving.signal);
    }

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
    const added = [...(files ?? [])].slice(0, mostFiles);
    this.asked += added.length;
    added.forEach((file) => this.add(file));
    if (added.length > 0) {
      this.announce(`${count(added.length, "file")} added.${added.length === mostFiles ? " More can't be added at once." : ""}`);
    }
  }

  /** Of many files only some get their row before it is their turn. */
  private add(file: File): void {
    const canceling = new AbortController();
    const row = this.outbox.left < rowsAhead ? this.row(file, canceling) : undefined;
    const refusal = this.refusalOf(file);
    if (refusal) {
      (row ?? this.row(file, canceling)).refused(refusal, false);
      return;
    }

    this.deliver(file, canceling, row);
  }

  private row(file: File, canceling: AbortController): DocumentRow {
    const template = this.querySelector<HTMLTemplateElement>("template[data-row]")!;
    const element = (template.content.cloneNode(true) as DocumentFragment).querySelector<HTMLElement>("li")!;
    const row = new DocumentRow(element);
    row.uploading(file);
    this.list.prepend(element);
    this.trim();
    this.querySelector<HTMLElement>("[data-none]")!.hidden = true;
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
        this.deliver(file, canceling, row);
      }
    });
    this.listen(row);
    return row;
  }

  /** What is settled makes room for what is under way; the server has it all. */
  private trim(): void {
    for (let last = this.list.lastElementChild; last && this.list.childElementCount > mostRows;) {
      const before = last.previousElementSibling;
      const id = (last as HTMLElement).dataset.document;
      if ((last as HTMLElement).dataset.facet === "ready" || (last as HTMLElement).dataset.facet === "gone") {
        last.remove();
        this.rows.delete(id ?? "");
      }

      last = before;
    }
  }

  private refusalOf(file: File): string | undefined {
    const limit = Number(this.dataset.limit);
    return file.size === 0
      ? "This file is empty (0 bytes). Choose another one."
      : limit > 0 && file.size > limit ? `This file has ${bytes(file.size)}; the most here is ${this.dataset.limitWords}.` : undefined;
  }

  private deliver(file: File, canceling: AbortController, ahead: DocumentRow | undefined): void {
    let row = ahead;
    const shown = (): DocumentRow => (row ??= this.row(file, canceling));
    this.outbox.add({
      file,
      signal: canceling.signal,
      begin: () => void shown(),
      progress: (sent, total, left) => shown().sending(sent, total, left),
      sent: (document) => this.took(shown(), file, document),
      failed: (fault) => {
        if (!canceling.signal.aborted) {
          const reason = fault instanceof Refusal ? fault.message : "This file could not be sent.";
          shown().refused(reason, !(fault instanceof Refusal && fault.problem.status !== undefined && fault.problem.status < 500 && fault.problem.status !== 429));
          this.announce(`${file.name} was not uploaded. ${reason}`);
        }
      },
    });
  }

  private took(row: DocumentRow, file: File, accepted: UploadedDocument): void {
    const known = this.rows.get(accepted.id);
    if (known && known !== row) {
      // The document has a row already, further down: this one takes its place.
      known.element.remove();
    }

    row.accepted(accepted.id, accepted.name);
    this.rows.set(accepted.id, row);
    if (accepted.duplicateOf) {
      row.note("This file is here already: nothing was added.");
    } else if (accepted.replaces) {
      row.note("A new version: what was here before is found until this one is read.");
    }

    if (accepted.status === "failed" && !accepted.duplicateOf) {
      row.update({ id: accepted.id, name: accepted.name, status: "failed", stage: "failed", progress: 0, bytes: file.size, error: accepted.error });
      this.announce(`${file.name} failed. ${accepted.error?.detail ?? ""}`);
    } else {
      this.watch.add(accepted.id);
    }

    this.counts.refresh();
  }

  private sendingChanged(): void {
    const left = this.outbox.left;
    const line = this.querySelector<HTMLElement>("[data-queue]")!;
    line.hidden = left <= rowsAhead;
    line.textContent = `${count(left, "file")} of ${this.asked.toLocaleString("en")} are still to be sent. Keep this page open.`;
    if (left === 0) {
      this.asked = 0;
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
      const { receipt } = await call<{ receipt: Receipt }>(`/api/documents/${id}`, { method: "DELETE", signal: AbortSignal.timeout(120_000) });
      this.watch.remove(id);
      this.rows.delete(id);
      const others = receipt.documents > 1 ? ` with ${count(receipt.documents - 1, "document")} in it` : "";
      const summary = `“${row.name}” is deleted${others}: ${count(receipt.pages, "page")}, ${count(receipt.chunks, "passage")}, ${count(receipt.vectors, "vector")}, ${count(receipt.files, "file")}, ${bytes(receipt.bytes)} freed.`;
      row.deleted(summary);
      this.announce(summary);
      this.counts.refresh();
    } catch (fault) {
      row.busy(false);
      row.explain(fault instanceof Refusal ? fault.message : "It could not be deleted.");
    }
  }

  private warn(event: BeforeUnloadEvent): void {
    if (this.outbox.isBusy) {
      event.preventDefault();
    }
  }

  private announce(words: string): void {
    this.querySelector("[data-announce]")!.textContent = words;
  }
}
