// What the chat's pages load beside app.ts.
import { AnswerStream } from "./chat/answer-stream";
import { ChatThread } from "./chat/chat-thread";

customElements.define("answer-stream", AnswerStream);
customElements.define("chat-thread", ChatThread);
