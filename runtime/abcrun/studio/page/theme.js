// The theme that was chosen here before, set before the first paint. It is a classic
// script: modules run after the page has been read, and a dark page would flash white.
(() => {
  let chosen = null;
  try {
    chosen = JSON.parse(localStorage.getItem("abcrun.theme"));
  } catch {
    // Storage is switched off, or the value is not ours: the system's theme is taken.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
