// What the chat's pages load beside app.ts.
import { AnswerStream } from "./chat/answer-stream";
import { ChatThread } from "./chat/chat-thread";
import { listenForCopies } from "./chat/copy";
import { EvidencePanel } from "./evidence/panel";
import { CitationTip } from "./evidence/tip";

customElements.define("answer-stream", AnswerStream);
customElements.define("chat-thread", ChatThread);
customElements.define("evidence-panel", EvidencePanel);
new CitationTip();
listenForCopies();
