export function find<T extends HTMLElement>(root: ParentNode, selector: string): T {
  const found = root.querySelector<T>(selector);
  if (!found) {
    throw new Error(`The page has no ${selector}.`);
  }
  return found;
}

/** A copy of what a <template> of the page holds: the server's own markup, so that there is only one of it. */
export function fromTemplate(id: string): HTMLElement {
  const template = find<HTMLTemplateElement>(document, `template#${id}`);
  const copy = document.importNode(template.content, true).firstElementChild;
  if (!(copy instanceof HTMLElement)) {
    throw new Error(`The template ${id} is empty.`);
  }
  return copy;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** Whether a key press belongs to something that is being typed in. */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

export const seconds = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
