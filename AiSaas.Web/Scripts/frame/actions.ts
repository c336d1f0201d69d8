/** Through the form that every page has, so that scripts and no scripts sign out alike. */
export function signOut(): void {
  document.querySelector<HTMLFormElement>("form[action='/logout']")?.requestSubmit();
}
