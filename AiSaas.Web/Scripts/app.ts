// What every page loads. Pages work without it; it makes them quicker to the hand.
import { listenForPreferences } from "./frame/preferences";

listenForPreferences();
