/**
 * Makes `from` equal to `to`, an element of the same name, and keeps every node that can stay, so that a focused or hovered
 * citation and a selection outlive the next token.
 */
export function morph(from: Element, to: Element): void {
  morphAttributes(from, to);
  morphChildren(from, to);
}

function morphChildren(from: Node, to: Node): void {
  const wanted = [...to.childNodes];
  wanted.forEach((next, index) => {
    const current = counterpart(from, index, next);
    if (!current) {
      from.insertBefore(next, from.childNodes[index] ?? null);
    } else if (current instanceof Element && next instanceof Element) {
      morph(current, next);
    } else if (current.nodeValue !== next.nodeValue) {
      current.nodeValue = next.nodeValue;
    }
  });
  while (from.childNodes.length > wanted.length) {
    from.lastChild?.remove();
  }
}

/** The node at that place, or the next alike one after it; what stands between is gone in the new version. */
function counterpart(from: Node, index: number, next: Node): Node | undefined {
  const current = from.childNodes[index];
  if (current && alike(current, next)) {
    return current;
  }
  // Only elements are worth looking for: a text is quickly made.
  const later = next instanceof Element ? [...from.childNodes].slice(index + 1).find(node => alike(node, next)) : undefined;
  while (later && from.childNodes[index] !== later) {
    from.childNodes[index]?.remove();
  }
  return later;
}

// Elements of another class are other things: an answer's prose is not its list of sources.
const alike = (a: Node, b: Node): boolean =>
  a.nodeType === b.nodeType && a.nodeName === b.nodeName
  && (!(a instanceof Element && b instanceof Element) || a.classList[0] === b.classList[0]);

function morphAttributes(from: Element, to: Element): void {
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value) {
      from.setAttribute(name, value);
    }
  }
  for (const { name } of [...from.attributes]) {
    // What the reader unfolded stays unfolded.
    if (!to.hasAttribute(name) && name !== "open") {
      from.removeAttribute(name);
    }
  }
}
