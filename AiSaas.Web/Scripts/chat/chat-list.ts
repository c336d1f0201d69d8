import { fragment } from "./http";
import { morph } from "./morph";
import { chatsRefreshed, onChatsChanged } from "./news";

const busy = 4_000; // ms between looks while an answer is being written somewhere
const calm = 10_000; // ms otherwise; a hidden page doesn't look at all
const settle = 150; // ms, so that a burst of news is one look

/** The chats of the left bar, kept fresh: titles, live dots, what other tabs and devices did. */
export class ChatList extends HTMLElement {
  #timer = 0;
  #looking = false;

  connectedCallback(): void {
    onChatsChanged(() => this.#in(settle));
    document.addEventListener("visibilitychange", () => (document.hidden ? window.clearTimeout(this.#timer) : this.#in(0)));
    this.#next();
  }

  get #inUse(): boolean {
    return this.querySelector(":popover-open") !== null;
  }

  #next(): void {
    this.#in(this.querySelector("[data-answering]") ? busy : calm);
  }

  #in(ms: number): void {
    window.clearTimeout(this.#timer);
    if (!document.hidden) {
      this.#timer = window.setTimeout(() => void this.#look(), ms);
    }
  }

  async #look(): Promise<void> {
    // A menu or a name being edited is not pulled from under the hand.
    if (!this.#looking && !this.#inUse) {
      this.#looking = true;
      const drawn = await fragment(`/chat/list?current=${encodeURIComponent(current())}`).catch(() => undefined);
      this.#looking = false;
      const fresh = drawn?.querySelector("chat-list");
      if (fresh && !this.#inUse) {
        morph(this, fresh);
        chatsRefreshed(id => this.querySelector<HTMLElement>(`[data-chat="${CSS.escape(id)}"]`)?.dataset["updated"]);
      }
    }
    this.#next();
  }
}

const current = (): string => /^\/chat\/([0-9a-f-]{36})/.exec(location.pathname)?.[1] ?? "";
