// Small enhancements of the markup, by data attributes.
import { confirmFirst } from "../shared/confirm";
import { ago } from "../shared/human";

/** data-copy="id": puts that element's text on the clipboard and says so. */
export function listenForCopies(): void {
  document.addEventListener("click", async (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-copy]");
    const source = button && document.getElementById(button.dataset.copy!);
    if (!button || !source) {
      return;
    }

    const label = button.querySelector("span")!;
    try {
      await navigator.clipboard.writeText(source.textContent ?? "");
      label.textContent = "Copied";
    } catch {
      // No permission, or plain http: select it, so that one key copies.
      getSelection()?.selectAllChildren(source);
      label.textContent = "Selected";
    }

    setTimeout(() => (label.textContent = "Copy"), 2000);
  });
}

/** data-confirm="…": a button that submits only after being asked. */
export function listenForConfirmations(): void {
  document.addEventListener("click", async (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("button[data-confirm]");
    if (!button || button.dataset.confirmed) {
      return;
    }

    event.preventDefault();
    const [title, ...rest] = button.dataset.confirm!.split("? ");
    if (await confirmFirst(`${title}?`, rest.join("? "), "Delete")) {
      button.dataset.confirmed = "yes";
      button.form?.requestSubmit(button);
    }
  });
}

/** Relative times stay true while the page is open; the exact one is shown in the reader's own time zone. */
export function keepTimes(): void {
  const refresh = (): void => {
    const now = new Date();
    for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-relative]")) {
      const then = new Date(time.dateTime);
      time.textContent = ago(then, now);
      time.title = then.toLocaleString(undefined, { dateStyle: "full", timeStyle: "short" });
    }
  };
  refresh();
  setInterval(refresh, 30_000);
}

/** A drawer that was open when the window grew wide would stay in the top layer. */
export function closeDrawerWhenWide(): void {
  matchMedia("(min-width: 48.0625rem)").addEventListener("change", (wide) => {
    const bar = document.getElementById("bar");
    if (wide.matches && bar?.matches(":popover-open")) {
      bar.hidePopover();
    }
  });
}
