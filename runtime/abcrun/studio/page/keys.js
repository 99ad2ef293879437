// The keys that work everywhere on the page, and the list of all. "?" opens it.

import { byId } from "./dom.js";
import { t } from "./i18n.js";

// Whoever came to these by the Tab key may press them by Space, too. After a click, it
// plays or pauses: nothing is pressed twice by mistake.
const PRESSED_BY_SPACE =
  "a, button, summary, input[type=checkbox], input[type=radio], input[type=file]";
const TYPED_IN =
  "textarea, select, input:not([type=range], [type=checkbox], [type=radio], [type=number])";

/** Let Space play and pause wherever nothing is typed, and change nothing. */
export function startSpace(toggle) {
  let isByKeys = true; // how the focus came where it is
  addEventListener("pointerdown", () => (isByKeys = false), { capture: true });
  addEventListener("keydown", ({ key }) => (isByKeys ||= key === "Tab"), { capture: true });

  const isOurs = ({ key, target, shiftKey, defaultPrevented }) =>
    key === " " &&
    !shiftKey &&
    !defaultPrevented &&
    !document.querySelector("dialog[open]") &&
    !target.closest?.(TYPED_IN) &&
    !(isByKeys && target.closest?.(PRESSED_BY_SPACE));

  addEventListener("keydown", (event) => {
    if (!isOurs(event)) return;
    event.preventDefault();
    if (!event.repeat) toggle();
  });
  addEventListener("keyup", (event) => {
    if (isOurs(event)) event.preventDefault(); // which would press a button in Firefox
  });
}

/** Let Ctrl or Cmd with Enter and Z press the buttons that they stand for. */
function startCommands() {
  addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    const isInText = event.target.closest?.("input:not([type=range]), textarea, select");
    if (event.key === "Enter") {
      byId("compose").requestSubmit();
    } else if (event.key.toLowerCase() === "z" && !isInText) {
      byId(event.shiftKey ? "redo" : "undo").click();
    } else if (event.key.toLowerCase() === "p" && !event.shiftKey && !byId("bench").hidden) {
      byId("print").click(); // what is engraved for paper, not what is on the screen
    } else {
      return;
    }
    event.preventDefault();
  });
}

/** Let keys press buttons, and the list be opened by its button and by "?". */
export function startKeys() {
  startCommands();
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
    ...[...t("keys-list"), ...t("note-keys")].map(([keys, what]) => {
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
