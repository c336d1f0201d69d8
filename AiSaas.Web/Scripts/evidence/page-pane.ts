import { element } from "../chat/dom";
import { fragment, Refused } from "../chat/http";
import { icon } from "../shared/icons";

// Pages looked at are kept for stepping back and forth.
const kept = 24;
const pages = new Map<string, Element>();

/** Draws a document's page into a card and brings the marked passage into view. */
export async function showPage(place: HTMLElement, address: string): Promise<void> {
  place.hidden = false;
  if (place.dataset["shown"] === address) {
    return reveal(place);
  }
  place.dataset["shown"] = address;
  const known = pages.get(address);
  if (!known) {
    place.replaceChildren(element("p", "page-wait", "Opening the page…"));
  }
  try {
    const page = known ?? (await fragment(address)).querySelector(".page-view");
    if (!page || place.dataset["shown"] !== address) {
      return;
    }
    pages.delete(address);
    pages.set(address, page);
    if (pages.size > kept) {
      pages.delete(pages.keys().next().value ?? "");
    }
    place.replaceChildren(page.cloneNode(true));
    if (page.querySelector(".page-sheet")) {
      place.append(zoomButton(place));
    }
    reveal(place);
  } catch (fault) {
    place.removeAttribute("data-shown");
    place.replaceChildren(element("p", "page-wait", fault instanceof Refused ? fault.message : "The page could not be drawn."));
  }
}

/** A page beside a conversation is small: one tap makes its print as large as on paper. */
function zoomButton(place: HTMLElement): HTMLElement {
  const button = element("button", "page-zoom");
  button.type = "button";
  button.title = "Larger or smaller";
  button.setAttribute("aria-label", "Larger print");
  button.setAttribute("aria-pressed", "false");
  button.append(icon("zoom-in"));
  button.addEventListener("click", () => {
    const large = place.toggleAttribute("data-large");
    button.setAttribute("aria-pressed", String(large));
    reveal(place);
  });
  return button;
}

/** Scrolls the paper, and only the paper, so that the first mark stands a third from its top. */
function reveal(place: HTMLElement): void {
  const paper = place.querySelector<HTMLElement>(".page-paper");
  const mark = paper?.querySelector(".page-mark, mark");
  if (paper && mark) {
    const [frame, box] = [paper.getBoundingClientRect(), mark.getBoundingClientRect()];
    paper.scrollTop += box.top - frame.top - frame.height / 3;
    paper.scrollLeft += box.left - frame.left - 24;
  }
}
