// What is pasted: several tunes become several tunes, wherever they are pasted.

const TUNE = /^[ \t]*X:/gm; // the first line of a tune
const SCORE = /^\uFEFF?\s*<(\?xml|!DOCTYPE|score-)/; // MusicXML
const FIELDS = "#abc, #letters, #opening"; // where music is typed
const TYPED_IN = "textarea, select, input:not([type=range], [type=checkbox], [type=radio])";

/** Whether a text that is pasted into a field (null: none) is tunes of their own. */
function holdsTunes(text, field) {
  if (field && !field.matches(FIELDS)) return false; // a name, a search
  if (SCORE.test(text)) return true;
  const count = text.match(TUNE)?.length ?? 0;
  if (count !== 1 || !field) return count > 0;
  // One tune takes the place of all that stands there; among it, it is another one.
  const { value, selectionStart: start, selectionEnd: end } = field;
  return field.id !== "opening" && (value.slice(0, start) + value.slice(end)).trim() !== "";
}

/** Let `opening` take what is pasted and is more than a text to go on with. */
export function startPasting(opening) {
  addEventListener("paste", (event) => {
    const { clipboardData: data, target } = event;
    const field = target.closest?.(TYPED_IN) ?? null;
    const files = [...(data?.files ?? [])];
    const text = data?.getData("text/plain") ?? "";
    if (document.querySelector("dialog[open]") || field?.readOnly) return;
    if (holdsTunes(text, field)) opening.take(text);
    else if (files.length && !field) opening.open(files);
    else return;
    event.preventDefault();
  });
}
