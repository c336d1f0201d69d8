import { call } from "../shared/api";
import { icon } from "../shared/icons";
import { rank } from "./rank";
import { signOut } from "./actions";
import { setTheme, toggleBar } from "./preferences";
import { showShortcuts } from "./shortcuts";

type Kind = "chats" | "documents" | "pages" | "actions";

interface Entry {
  kind: Kind;
  title: string;
  hint?: string;
  /** What the footer says Enter does. */
  enter: string;
  picture: SVGSVGElement;
  run: () => void;
}

interface Listed {
  id: string;
  title?: string;
  name?: string;
}

const kinds: [Kind | "all", string][] = [["all", "All"], ["chats", "Chats"], ["documents", "Documents"], ["pages", "Pages"], ["actions", "Actions"]];
const shownAtMost = 50;
const collectionsAtMost = 20;

/** Ctrl/⌘ K: chats, documents, pages and actions, by typing a few letters of them. */
export class Palette {
  private readonly dialog = document.createElement("dialog");
  private readonly input = document.createElement("input");
  private readonly list = document.createElement("div");
  private readonly footer = document.createElement("p");
  private readonly chips = new Map<string, HTMLButtonElement>();
  private kind: Kind | "all" = "all";
  private entries: Entry[] = [];
  private shown: Entry[] = [];
  private at = 0;
  private failed = false;

  open(): void {
    if (!this.dialog.isConnected) {
      this.build();
    }

    if (!this.dialog.open) {
      this.input.value = "";
      this.entries = this.known();
      this.dialog.showModal();
      this.choose("all");
      void this.load();
    }
  }

  private build(): void {
    this.dialog.className = "float palette";
    this.dialog.setAttribute("aria-label", "Search and commands");
    // Not "search", whose Esc empties the field first.
    this.input.type = "text";
    this.input.className = "palette-input";
    this.input.placeholder = "Search chats, documents, pages and actions";
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-expanded", "true");
    this.input.setAttribute("aria-controls", "palette-list");
    this.input.setAttribute("aria-label", this.input.placeholder);
    this.input.autocomplete = "off";
    this.list.id = "palette-list";
    this.list.className = "palette-list";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Results");
    this.footer.className = "palette-foot";
    this.footer.setAttribute("aria-live", "polite");

    const head = document.createElement("div");
    head.className = "palette-head";
    head.append(icon("search"), this.input);
    const chips = document.createElement("div");
    chips.className = "palette-chips";
    chips.setAttribute("role", "group");
    chips.setAttribute("aria-label", "Show only");
    for (const [kind, label] of kinds) {
      const chip = Object.assign(document.createElement("button"), { type: "button", textContent: label });
      chip.addEventListener("click", () => {
        this.choose(kind);
        this.input.focus();
      });
      this.chips.set(kind, chip);
      chips.append(chip);
    }

    this.dialog.append(head, chips, this.list, this.footer);
    this.input.addEventListener("input", () => this.draw());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) {
        this.dialog.close();
      }
    });
    document.body.append(this.dialog);
  }

  private choose(kind: Kind | "all"): void {
    this.kind = kind;
    this.chips.forEach((chip, key) => chip.setAttribute("aria-pressed", String(key === kind)));
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (move !== undefined) {
      event.preventDefault();
      this.point(Math.max(0, Math.min(this.shown.length - 1, this.at + move)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.run(this.shown[this.at]);
    } else if (event.key === "Tab") {
      event.preventDefault();
      const order = kinds.map(([kind]) => kind);
      const next = (order.indexOf(this.kind) + (event.shiftKey ? order.length - 1 : 1)) % order.length;
      this.choose(order[next]!);
    }
  }

  private run(entry: Entry | undefined): void {
    if (entry) {
      this.dialog.close();
      entry.run();
    }
  }

  private draw(): void {
    const words = this.input.value.trim();
    const wanted = this.entries.filter((entry) => this.kind === "all" || entry.kind === this.kind);
    this.shown = rank(wanted, words, (entry) => entry.title).slice(0, shownAtMost);
    this.list.replaceChildren(...this.shown.map((entry, index) => this.option(entry, index)));
    this.point(0);
  }

  private option(entry: Entry, index: number): HTMLElement {
    const option = document.createElement("div");
    option.id = `palette-${index}`;
    option.className = "menu-item";
    option.setAttribute("role", "option");
    const title = Object.assign(document.createElement("span"), { className: "palette-title", textContent: entry.title });
    const hint = Object.assign(document.createElement("small"), { textContent: entry.hint ?? kinds.find(([kind]) => kind === entry.kind)![1] });
    option.append(entry.picture, title, hint);
    option.addEventListener("click", () => this.run(entry));
    option.addEventListener("pointermove", () => this.point(index, false));
    return option;
  }

  private point(index: number, scroll = true): void {
    this.at = index;
    [...this.list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
    const entry = this.shown[index];
    if (entry) {
      this.input.setAttribute("aria-activedescendant", `palette-${index}`);
      if (scroll) {
        this.list.children[index]?.scrollIntoView({ block: "nearest" });
      }
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }

    const missing = this.failed ? " Chats and documents could not be loaded." : "";
    this.footer.textContent = (entry ? `Enter ${entry.enter} · Tab filters · Esc closes.` : `Nothing by that name.`) + missing;
  }

  private known(): Entry[] {
    const page = (title: string, href: string, picture: SVGSVGElement): Entry =>
      ({ kind: "pages", title, enter: `opens ${title}`, picture, run: () => location.assign(href) });
    const action = (title: string, enter: string, picture: SVGSVGElement, run: () => void): Entry => ({ kind: "actions", title, enter, picture, run });
    return [
      action("New chat", "starts a chat", icon("square-pen"), () => location.assign("/chat")),
      page("Collections", "/collections", icon("library")),
      page("Jobs", "/jobs", icon("list-checks")),
      page("Schedules", "/schedules", icon("calendar-clock")),
      page("API keys", "/keys", icon("key-round")),
      page("Use the API", "/developers", icon("code-xml")),
      page("Webhooks", "/webhooks", icon("webhook")),
      page("Settings", "/profile", icon("settings")),
      action("Light theme", "makes it light", icon("sun"), () => setTheme("light")),
      action("Dark theme", "makes it dark", icon("moon"), () => setTheme("dark")),
      action("Theme of the system", "follows your device", icon("monitor"), () => setTheme("system")),
      action("Narrow or widen the bar", "changes the bar", icon("panel-left"), toggleBar),
      action("Keyboard shortcuts", "lists them", icon("keyboard"), showShortcuts),
      action("Sign out", "signs you out", icon("log-out"), signOut),
    ];
  }

  private async load(): Promise<void> {
    this.failed = false;
    const [chats, collections] = await Promise.allSettled([
      call<{ items: Listed[] }>("/api/conversations"),
      call<{ items: Listed[] }>("/api/collections"),
    ]);
    if (chats.status === "fulfilled") {
      this.entries.push(...chats.value.items.map((chat): Entry => ({
        kind: "chats", title: chat.title || "Untitled", enter: "opens the chat", picture: icon("message-square-text"), run: () => location.assign(`/chat/${chat.id}`),
      })));
    }

    if (collections.status === "fulfilled") {
      await this.loadDocuments(collections.value.items);
    }

    this.failed = chats.status === "rejected" || collections.status === "rejected";
    if (this.dialog.open) {
      this.draw();
    }
  }

  private async loadDocuments(collections: Listed[]): Promise<void> {
    this.entries.push(...collections.map((found): Entry => ({
      kind: "documents", title: found.name ?? "", hint: "Collection", enter: "opens the collection", picture: icon("library"), run: () => location.assign(`/collections/${found.id}`),
    })));
    const lists = await Promise.allSettled(collections.slice(0, collectionsAtMost).map((found) =>
      call<{ items: Listed[] }>(`/api/collections/${found.id}/documents`)));
    lists.forEach((list, index) => {
      if (list.status === "fulfilled") {
        this.entries.push(...list.value.items.map((found): Entry => ({
          kind: "documents", title: found.name ?? "", hint: collections[index]!.name, enter: "opens the document", picture: icon("file-text"), run: () => location.assign(`/documents/${found.id}`),
        })));
      }
    });
  }
}
