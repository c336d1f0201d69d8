import type { Answer } from "../chat/answer";
import { find, fromTemplate } from "../chat/dom";
import { citationLink, type Evidence, fragmentLink, isChecked, originalLink, verdictSigns, verdictWords, whereOf } from "./citation";

/** Sources of an answer that is still being written, as the cards that the server draws for a settled one. */
export function liveCards(answer: Answer): { cited: HTMLElement[]; found: HTMLElement[] } {
  const numbers = new Set([...answer.citations.values()].map(citation => citation.number));
  const found = [...answer.sources.values()].filter(source => !numbers.has(source.number));
  return {
    cited: [...answer.citations].map(([key, one]) => card({ key, of: one }, one.quote)),
    found: found.map(one => card({ key: `s${one.number}`, of: one }, one.text)),
  };
}

function card({ key, of: evidence }: Evidence, text: string): HTMLElement {
  const made = fromTemplate("passage-template");
  made.dataset["key"] = key;
  made.dataset["fragment"] = fragmentLink(evidence);
  find(made, ".passage-number").textContent = String(evidence.number);
  find(made, ".passage-document").textContent = evidence.documentName;
  find(made, ".passage-where").textContent = whereOf(evidence);
  find<HTMLAnchorElement>(made, ".passage-place").href = citationLink(evidence);
  find<HTMLAnchorElement>(made, ".passage-open").href = citationLink(evidence);
  find<HTMLAnchorElement>(made, ".passage-original").href = originalLink(evidence);
  const words = find(made, ".passage-text");
  const verdict = find(made, ".verdict");
  if (isChecked(evidence)) {
    find(words, "mark").textContent = text;
    verdict.dataset["verdict"] = evidence.verdict;
    verdict.textContent = `${verdictSigns[evidence.verdict]} ${verdictWords[evidence.verdict]}`;
  } else {
    words.textContent = text;
    verdict.remove();
  }
  return made;
}

/** The cards of an answer: the server's when it is settled, ours while it is not. */
export function cardsOf(article: HTMLElement, answer: Answer | undefined): { cited: HTMLElement[]; found: HTMLElement[] } {
  const drawn = (kind: string): HTMLElement[] =>
    [...article.querySelectorAll<HTMLElement>(`.passages[data-kind=${kind}] > .passage`)].map(item => item.cloneNode(true) as HTMLElement);
  return article.querySelector(".passages") || !answer ? { cited: drawn("cited"), found: drawn("found") } : liveCards(answer);
}
