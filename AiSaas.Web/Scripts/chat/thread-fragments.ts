import { find } from "./dom";
import { fragment } from "./http";
import { morph } from "./morph";

// The stream ends a moment before or after the answer is written down; the last look is after some six seconds.
const looks = [0, 150, 300, 600, 1_200, 4_000];

/** Puts the settled answer, as a reload would show it, in the place of the streamed one. */
export async function settle(article: HTMLElement, conversation: string): Promise<void> {
  const message = article.dataset["message"];
  for (const wait of looks) {
    await new Promise(resolve => setTimeout(resolve, wait));
    const drawn = await fragment(`/chat/${conversation}/messages/${message}`).catch(() => undefined);
    const settled = drawn?.querySelector<HTMLElement>(".answer");
    if (settled && !isRunning(settled)) {
      // A reload knows nothing of what broke off; who saw it struck out may still unfold it.
      const discarded = [...article.querySelectorAll(".discarded")];
      morph(article, settled);
      article.querySelector(".prose")?.before(...discarded);
      break;
    }
  }
  if (isRunning(article)) {
    // Not written down, or out of reach: what was streamed stays, and a reload tells.
    article.dataset["status"] = "complete";
  }
  article.querySelector("answer-stream")?.dispatchEvent(new CustomEvent("answer-settled", { bubbles: true }));
}

/** Adds the messages that this page doesn't show yet; true when there were some. */
export async function addMissing(messages: HTMLElement, conversation: string): Promise<boolean> {
  const drawn = await fragment(`/chat/${conversation}/messages`).catch(() => undefined);
  const missing = [...(drawn?.querySelectorAll<HTMLElement>(".question, .answer") ?? [])]
    .filter(message => !document.getElementById(message.id));
  messages.append(...missing);
  return missing.length > 0;
}

/** The question could not be asked: said where its answer would be, with the way to ask again. */
export function showRefusal(answer: HTMLElement, question: string, words: string): void {
  answer.dataset["status"] = "failed";
  find(answer, ".stage").hidden = true;
  const failure = find(answer, ".failure");
  failure.hidden = false;
  const line = find(failure, ".failure-words");
  line.textContent = words;
  line.hidden = false;
  const again = find<HTMLFormElement>(failure, "form");
  again.hidden = false;
  find<HTMLInputElement>(again, "input[name=text]").value = question;
}

/** A chat that began on this page has no options yet. */
export async function completeHead(head: HTMLElement, conversation: string): Promise<void> {
  if (!head.querySelector(".chat-menu-button")) {
    const page = await fragment(`/chat/${conversation}`).catch(() => undefined);
    const drawn = page?.querySelector(".chat-head");
    if (drawn) {
      morph(head, drawn);
    }
  }
}

const isRunning = (article: HTMLElement): boolean => /^(?:queued|streaming)$/.test(article.dataset["status"] ?? "");
