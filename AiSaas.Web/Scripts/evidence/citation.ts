import type { Answer } from "../chat/answer";
import type { Citation, Source, Verdict } from "../chat/parts";

// What the server's Components/Evidence/EvidenceLinks.cs and EvidenceWords.cs say of a settled answer.

type Place = Pick<Source, "documentId" | "page" | "start" | "end">;

const range = ({ start, end }: Place): string => `start=${start}&end=${end}`;

/** The document's page with the passage marked. */
export const citationLink = (at: Place): string => `/documents/${encodeURIComponent(at.documentId)}?page=${at.page}&${range(at)}`;

/** The same page alone, for the panel. */
export const fragmentLink = (at: Place): string => `/evidence/${encodeURIComponent(at.documentId)}/pages/${at.page}?${range(at)}`;

export const originalLink = (at: Place): string => `/api/documents/${encodeURIComponent(at.documentId)}/file#page=${at.page}`;

export const verdictWords: Record<Verdict, string> = {
  verified: "Verified",
  fuzzy: "Similar wording",
  unsupported: "Not in the source",
};

export const verdictSigns: Record<Verdict, string> = { verified: "✓", fuzzy: "≈", unsupported: "✗" };

/** What a mark or a card shows: a citation once it is checked, the passage that was read before that. */
export interface Evidence {
  /** Joins a mark to its card: `c<index>` of a citation, `s<number>` of a passage. */
  key: string;
  of: Source | Citation;
}

/** Goes through the marks of a text in their order: the k-th `[n]` belongs to the k-th citation with that number. */
export class EvidenceOfMarks {
  readonly #seen = new Map<number, number>();

  constructor(private readonly answer: Answer) {}

  next(number: number): Evidence | undefined {
    const before = this.#seen.get(number) ?? 0;
    this.#seen.set(number, before + 1);
    const citations = [...this.answer.citations].filter(([, citation]) => citation.number === number);
    const [key, citation] = citations[before] ?? (this.answer.finished ? (citations.at(-1) ?? []) : []);
    const source = this.answer.sources.get(number);
    return key && citation ? { key, of: citation } : source && { key: `s${number}`, of: source };
  }
}

const longestSection = 80;

/** " › Section › page 3", after the document's name. */
export function whereOf({ section, page }: Source | Citation): string {
  const whole = section?.trim() ?? "";
  const brief = whole.length <= longestSection ? whole : `${whole.slice(0, longestSection).trimEnd()}…`;
  return `${brief ? ` › ${brief}` : ""} › page ${page}`;
}

export const isChecked = (evidence: Source | Citation): evidence is Citation => "verdict" in evidence;

/** Tells a mark in a growing answer what is known of its source by now. */
export function markCitation(mark: HTMLAnchorElement, found: Evidence | undefined): void {
  if (!found) {
    return;
  }
  const evidence = found.of;
  mark.dataset["key"] = found.key;
  const place = `Source ${evidence.number}: ${evidence.documentName}, page ${evidence.page}`;
  mark.setAttribute("href", citationLink(evidence));
  if (isChecked(evidence)) {
    mark.dataset["verdict"] = evidence.verdict;
    mark.setAttribute("aria-label", `${place}, ${verdictWords[evidence.verdict]}`);
  } else {
    mark.setAttribute("aria-label", `${place}, not checked yet`);
  }
}
