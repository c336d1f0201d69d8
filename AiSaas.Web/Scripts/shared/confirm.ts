/** Asks before what can't be undone. Esc and the way out of it keep everything as it is. */
export function confirmFirst(title: string, words: string, action: string): Promise<boolean> {
  const dialog = document.createElement("dialog");
  dialog.className = "float confirm";
  dialog.setAttribute("aria-labelledby", "confirm-title");
  const heading = Object.assign(document.createElement("h2"), { id: "confirm-title", textContent: title });
  const text = Object.assign(document.createElement("p"), { textContent: words });
  const form = document.createElement("form");
  form.method = "dialog";
  const keep = Object.assign(document.createElement("button"), { className: "btn", value: "", textContent: "Cancel" });
  keep.dataset.variant = "ghost";
  const go = Object.assign(document.createElement("button"), { className: "btn", value: "yes", textContent: action });
  go.dataset.variant = "danger";
  form.append(keep, go);
  dialog.append(heading, text, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(dialog.returnValue === "yes");
  }));
}
