// The list of keys that the page knows. "?" opens it.

import { byId } from "./dom.js";
import { t } from "./i18n.js";

/** Let the list be opened by its button and by "?". */
export function startKeys() {
  const open = () => {
    if (!byId("keys").open) byId("keys").showModal();
  };
  byId("keys-open").addEventListener("click", open);
  addEventListener("keydown", (event) => {
    const isInText = event.target.closest?.("input:not([type=range]), textarea, select");
    if (event.key !== "?" || isInText || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    open();
  });
}

/** Write the list in the page's language. */
export function listKeys() {
  byId("keys-list").replaceChildren(
    ...t("keys-list").map(([keys, what]) => {
      const row = document.createElement("div");
      const term = document.createElement("dt");
      const explanation = document.createElement("dd");
      term.append(
        ...keys.split(" ").map((key) => {
          const cap = document.createElement("kbd");
          cap.textContent = key;
          return cap;
        }),
      );
      explanation.textContent = what;
      row.append(term, explanation);
      return row;
    }),
  );
}
