// Before the first paint: the theme that was chosen here before, else the system's. A classic script, so that it blocks.
(() => {
  let chosen = null;
  try {
    chosen = JSON.parse(localStorage.getItem("abcrun.theme"));
  } catch {
    // Switched off, or not ours: the system's theme is taken.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
