// A line of the library: star, name, first bars, and a menu of what can be done.

import { makeButton, makeSpan } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";
import { header, keyName, kindName, tuneName } from "./music.js";

/**
 * The line of one tune. `versions()` promises its versions; `on` has what the musician
 * does: choose(isChosen), open(version), star(), rename(title), tag(tags), remove(), bringBack(),
 * delete().
 */
export class TuneLine {
  element = document.createElement("li");
  #id;
  #tune;
  #version;
  #versions;
  #incipits;
  #on;
  #choice = document.createElement("input");
  #star = makeButton();
  #open = makeButton();
  #menu = makeButton("⋯");
  #actions = document.createElement("div");
  #name = makeSpan("name", "");
  #how = makeSpan("how", "");
  #tags = makeSpan("tags", "");
  #incipit = makeSpan("incipit", "");

  constructor(id, { versions, incipits, on }) {
    this.#id = id;
    this.#versions = versions;
    this.#incipits = incipits;
    this.#on = on;
    this.#choice.type = "checkbox";
    const choice = document.createElement("label"); // as large as a finger
    choice.className = "choose";
    choice.append(this.#choice);
    this.#choice.addEventListener("change", () => on.choose(this.#choice.checked));
    this.#star.className = "quiet icon star";
    this.#star.addEventListener("click", () => on.star());
    this.#open.className = "open";
    this.#incipit.setAttribute("aria-hidden", "true");
    this.#open.append(this.#name, " ", this.#how, " ", this.#tags, this.#incipit);
    this.#open.addEventListener("click", () => on.open(null));
    this.#menu.className = "quiet icon";
    this.#menu.setAttribute("aria-expanded", "false");
    this.#menu.setAttribute("aria-controls", `actions-${id}`);
    this.#menu.addEventListener("click", () => this.#toggle());
    this.#actions.id = `actions-${id}`;
    this.#actions.className = "actions";
    this.#actions.hidden = true;
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#actions.hidden) return;
      this.#toggle();
      this.#menu.focus();
    });
    this.element.append(choice, this.#star, this.#open, this.#menu, this.#actions);
  }

  /** Whether it is ticked. */
  set isChosen(isChosen) {
    this.#choice.checked = isChosen;
  }

  focus() {
    this.#open.focus();
  }

  /** Show the tune as it is now; `version`: the id of the one that is shown of it. */
  show(tune, { isCurrent, version }) {
    if (isCurrent) this.#open.setAttribute("aria-current", "true");
    else this.#open.removeAttribute("aria-current");
    const isOtherVersion = version !== this.#version;
    this.#version = version;
    if (tune === this.#tune) return;
    const wasRemoved = (this.#tune?.removed ?? null) !== null;
    this.#tune = tune;
    const head = header(tune.abc);
    const name = tuneName(head);
    this.#name.textContent = name;
    const how = [kindName(head), keyName(head), head.meter, dateOf(tune.created)];
    this.#how.textContent = how.filter(Boolean).join(" · ");
    this.#tags.textContent = tune.tags.map((tag) => `#${tag}`).join(" ");
    this.#choice.setAttribute("aria-label", t("choose", { name }));
    this.#star.textContent = tune.isStarred ? "★" : "☆";
    this.#star.setAttribute("aria-pressed", String(tune.isStarred));
    this.#star.setAttribute("aria-label", t("star", { name }));
    this.#menu.setAttribute("aria-label", t("more-of", { name }));
    this.#incipits.show(this.#incipit, tune);
    if ((tune.removed !== null) !== wasRemoved) this.#close();
    else if (!this.#actions.hidden && isOtherVersion) this.#markVersion();
  }

  #toggle() {
    if (this.#actions.hidden) this.#showActions();
    else this.#close();
  }

  #close() {
    this.#actions.hidden = true;
    this.#menu.setAttribute("aria-expanded", "false");
  }

  #showActions() {
    const action = (word, work) => {
      const button = makeButton(t(word));
      button.addEventListener("click", work);
      return button;
    };
    const head = header(this.#tune.abc);
    const ask = (word, value, answer) =>
      action(word, () => this.#ask(t(`${word}-label`), value, answer));
    const row = document.createElement("div");
    row.className = "row";
    if (this.#tune.removed === null) {
      row.append(
        ask("rename", tuneName(head), (title) => title && this.#on.rename(title)),
        ask("tag", this.#tune.tags.join(", "), (text) => this.#on.tag(tagsOf(text))),
        action("versions", () => this.#showVersions()),
        action("remove", () => this.#on.remove()),
      );
    } else {
      row.append(
        action("bring-back", () => this.#on.bringBack()),
        action("delete", () => this.#on.delete()),
      );
    }
    this.#actions.replaceChildren(row);
    this.#actions.hidden = false;
    this.#menu.setAttribute("aria-expanded", "true");
  }

  #ask(label, value, answer) {
    const form = document.createElement("form");
    const input = document.createElement("input");
    input.type = "text";
    input.maxLength = 200;
    input.value = value;
    const field = document.createElement("label");
    field.append(makeSpan("", label), input);
    const keep = makeButton(t("keep"));
    keep.type = "submit";
    form.append(field, keep);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#close();
      this.#menu.focus();
      answer(input.value.trim().replace(/\s+/g, " "));
    });
    this.#actions.replaceChildren(form);
    input.select();
    input.focus();
  }

  async #showVersions() {
    const list = document.createElement("ol");
    list.className = "versions";
    for (const version of (await this.#versions()).toReversed()) {
      const button = makeButton(
        makeSpan("when", dateOf(version.at)),
        " ",
        makeSpan("how", t(`made-${version.made}`)),
      );
      button.dataset.version = version.id;
      button.addEventListener("click", () => this.#on.open(version.id));
      const item = document.createElement("li");
      item.append(button);
      list.append(item);
    }
    this.#actions.replaceChildren(list);
    this.#markVersion();
    list.querySelector("[aria-current], button")?.focus();
  }

  #markVersion() {
    for (const button of this.#actions.querySelectorAll("[data-version]")) {
      if (button.dataset.version === this.#version) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }
}

/** Return the tags in a text, parted by commas; each of them once. */
function tagsOf(text) {
  const tags = text.split(",").map((tag) => tag.trim().replace(/^#/, ""));
  return [...new Set(tags.filter(Boolean))];
}

/** Write a time in the page's language: the year only where it is another one. */
export function dateOf(time) {
  const date = new Date(time);
  const isThisYear = date.getFullYear() === new Date().getFullYear();
  const clock = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  const style = isThisYear ? clock : { dateStyle: "medium" };
  return new Intl.DateTimeFormat(currentLanguage(), style).format(date);
}
