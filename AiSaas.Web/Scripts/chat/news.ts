/** What tabs of one browser tell each other, and what the list of chats tells the page it is on. */
const channel = "BroadcastChannel" in window ? new BroadcastChannel("aisaas-chats") : undefined;

type UpdatedAt = (conversation: string) => string | undefined;

/** Something was asked, answered, renamed or deleted. */
export function chatsChanged(conversation: string): void {
  document.dispatchEvent(new CustomEvent("chats-changed", { detail: conversation }));
  channel?.postMessage(conversation);
}

/** Calls back for changes of this tab and of the others. */
export function onChatsChanged(changed: () => void): void {
  document.addEventListener("chats-changed", changed);
  channel?.addEventListener("message", changed);
}

export function chatsRefreshed(updatedAt: UpdatedAt): void {
  document.dispatchEvent(new CustomEvent<UpdatedAt>("chats-refreshed", { detail: updatedAt }));
}

export function onChatsRefreshed(refreshed: (updatedAt: UpdatedAt) => Promise<void>): void {
  document.addEventListener("chats-refreshed", event => void refreshed((event as CustomEvent<UpdatedAt>).detail));
}
