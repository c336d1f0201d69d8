// What every page loads. Pages work without it; it makes them quicker to the hand.
import { ChatList } from "./chat/chat-list";
import { listenForPreferences } from "./frame/preferences";

customElements.define("chat-list", ChatList);
listenForPreferences();
