// Short ways to the elements of the page, and to new ones.

/** Return the element that has this id. */
export const byId = (id) => document.getElementById(id);

/** Make a button that submits no form. */
export function makeButton(...content) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...content);
  return button;
}

/** Make an option of a select element. */
export function makeOption(value, text) {
  const option = document.createElement("option");
  option.value = value;
  option.textContent = text;
  return option;
}

/** Make a span of one class that holds a text. */
export function makeSpan(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}

/**
 * Say where a slider from 0 to 100 stands by one of `words`, which share its way
 * evenly.
 */
export function nameSlider(id, words) {
  const value = Number(byId(id).value);
  // 101 and not 100: the right end is still the last word.
  const word = words[Math.min(words.length - 1, Math.floor((value / 101) * words.length))];
  byId(`${id}-name`).textContent = word;
  byId(id).setAttribute("aria-valuetext", word);
}
