/**
 * Cuts a growing text into whole sentences, so that a screen reader hears sentences and not tokens.
 * A sentence is over at `.`, `!`, `?` or `:` before white space, or at an empty line; citation marks are left out.
 */
export class Sentences {
  #said = 0;

  /** The sentences that are whole since the last call; with `all`, the rest too. */
  take(text: string, all = false): string {
    if (text.length < this.#said) {
      this.#said = 0; // the text was reset
    }
    const end = all ? text.length : lastEnd(text, this.#said);
    const spoken = text.slice(this.#said, end);
    this.#said = Math.max(this.#said, end);
    return plain(spoken);
  }
}

function lastEnd(text: string, from: number): number {
  let end = from;
  for (const match of text.slice(from).matchAll(/[.!?:](?:\s*\[\d{1,3}\])*(?=\s)|\n\s*\n/g)) {
    end = from + match.index + match[0].length;
  }
  return end;
}

const plain = (markdown: string): string =>
  markdown
    .replace(/\s*\[\d{1,3}\]/g, "")
    .replace(/[*_`#>|~]+/g, "")
    .replace(/\s+/g, " ")
    .trim();
