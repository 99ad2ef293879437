// Music of one's own: an empty sheet, and the panel over the player in which it is
// written as letters, on piano keys or on a MIDI keyboard.

import { byId } from "./dom.js";
import { noteName, t } from "./i18n.js";
import { MidiIn } from "./midi_in.js";
import { header, keyName } from "./music.js";
import { nameOfPitch, readBars, unitLength } from "./notes.js";
import { showStatus } from "./notices.js";
import { Piano } from "./piano.js";
import { isBare, isHeadless, parted, withBarLine, withNote, withoutLast } from "./writing.js";

const isTouched = matchMedia("(pointer: coarse)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Write the header of a tune that is to come. */
export function headerText({ title, meter, rhythm, tonic, mode }) {
  const fields = ["X:1"];
  if (title) fields.push(`T:${title}`);
  fields.push(`M:${meter}`, "L:1/8");
  if (rhythm) fields.push(`R:${rhythm}`);
  fields.push(`K:${tonic}${mode === "major" ? "" : ` ${mode}`}`);
  return `${fields.join("\n")}\n`;
}

/** The door beside Compose, and the panel. What is written there is the tune's text. */
export class Sheet {
  #tune;
  #desk;
  #editor;
  #form;
  #player;
  #score;
  #isWriting = false; // a key has been pressed whose note is not drawn yet
  #piano = new Piano();
  #midi = new MidiIn();

  constructor({ tune, desk, editor, form, player, score, answers }) {
    this.#tune = tune;
    this.#desk = desk;
    this.#editor = editor;
    this.#form = form;
    this.#player = player;
    this.#score = score;
    byId("own").addEventListener("click", () => this.begin());
    byId("write-open").addEventListener("click", () => this.#open(byId("write").hidden));
    byId("write-close").addEventListener("click", () => this.#open(false));
    byId("own-file").addEventListener("click", () => byId("open").click());
    byId("letters").addEventListener("input", () => this.#takeLetters());
    byId("compose").addEventListener("input", () => this.#follow());
    byId("compose").addEventListener("change", () => this.#follow());
    editor.addEventListener("edited", () => {
      // Bars that are typed without a header get the one that is chosen.
      if (isHeadless(editor.text)) editor.begin(headerText(form.header));
      else this.#show();
    });
    tune.addEventListener("change", () => this.#show());
    answers.addEventListener("drawn", () => this.#keepInSight());
    const notes = ({ detail }) => this.#note(detail.pitch);
    this.#piano.addEventListener("note", notes);
    this.#midi.addEventListener("note", notes);
    this.#piano.addEventListener("bar-line", () => this.#write(withBarLine));
    this.#piano.addEventListener("back", () => this.#write(withoutLast));
  }

  /** Put an empty sheet on the desk; the tune that was there stays in the library. */
  begin() {
    this.#desk.leave();
    this.#editor.text = headerText(this.#form.header);
    this.#open(true);
    const behavior = calm.matches ? "auto" : "smooth";
    byId("sheet").scrollIntoView({ block: "start", behavior });
    // On a phone, the field would bring the phone's own keyboard over the sheet.
    byId(isTouched.matches ? "piano-open" : "letters").focus({ preventScroll: true });
  }

  /** Write all names in the page's language. */
  relabel() {
    this.#piano.relabel();
    this.#midi.relabel();
    this.#show();
  }

  #open(isOpen) {
    byId("write").hidden = !isOpen;
    byId("write-open").setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) this.#midi.stop();
    this.#tune.update({}); // what is shown around it changes, too
    if (!isOpen && !byId("bench").hidden) byId("write-open").focus({ preventScroll: true });
    else if (!isOpen) byId("own").focus();
  }

  // The text that is written on: at first, the header of what is chosen.
  get #text() {
    const { text } = this.#editor;
    return parted(text) ? text : headerText(this.#form.header);
  }

  #takeLetters() {
    const { value } = byId("letters");
    const [head] = parted(this.#text);
    const isWhole = parted(value) !== null; // pasted with its own header
    const numbered = /^X:/m.test(value) ? value : `X:1\n${value}`;
    this.#editor.type(isWhole ? numbered : head + value);
  }

  // Until there is music, the header is that of what is chosen.
  #follow() {
    if (byId("write").hidden || this.#tune.text || !isBare(this.#editor.text)) return;
    this.#editor.text = headerText(this.#form.header);
    this.#show();
  }

  #note(pitch) {
    if (this.#tune.isGrowing) return;
    if (pitch !== null) this.#player.sound(pitch);
    const { length } = this.#piano;
    this.#write((text) => withNote(text, { pitch, length }));
    const [head, music] = parted(this.#text);
    const bars = readBars(music, unitLength(head)).filter((bar) => bar.length);
    const note = pitch === null ? t("rest") : noteName(nameOfPitch(pitch, header(head)));
    showStatus(t("written", { note, n: bars.length }), { spoken: true });
  }

  #write(change) {
    if (this.#tune.isGrowing) return;
    this.#isWriting = true;
    this.#editor.type(change(this.#text));
    byId("letters").scrollTop = byId("letters").scrollHeight;
  }

  #show() {
    const { text } = this.#editor;
    const letters = parted(text)?.[1] ?? "";
    if (byId("letters").value !== letters) byId("letters").value = letters;
    byId("write").disabled = this.#tune.isGrowing;
    const head = header(this.#text);
    this.#piano.head = head;
    const isBegun = !byId("write").hidden && !this.#tune.text;
    byId("empty-text").hidden = isBegun;
    for (const id of ["empty-own", "own-file"]) byId(id).hidden = !isBegun;
    byId("empty-own").textContent = t("empty-own", { key: keyName(head), meter: head.meter });
  }

  #keepInSight() {
    if (!this.#isWriting) return;
    this.#isWriting = false;
    this.#score.box(this.#score.barCount - 1)?.scrollIntoView({ block: "nearest" });
  }
}
