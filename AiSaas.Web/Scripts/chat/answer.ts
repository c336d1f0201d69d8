import type { Citation, Part, Source, Stage } from "./parts";

/** What a broken-off attempt had written: shown struck out and folded, never silently replaced. */
export interface Discarded {
  text: string;
  reason: string;
}

export interface Answer {
  readonly status: "waiting" | "streaming" | "complete" | "stopped" | "failed";
  readonly messageId?: string;
  readonly stage?: Stage;
  /** Text parts in the order they began. */
  readonly texts: readonly { id: string; text: string }[];
  readonly sources: ReadonlyMap<number, Source>;
  /** In the order of the text: the k-th `[n]` belongs to the k-th citation with that number. */
  readonly citations: ReadonlyMap<string, Citation>;
  readonly discarded: readonly Discarded[];
  readonly title?: string;
  readonly answered?: boolean;
  readonly error?: { text: string; code?: string };
  readonly finished: boolean;
  /** The sources there were before the current step: what `reset-step` goes back to. */
  readonly before: ReadonlyMap<number, Source>;
}

export const waiting: Answer = {
  status: "waiting",
  texts: [],
  sources: new Map(),
  citations: new Map(),
  discarded: [],
  finished: false,
  before: new Map(),
};

export const textOf = (answer: Answer): string => answer.texts.map(part => part.text).join("\n\n");

/** One part more. Pure: the same parts give the same answer, so a replay from the start is always right. */
export function reduce(answer: Answer, part: Part): Answer {
  switch (part.type) {
    // A second start is a replay (the server no longer knew our position): everything comes again.
    case "start":
      return { ...waiting, status: "streaming", messageId: part.messageId };
    case "start-step":
      return { ...answer, status: "streaming", before: answer.sources };
    case "reset-step":
      return reset(answer, part.reason);
    case "data-stage":
      return { ...answer, stage: part.data };
    case "source-document": {
      const source = part.providerMetadata?.aisaas;
      return source ? { ...answer, sources: new Map(answer.sources).set(source.number, source) } : answer;
    }
    case "text-start":
      return { ...answer, texts: [...answer.texts, { id: part.id, text: "" }] };
    case "text-delta":
      return { ...answer, status: "streaming", texts: append(answer.texts, part.id, part.delta) };
    case "data-citation":
      return { ...answer, citations: new Map(answer.citations).set(part.id, part.data) };
    case "data-title":
      return { ...answer, title: part.data.title };
    case "message-metadata":
      return { ...answer, answered: part.messageMetadata?.answered ?? answer.answered };
    case "error":
      return { ...answer, status: "failed", error: { text: part.errorText, code: part.code } };
    case "abort":
      return { ...answer, status: "stopped" };
    case "finish":
      return { ...answer, finished: true, status: isOver(answer) ? answer.status : "complete" };
    default:
      return answer;
  }
}

const isOver = (answer: Answer): boolean => answer.status === "failed" || answer.status === "stopped";

function reset(answer: Answer, reason = "The answer was interrupted; starting again."): Answer {
  const text = textOf(answer).trim();
  return {
    ...answer,
    status: "streaming",
    texts: [],
    citations: new Map(),
    sources: answer.before,
    error: undefined,
    discarded: text ? [...answer.discarded, { text, reason }] : answer.discarded,
  };
}

// Mostly the last part grows; a delta without its text-start (a cut log) opens one.
function append(texts: Answer["texts"], id: string, delta: string): Answer["texts"] {
  const at = texts.findLastIndex(part => part.id === id);
  return at < 0
    ? [...texts, { id, text: delta }]
    : texts.map((part, index) => (index === at ? { id, text: part.text + delta } : part));
}
