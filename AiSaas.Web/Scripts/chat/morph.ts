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
    const current = from.childNodes[index];
    if (!current) {
      from.appendChild(next);
    } else if (!alike(current, next)) {
      from.replaceChild(next, current);
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

const alike = (a: Node, b: Node): boolean => a.nodeType === b.nodeType && a.nodeName === b.nodeName;

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
