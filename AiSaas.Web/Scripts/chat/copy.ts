import { element } from "./dom";

const thanks = 1_500; // ms that "Copied" stays

/** Copy buttons: of an answer as its text, and on every block of code. */
export function listenForCopies(): void {
  document.addEventListener("click", event => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest<HTMLElement>("[data-copy-answer], .code-copy");
    if (button) {
      const prose = button.closest(".answer")?.querySelector<HTMLElement>(".prose");
      const code = button.parentElement?.querySelector<HTMLElement>("code");
      void copy(button, button.matches(".code-copy") ? (code?.textContent ?? "") : plainText(prose));
    }
  });
  // Blocks of code get their button when they are first pointed at or focused: nothing to keep up while text streams.
  for (const name of ["pointerover", "focusin"] as const) {
    document.addEventListener(name, event => addTo(event.target instanceof Element ? event.target.closest<HTMLElement>(".prose pre") : null));
  }
}

function addTo(block: HTMLElement | null): void {
  if (block && !block.querySelector(".code-copy") && !block.closest("[data-streaming]")) {
    const button = element("button", "code-copy", "Copy");
    button.type = "button";
    block.append(button);
  }
}

/** The answer as it reads, with its marks as [n]. */
function plainText(prose: HTMLElement | null | undefined): string {
  const copied = prose?.cloneNode(true) as HTMLElement | undefined;
  for (const mark of copied?.querySelectorAll(".cite") ?? []) {
    mark.textContent = `[${mark.textContent}]`;
  }
  for (const button of copied?.querySelectorAll(".code-copy") ?? []) {
    button.remove();
  }
  return blocks(copied).join("\n\n").trim();
}

const blocks = (root: HTMLElement | undefined): string[] =>
  [...(root?.children ?? [])].map(block =>
    block.matches("ul, ol") ? [...block.children].map(item => `- ${item.textContent?.trim()}`).join("\n") : (block.textContent ?? ""));

async function copy(button: HTMLElement, text: string): Promise<void> {
  const words = button.querySelector("span") ?? button;
  const before = words.textContent;
  words.textContent = await navigator.clipboard.writeText(text).then(() => "Copied", () => "Not allowed here");
  window.setTimeout(() => (words.textContent = before), thanks);
}
