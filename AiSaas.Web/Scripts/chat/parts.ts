// The parts of a run's stream, as docs/streams.md has them. Parts that this page doesn't know are ignored.

export interface Stage {
  stage: "queued" | "searching" | "reading" | "writing" | "retrying" | "done";
  text: string;
  ms?: number | null;
  passages?: number | null;
}

/** A passage that was read; `number` is what `[n]` in the text refers to. */
export interface Source {
  number: number;
  documentId: string;
  collectionId: string;
  chunkId: string;
  documentName: string;
  section?: string | null;
  page: number;
  start: number;
  end: number;
  text: string;
  score: number;
}

export type Verdict = "verified" | "fuzzy" | "unsupported";

/** A checked citation: the shape of `citations[]` of a settled message. */
export interface Citation {
  number: number;
  documentId: string;
  collectionId: string;
  chunkId: string;
  documentName: string;
  section?: string | null;
  page: number;
  start: number;
  end: number;
  quote: string;
  verdict: Verdict;
  /** In points from the page's top left corner, a rectangle a line; empty without a page geometry. */
  boxes?: readonly { x: number; y: number; width: number; height: number }[];
  /** Somebody edited the passage: quote and verdict are about the page itself. */
  edited?: boolean;
}

/** How far the whole answer rests on its sources; the settled answer says it in words. */
export interface Grounding {
  verdict: "grounded" | "partly" | "uncited" | "unsupported" | "declined";
  uncitedSentences: readonly string[];
  inventedNumbers: readonly number[];
  unfoundQuotes: readonly string[];
}

export type Part =
  | { type: "start"; messageId?: string }
  | { type: "start-step" }
  | { type: "finish-step" }
  | { type: "reset-step"; reason?: string }
  | { type: "data-stage"; data: Stage }
  | { type: "source-document"; providerMetadata?: { aisaas?: Source } }
  | { type: "text-start"; id: string }
  | { type: "text-delta"; id: string; delta: string }
  | { type: "text-end"; id: string }
  | { type: "data-citation"; id: string; data: Citation }
  | { type: "data-grounding"; id: string; data: Grounding }
  | { type: "data-title"; data: { title: string } }
  | { type: "message-metadata"; messageMetadata?: { answered?: boolean; model?: string } }
  | { type: "error"; errorText: string; code?: string }
  | { type: "abort" }
  | { type: "finish" };

/** Undefined for what is no part at all, so that one bad event never ends a stream. */
export function parsePart(data: string): Part | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"
      ? (value as Part)
      : undefined;
  } catch {
    return undefined;
  }
}
