// Sets the remembered theme before the first paint (a classic script in the head, therefore not a module).
(() => {
  const KEY = "sorahub-theme";
  const root = document.documentElement;
  const remembered = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const theme = remembered();
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;

  const isDark = () => {
    const scheme = getComputedStyle(root).colorScheme;
    return scheme === "dark" || (scheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  };

  const toggle = () => {
    const next = isDark() ? "light" : "dark";
    root.dataset.theme = next;
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // A browser that keeps nothing still switches until the page is left.
    }
  };

  customElements.define("theme-toggle", class extends HTMLElement {
    connectedCallback() {
      // This script runs before the body is parsed: the button arrives after its element.
      this.addEventListener("click", (event) => { if (event.target.closest("button")) toggle(); });
    }
  });
})();
