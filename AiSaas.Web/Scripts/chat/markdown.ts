import { Marked, type Token, type TokenizerAndRendererExtension } from "marked";

/** A top-level block of a text: a paragraph, a list, a table. Its `raw` tells whether it changed. */
export interface Block {
  raw: string;
  html: string;
}

/** What a `[n]` links to; undefined where the number names no source (then it stays text). */
export type CitationLink = (number: number) => string | undefined;

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, char => escapes[char] ?? char);

const allowed = /^(?:https?:|mailto:)/i;

/**
 * The same rules as the server's (Components/Chat/AnswerMarkdown.cs): raw HTML is shown as text, links go to http, https
 * and mailto only, and images become links, since loading one would tell a stranger's server what was asked.
 */
export function renderer(linkOf: CitationLink): (text: string) => Block[] {
  const link = (href: string, inner: string): string =>
    allowed.test(href) ? `<a href="${escapeHtml(href)}" rel="noopener nofollow" target="_blank">${inner}</a>` : inner;

  const marked = new Marked({
    gfm: true,
    extensions: [citation(linkOf)],
    renderer: {
      html: token => ("block" in token && token.block ? `<p>${escapeHtml(token.text)}</p>` : escapeHtml(token.text)),
      // What scrolls sideways must be reached by keys.
      code: ({ text }) => `<pre tabindex="0"><code>${escapeHtml(text)}\n</code></pre>`,
      link({ href, tokens }) {
        return link(href, this.parser.parseInline(tokens));
      },
      image: ({ href, text }) => link(href, escapeHtml(text || href)),
      checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
    },
  });

  return text => {
    const tokens = marked.lexer(text);
    levelHeadings(marked, tokens);
    return tokens
      .filter(token => token.type !== "space" && token.type !== "def")
      .map(token => ({ raw: token.raw, html: focusableTables(marked.parser(Object.assign([token], { links: tokens.links }))) }));
  };
}

const focusableTables = (html: string): string => html.replace(/^<table>/, '<table tabindex="0">');

/**
 * The page's own headings come first: h1 and h2 are the conversation and the question. An answer's first is an h3, whatever
 * it was written as, and none is more than one below the one before.
 */
function levelHeadings(marked: Marked, tokens: Token[]): void {
  let first: number | undefined;
  let before = 2;
  void marked.walkTokens(tokens, token => {
    if (token.type === "heading") {
      first ??= token.depth as number;
      before = Math.min(Math.max(3 + token.depth - first, 3), Math.min(6, before + 1));
      token.depth = before;
    }
  });
}

interface CitationToken {
  type: "citation";
  raw: string;
  number: number;
}

function citation(linkOf: CitationLink): TokenizerAndRendererExtension {
  return {
    name: "citation",
    level: "inline",
    start: source => source.search(/\[\d{1,3}\]/),
    tokenizer(source): CitationToken | undefined {
      const match = /^\[(\d{1,3})\](?!\()/.exec(source);
      return match ? { type: "citation", raw: match[0], number: Number(match[1]) } : undefined;
    },
    renderer(token: Token) {
      const { number, raw } = token as unknown as CitationToken;
      const href = linkOf(number);
      return href ? `<a class="cite" data-cite="${number}" href="${escapeHtml(href)}">${number}</a>` : escapeHtml(raw);
    },
  };
}

/** A mark cut in half by the stream's end is held back until it is whole. */
export const withoutHalfMark = (text: string): string => text.replace(/\[\d{0,3}$/, "");
