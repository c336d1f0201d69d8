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
      // Without scripts the server asks; this name tells it that somebody has.
      button.name = button.dataset.confirmName ?? button.name;
      button.form?.requestSubmit(button);
    }
  });
}

/** A form that is on its way is not sent again by an impatient second click. */
export function sendOnce(): void {
  const sent = new WeakSet<HTMLFormElement>();
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.method !== "post") {
      return;
    }

    if (sent.has(form)) {
      event.preventDefault();
    } else {
      sent.add(form);
      // Coming back to the page, or an answer that is a download, must not leave it dead.
      setTimeout(() => sent.delete(form), 8000);
    }
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      document.querySelectorAll("form").forEach((form) => sent.delete(form));
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
