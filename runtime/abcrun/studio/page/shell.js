// What surrounds the tune: the page's language and its theme.

import { byId } from "./dom.js";
import { currentLanguage, setLanguage } from "./i18n.js";
import { forGood } from "./storage.js";

/**
 * Speak the language chosen before or the browser's; `relabel` writes what JavaScript
 * has made.
 */
export function startLanguage({ relabel }) {
  const speak = (language) => {
    setLanguage(language);
    const isSpanish = currentLanguage() === "es";
    byId("language").textContent = isSpanish ? "English" : "Español";
    byId("language").lang = isSpanish ? "en" : "es";
    relabel();
  };
  byId("language").addEventListener("click", () => {
    speak(currentLanguage() === "es" ? "en" : "es");
    forGood.set("language", currentLanguage());
  });
  const wanted = [forGood.get("language"), ...navigator.languages].filter(Boolean);
  const known = wanted.find((language) => /^(en|es)\b/i.test(language));
  speak(known?.slice(0, 2).toLowerCase() ?? "en");
}

/**
 * Let the theme be switched. The one chosen before is set by theme.js, before the first
 * paint.
 */
export function startTheme() {
  byId("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    forGood.set("theme", root.dataset.theme);
  });
}
