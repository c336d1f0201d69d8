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

const isChecked = (evidence: Source | Citation): evidence is Citation => "verdict" in evidence;

/** Tells a mark in a growing answer what is known of its source by now. */
export function markCitation(mark: HTMLAnchorElement, evidence: Source | Citation | undefined): void {
  if (!evidence) {
    return;
  }
  const place = `Source ${evidence.number}: ${evidence.documentName}, page ${evidence.page}`;
  mark.setAttribute("href", citationLink(evidence));
  if (isChecked(evidence)) {
    mark.dataset["verdict"] = evidence.verdict;
    mark.setAttribute("aria-label", `${place}, ${verdictWords[evidence.verdict]}`);
  } else {
    mark.setAttribute("aria-label", `${place}, not checked yet`);
  }
}
