import { stateWords, type DocumentInfo } from "./document-row";

/** On the page of a document that is still being read: follows it, and shows the pages once they are there. */
export class DocumentProgress extends HTMLElement {
  private source: EventSource | undefined;

  connectedCallback(): void {
    this.source = new EventSource(`/api/documents/${this.dataset.document}/events`);
    this.source.addEventListener("message", (event) => {
      if (event.data !== "[DONE]") {
        this.show(JSON.parse(event.data as string) as DocumentInfo);
      }
    });
  }

  disconnectedCallback(): void {
    this.source?.close();
  }

  private show(info: DocumentInfo): void {
    this.querySelector("[data-words]")!.textContent = stateWords(info);
    this.querySelector<HTMLProgressElement>("[data-progress]")!.value = info.progress;
    if (info.status === "ready" || info.status === "failed") {
      this.source?.close();
      location.reload();
    }
  }
}
