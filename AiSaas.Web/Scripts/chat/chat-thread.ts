import type { Answer } from "./answer";
import { AnswerStream } from "./answer-stream";
import { Announcer } from "./announcer";
import { ChatUploads } from "./chat-uploads";
import { Composer } from "./composer";
import { find, fromTemplate, isTyping } from "./dom";
import { call, Refused } from "./http";
import { chatsChanged, onChatsRefreshed } from "./news";
import { Pills } from "./pills";
import { QuestionQueue } from "./queue";
import { ReadingAlong } from "./scroll";
import { queueKey } from "./storage";
import { addMissing, completeHead, settle, showRefusal } from "./thread-fragments";

interface AskAccepted {
  runId: string;
  userMessageId: string;
  assistantMessageId: string;
}

/** A conversation: its messages, the composer, and what goes on between them. */
export class ChatThread extends HTMLElement {
  #messages!: HTMLElement;
  #composer!: Composer;
  #queue!: QuestionQueue;
  #pills!: Pills;
  #scroll!: ReadingAlong;
  #announcer!: Announcer;
  #uploads!: ChatUploads;
  #asking = false;

  get #id(): string {
    return this.dataset["conversation"] ?? "";
  }

  connectedCallback(): void {
    this.#messages = find(this, ".messages");
    this.#queue = new QuestionQueue(sessionStorage, queueKey(this.#id));
    this.#composer = new Composer(find(this, "form.composer"), this.#id, {
      ask: text => this.#askOrQueue(text),
      stop: () => void this.#stop(),
      collections: ids => void this.#choose(ids),
      files: files => void this.#uploads.add(files),
    });
    this.#pills = new Pills(find(this, ".pills"), this.#queue, {
      now: text => void this.#now(text),
      edit: text => this.#composer.put(text),
    });
    this.#scroll = new ReadingAlong(find(this, ".jump"));
    this.#announcer = new Announcer(find(this, ".announcer"));
    this.#uploads = new ChatUploads(this, words => this.#announcer.say(words));
    this.addEventListener("answer-grown", event => this.#grown(event.detail));
    this.addEventListener("answer-over", event => void this.#over(event.target as AnswerStream, event.detail));
    this.addEventListener("submit", event => this.#again(event));
    document.addEventListener("keydown", this.#key);
    onChatsRefreshed(this.#refreshed);
    this.#composer.answering = this.#running !== null;
    if (this.#id && !location.hash) {
      this.#scroll.toEnd();
    }
    if (!matchMedia("(pointer: coarse)").matches) {
      this.#composer.focus();
    }
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.#key);
  }

  /** The answer that is being written, if any. */
  get #running(): AnswerStream | null {
    return this.querySelector<AnswerStream>(".answer[data-status=queued] answer-stream, .answer[data-status=streaming] answer-stream");
  }

  #askOrQueue(text: string): void {
    if (!this.#asking && !this.#running) {
      void this.#ask(text);
    } else if (this.#queue.add(text)) {
      this.#pills.draw();
      this.#scroll.grown();
      this.#announcer.say("Queued. It is asked when this answer is done.");
    } else {
      this.#composer.put(text);
    }
  }

  /** The question is on the page before anything is sent. */
  async #ask(text: string): Promise<void> {
    this.#asking = true;
    const question = fromTemplate("question-template");
    find(question, ".bubble").textContent = text;
    const answer = fromTemplate("answer-template");
    this.#messages.append(question, answer);
    this.querySelector(".welcome")?.remove();
    this.toggleAttribute("data-empty", false);
    const stream = find<AnswerStream>(answer, "answer-stream");
    this.#composer.answering = true;
    this.#announcer.begin();
    this.#scroll.toEnd();
    try {
      const accepted = await this.#send(text);
      question.id = `m-${accepted.userMessageId}`;
      answer.id = `m-${accepted.assistantMessageId}`;
      answer.dataset["message"] = accepted.assistantMessageId;
      answer.dataset["status"] = "streaming";
      stream.setAttribute("run", accepted.runId);
      this.#composer.sent(text);
      chatsChanged(this.#id);
    } catch (fault) {
      this.#refused(answer, text, fault);
    } finally {
      this.#asking = false;
      this.#composer.answering = this.#running !== null;
    }
  }

  async #send(text: string): Promise<AskAccepted> {
    const collectionIds = this.#composer.collections;
    if (!this.#id) {
      const { id } = await call<{ id: string }>("POST", "/api/conversations", { collectionIds });
      this.dataset["conversation"] = id;
      history.replaceState(null, "", `/chat/${id}`);
      document.querySelector('a[href="/chat"][aria-current]')?.removeAttribute("aria-current");
      this.#composer.move(id);
      this.#queue.move(queueKey(id));
    }
    return call<AskAccepted>("POST", `/api/conversations/${this.#id}/messages`, {
      text, model: this.#composer.model, collectionIds,
    });
  }

  #refused(answer: HTMLElement, text: string, fault: unknown): void {
    const words = fault instanceof Refused ? fault.message : "Something went wrong on this page. Reload it and try again.";
    showRefusal(answer, text, words);
    this.#composer.keep(text);
    this.#announcer.say(words);
    this.#scroll.grown();
  }

  #grown(answer: Answer): void {
    this.#announcer.follow(this.#running?.text ?? "");
    this.#scroll.grown();
    if (answer.title) {
      this.#title(answer.title);
    }
  }

  #title(title: string): void {
    document.title = document.title.replace(/^.*?(?= · |$)/, () => title);
    const heading = document.querySelector(".chat-title");
    if (heading && heading.textContent !== title) {
      heading.textContent = title;
      chatsChanged(this.#id);
    }
  }

  async #over(stream: AnswerStream, answer: Answer): Promise<void> {
    const article = stream.closest<HTMLElement>(".answer");
    this.#announcer.end(stream.text, answer.error?.text ?? (answer.status === "stopped" ? "Stopped." : "Answer complete."));
    if (article) {
      await settle(article, this.#id);
    }
    this.#composer.answering = this.#running !== null;
    void completeHead(find(this, ".chat-head"), this.#id);
    this.#scroll.grown();
    chatsChanged(this.#id);
    const next = answer.status === "complete" && !this.#running ? this.#queue.take() : undefined;
    if (next !== undefined) {
      this.#pills.draw();
      await this.#ask(next);
    }
  }

  async #stop(): Promise<void> {
    const stream = this.#running;
    if (stream?.run) {
      stream.stage("Stopping…");
      await call("POST", `/api/runs/${stream.run}/stop`).catch((fault: unknown) =>
        stream.stage(fault instanceof Refused ? fault.message : "Could not be stopped."));
    }
  }

  /** Kept with the conversation, so that a reload or another device searches the same. */
  async #choose(collectionIds: string[]): Promise<void> {
    if (this.#id) {
      await call("PATCH", `/api/conversations/${this.#id}`, { collectionIds })
        .catch((fault: unknown) => this.#announcer.say(fault instanceof Refused ? fault.message : String(fault)));
    }
  }

  /** Stops the answer that is being written, if any, and asks as soon as it has ended. */
  async #now(text: string): Promise<void> {
    const stream = this.#running;
    if (stream) {
      const over = new Promise(resolve => stream.addEventListener("answer-settled", resolve, { once: true }));
      await this.#stop();
      await over;
    }
    await this.#ask(text);
  }

  /** "Ask again" under an answer: a form like any other, only that the page stays. */
  #again(event: SubmitEvent): void {
    const form = event.target as HTMLFormElement;
    if (form.matches(".ask-again, .suggestion")) {
      event.preventDefault();
      this.#askOrQueue(find<HTMLInputElement>(form, "input[name=text]").value);
    }
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && !event.defaultPrevented && this.#running) {
      event.preventDefault();
      void this.#stop();
    } else if (event.key === "/" && !isTyping(event.target) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#composer.focus();
    }
  };

  /** Another tab or device may have asked something here. */
  readonly #refreshed = async (updatedAt: (conversation: string) => string | undefined): Promise<void> => {
    const now = this.#id ? updatedAt(this.#id) : undefined;
    if (!now || now === this.dataset["updated"] || this.#asking || this.#running) {
      return;
    }
    if (await addMissing(this.#messages, this.#id)) {
      this.#scroll.grown();
    }
    this.dataset["updated"] = now;
    this.#composer.answering = this.#running !== null;
  };
}

declare global {
  interface HTMLElementEventMap {
    "answer-grown": CustomEvent<Answer>;
    "answer-over": CustomEvent<Answer>;
  }
}
