const mac = /Mac|iPhone|iPad/.test(navigator.platform);

const everywhere: [string[], string][] = [
  [[mac ? "⌘" : "Ctrl", "K"], "Search chats, documents, pages and actions"],
  [["G", "then", "N"], "New chat"],
  [["G", "then", "C"], "Collections"],
  [["G", "then", "J"], "Jobs"],
  [["G", "then", "K"], "API keys"],
  [["["], "Narrow or widen the bar"],
  [["?"], "These shortcuts"],
];

const inChats: [string[], string][] = [
  [["Enter"], "Send the question"],
  [["Shift", "Enter"], "New line"],
  [["Esc"], "Stop the answer"],
  [["←", "→"], "Step through the citations"],
];

export function showShortcuts(): void {
  const dialog = document.createElement("dialog");
  dialog.className = "float shortcuts";
  dialog.setAttribute("aria-labelledby", "shortcuts-title");
  const title = Object.assign(document.createElement("h2"), { id: "shortcuts-title", textContent: "Keyboard shortcuts" });
  const form = document.createElement("form");
  form.method = "dialog";
  const close = Object.assign(document.createElement("button"), { className: "btn", textContent: "Close" });
  close.dataset.variant = "outline";
  form.append(close);
  dialog.append(title, group("Everywhere", everywhere), group("In a chat", inChats), form);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function group(name: string, shortcuts: [string[], string][]): HTMLElement {
  const section = document.createElement("section");
  section.append(Object.assign(document.createElement("h3"), { textContent: name }));
  const list = document.createElement("dl");
  for (const [keys, words] of shortcuts) {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    term.append(...keys.map((key) => key === "then" ? Object.assign(document.createElement("span"), { textContent: "then" }) : Object.assign(document.createElement("kbd"), { className: "kbd", textContent: key })));
    row.append(Object.assign(document.createElement("dd"), { textContent: words }), term);
    list.append(row);
  }

  section.append(list);
  return section;
}

const pages: Record<string, string> = { n: "/chat", c: "/collections", j: "/jobs", k: "/keys" };

/** Keys that mean something wherever nobody is typing. Only for the signed-in: the frame is there. */
export function listenForKeys(openPalette: () => void, toggleBar: () => void): void {
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if ((mac ? event.metaKey : event.ctrlKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }

    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target) || document.querySelector("dialog[open]")) {
      return;
    }

    const page = pages[event.key.toLowerCase()];
    if (page && performance.now() - going < 1500) {
      event.preventDefault();
      location.assign(page);
    } else if (event.key === "?") {
      event.preventDefault();
      showShortcuts();
    } else if (event.key === "[") {
      toggleBar();
    }

    going = event.key.toLowerCase() === "g" ? performance.now() : 0;
  });
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Key caps in the markup say what this keyboard has. */
export function nameKeys(): void {
  if (mac) {
    document.querySelectorAll<HTMLElement>("[data-mod-key]").forEach((cap) => (cap.textContent = `⌘ ${cap.dataset.modKey}`));
  }
}
