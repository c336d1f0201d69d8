import { filesOf } from "./paths";

/** Files and folders may be dropped anywhere on the page; a veil says where they will go. */
export function listenForDrops(name: string, take: (files: File[]) => void, signal: AbortSignal): void {
  const veil = Object.assign(document.createElement("div"), { className: "drop-veil", textContent: `Drop to add to ${name}` });
  // Enter and leave fire for every element on the way, so they are counted.
  let depth = 0;

  const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;
  const lower = (): void => {
    depth = 0;
    veil.remove();
  };

  document.addEventListener("dragenter", (event) => {
    if (carriesFiles(event) && depth++ === 0) {
      document.body.append(veil);
    }
  }, { signal });
  document.addEventListener("dragleave", (event) => {
    if (carriesFiles(event) && --depth <= 0) {
      lower();
    }
  }, { signal });
  document.addEventListener("dragover", (event) => {
    if (carriesFiles(event)) {
      event.preventDefault();
    }
  }, { signal });
  document.addEventListener("drop", (event) => {
    if (carriesFiles(event)) {
      event.preventDefault();
      lower();
      void filesOf(event.dataTransfer!).then(take);
    }
  }, { signal });
}
