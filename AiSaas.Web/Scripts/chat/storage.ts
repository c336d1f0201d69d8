import type { Keeper } from "./queue";

/** localStorage where it may be used; private windows and full disks lose drafts, never the page. */
export const storage: Keeper = {
  getItem(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  setItem(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      // nothing to do about it
    }
  },
  removeItem(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // nothing to do about it
    }
  },
};

export const draftKey = (conversation: string): string => `aisaas.draft.${conversation || "new"}`;
export const queueKey = (conversation: string): string => `aisaas.queue.${conversation || "new"}`;
