import { AnswerStream } from "./answer-stream";
import { ChatList } from "./chat-list";
import { ChatThread } from "./chat-thread";

customElements.define("answer-stream", AnswerStream);
customElements.define("chat-list", ChatList);
customElements.define("chat-thread", ChatThread);
