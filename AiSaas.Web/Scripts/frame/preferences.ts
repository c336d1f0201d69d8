// Theme and bar: cookies that the server reads, so that the next page is right from its first byte.
function keep(name: string, value: string): void {
  document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
}

export function setTheme(theme: string): void {
  keep("theme", theme);
  const root = document.documentElement;
  if (theme === "system") {
    delete root.dataset.theme;
  } else {
    root.dataset.theme = theme;
  }

  document.querySelector<HTMLMetaElement>("meta[name=color-scheme]")!.content = theme === "system" ? "light dark" : theme;
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-theme-switch] button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
}

export function toggleBar(): void {
  const root = document.documentElement;
  const collapsed = root.dataset.nav !== "collapsed";
  keep("nav", collapsed ? "collapsed" : "open");
  if (collapsed) {
    root.dataset.nav = "collapsed";
  } else {
    delete root.dataset.nav;
  }

  const button = document.querySelector<HTMLButtonElement>("[data-fold] button");
  if (button) {
    button.value = collapsed ? "open" : "collapsed";
    button.setAttribute("aria-label", collapsed ? "Widen the bar" : "Narrow the bar");
  }
}

export function listenForPreferences(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.matches("[data-theme-switch]")) {
      event.preventDefault();
      setTheme((event.submitter as HTMLButtonElement).value);
    } else if (form.matches("[data-fold]")) {
      event.preventDefault();
      toggleBar();
    }
  });
}
