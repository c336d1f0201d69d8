import { bytes, count, duration } from "../shared/human";
import { pathOf } from "./paths";

/** As the api tells of a document; what it doesn't know is null or left out. */
export interface DocumentInfo {
  id: string;
  name: string;
  status: "queued" | "running" | "ready" | "failed";
  stage: string;
  progress: number;
  etaSeconds?: number | null;
  pages?: number | null;
  chunks?: number | null;
  bytes: number;
  jobId?: string | null;
  error?: { code: string; detail: string } | null;
  notice?: string | null;
  collectionId?: string;
  contentType?: string;
  children?: { total: number; ready: number; failed: number } | null;
}

const words: Record<string, string> = {
  queued: "Waiting",
  unpacking: "Unpacking",
  contents: "Reading its files",
  parsing: "Reading",
  chunking: "Splitting",
  embedding: "Indexing",
  ready: "Ready",
  failed: "Failed",
};

/** The file's own faults, which another try can't change. DocumentRow.razor agrees. */
const lasting = new Set([
  "documents:empty", "documents:damaged", "documents:encrypted", "documents:no-text", "documents:not-what-it-says", "documents:unsupported",
  "documents:too-large", "documents:too-much-text", "documents:unpacks-too-large", "documents:too-many-files", "documents:nothing-readable",
  "documents:nested-too-deep",
]);

export function stateWords(info: DocumentInfo): string {
  const left = info.status === "running" && info.etaSeconds != null ? ` · ${duration(info.etaSeconds)} left` : "";
  const read = info.stage === "contents" && info.children ? ` ${info.children.ready + info.children.failed} of ${info.children.total}` : "";
  return (words[info.stage] ?? info.stage) + read + left;
}

/** "340 files, 2 failed"; of a mail, its attachments. DocumentRow.razor says the same. */
export function childWords(info: DocumentInfo): string {
  const { total, failed } = info.children ?? { total: 0, failed: 0 };
  return total === 0 ? "" : count(total, info.contentType === "message/rfc822" ? "attachment" : "file") + (failed > 0 ? `, ${failed} failed` : "");
}

/** One row of the list, drawn by the server or cloned from its template. Counterpart of DocumentRow.razor. */
export class DocumentRow {
  constructor(readonly element: HTMLElement) {}

  get id(): string | undefined {
    return this.element.dataset.document;
  }

  get facet(): string {
    return this.element.dataset.facet ?? "working";
  }

  get job(): string | undefined {
    return this.element.dataset.job || undefined;
  }

  get name(): string {
    return this.part("name").textContent ?? "";
  }

  on(what: "retry" | "cancel" | "delete", run: (event: Event) => void): void {
    this.part(what).addEventListener("click", run);
  }

  /** A file on its way: it has a name and a size, but no document yet. */
  uploading(file: File): void {
    const name = this.part<HTMLAnchorElement>("name");
    name.textContent = pathOf(file);
    name.removeAttribute("href");
    this.part("kind").textContent = /\.([^.]{1,5})$/.exec(file.name)?.[1]?.toLowerCase() ?? "file";
    this.part("meta").textContent = bytes(file.size);
    this.part("progress").setAttribute("aria-label", `Progress of ${file.name}`);
    this.part("delete").setAttribute("aria-label", `Delete ${file.name}`);
    this.nameCancel("Cancel");
    this.show("working", "Waiting to be sent", 0);
    this.ways({ cancel: true });
  }

  sending(sent: number, total: number, secondsLeft: number | undefined): void {
    const left = secondsLeft === undefined ? "" : ` · ${duration(secondsLeft)} left`;
    this.show("working", sent >= total ? "Sent, being checked" : `Uploading ${Math.floor((100 * sent) / Math.max(1, total))} %${left}`, sent / Math.max(1, total));
  }

  /** It never became a document: say why, and offer to try again where that could help. */
  refused(reason: string, mayRetry: boolean): void {
    this.show("failed", "Not uploaded", 0);
    this.explain(reason);
    this.ways({ retry: mayRetry, cancel: true });
    this.nameCancel("Dismiss");
  }

  /** What to know of it beside its state. */
  note(words: string | null | undefined): void {
    const note = this.part("note");
    note.hidden = !words;
    note.textContent = words ?? "";
  }

  accepted(id: string, name: string): void {
    this.element.dataset.document = id;
    const link = this.part<HTMLAnchorElement>("name");
    link.href = `/documents/${id}`;
    link.textContent = name;
    this.part<HTMLButtonElement>("delete").value = id;
    this.explain(undefined);
    this.show("working", "Waiting", 0);
    this.ways({ delete: true });
  }

  update(info: DocumentInfo): void {
    this.element.dataset.job = info.jobId ?? "";
    const facet = info.status === "ready" || info.status === "failed" ? info.status : "working";
    this.show(facet, stateWords(info), info.progress);
    this.ways({ delete: true, cancel: facet === "working" && info.jobId != null, retry: facet === "failed" && !lasting.has(info.error?.code ?? "") });
    this.explain(info.error?.detail);
    this.contents(info);
    const facts = [
      info.pages == null ? "" : count(info.pages, "page"),
      info.chunks == null ? "" : count(info.chunks, "passage"),
      bytes(info.bytes),
    ].filter((fact) => fact !== "");
    this.part("meta").textContent = facts.join(" · ");
  }

  private contents(info: DocumentInfo): void {
    const link = this.part<HTMLAnchorElement>("children");
    const words = childWords(info);
    link.hidden = words === "";
    link.textContent = words;
    if (info.collectionId) {
      link.href = `/collections/${info.collectionId}?parent=${info.id}`;
      if (info.contentType === "application/zip") {
        this.part<HTMLAnchorElement>("name").href = link.href;
      }
    }

    if (info.notice) {
      this.note(info.notice);
    }
  }

  /** The row becomes its own receipt. */
  deleted(summary: string): void {
    this.element.replaceChildren(Object.assign(document.createElement("p"), { className: "document-gone", textContent: summary }));
    this.element.dataset.facet = "gone";
    delete this.element.dataset.document;
  }

  busy(state: boolean): void {
    this.element.toggleAttribute("aria-busy", state);
    this.part<HTMLButtonElement>("delete").disabled = state;
  }

  explain(reason: string | null | undefined): void {
    const error = this.part("error");
    error.hidden = reason == null;
    error.textContent = reason ?? "";
  }

  private nameCancel(words: string): void {
    this.part("cancel").title = words;
    this.part("cancel").setAttribute("aria-label", `${words} ${this.name}`);
  }

  private show(facet: string, text: string, progress: number): void {
    this.element.dataset.facet = facet;
    const state = this.part("words");
    state.textContent = text;
    state.dataset.tone = facet === "ready" ? "ok" : facet === "failed" ? "bad" : "accent";
    const bar = this.part<HTMLProgressElement>("progress");
    bar.hidden = facet !== "working";
    bar.value = progress;
  }

  private ways(shown: { retry?: boolean; cancel?: boolean; delete?: boolean }): void {
    for (const way of ["retry", "cancel", "delete"] as const) {
      this.part(way).hidden = shown[way] !== true;
    }
  }

  private part<T extends HTMLElement>(name: string): T {
    return this.element.querySelector<T>(`[data-${name}]`)!;
  }
}
