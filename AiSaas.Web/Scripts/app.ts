// What every page loads. Pages work without it; it makes them quicker to the hand.
import { ChatList } from "./chat/chat-list";
import { Palette } from "./frame/palette";
import { listenForPreferences, toggleBar } from "./frame/preferences";
import { listenForKeys, nameKeys, showShortcuts } from "./frame/shortcuts";
import { closeDrawerWhenWide, keepTimes, listenForConfirmations, listenForCopies, sendOnce } from "./frame/small";

customElements.define("chat-list", ChatList);
listenForPreferences();
listenForCopies();
listenForConfirmations();
keepTimes();
sendOnce();

if (document.getElementById("bar")) {
  const palette = new Palette();
  const commands: Record<string, () => void> = { palette: () => palette.open(), shortcuts: showShortcuts };
  nameKeys();
  closeDrawerWhenWide();
  listenForKeys(commands.palette!, toggleBar);
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-command]");
    if (button) {
      button.closest<HTMLElement>("[popover]:popover-open")?.hidePopover();
      commands[button.dataset.command!]?.();
    }
  });
}
