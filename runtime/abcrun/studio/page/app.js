// The page: wishes in, a tune out, and what a musician then does with it. The parts are in the modules beside this one.

import { ApiError, call, events, json, Latest, watch } from "./api.js";
import { Editor } from "./editor.js";
import { Wishes } from "./form.js";
import { currentLanguage, instrumentName, setLanguage, t } from "./i18n.js";
import { beatOf, clock, header, keyName, kindName, tuneName } from "./music.js";
import { Player } from "./player.js";
import { Score } from "./score.js";
import { pack, unpack } from "./share.js";

const MOST_STEPS = 100;
const MOST_TUNES = 30;
const ENOUGH_AHEAD = 6; // seconds of sound that are there before a longer version is asked for
const CLOSE_COPY = 16; // notes: the run that counts as copied, as in abcrun.originality
const FILES = { abc: "ABC", mid: "MIDI", wav: "WAV", mp3: "MP3", pdf: "PDF", musicxml: "MusicXML" };

const byId = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 62rem)");
const coarse = matchMedia("(pointer: coarse)");

const store = {
  get(area, name, otherwise = null) {
    try {
      return JSON.parse(area.getItem(`abcrun.${name}`)) ?? otherwise;
    } catch {
      return otherwise; // switched off, or not ours
    }
  },
  set(area, name, value) {
    try {
      area.setItem(`abcrun.${name}`, JSON.stringify(value));
    } catch {
      // Switched off or full: what is on the page stays, it is only not kept.
    }
  },
};

const later = (work, milliseconds) => {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...values), milliseconds);
  };
};

let model = null;
let abc = ""; // the text that the page is about
let generation = 0; // counts the tunes: answers about an older one are dropped
let running = null; // AbortController of what is being composed
let again = null; // what "Try again" does
let ownTempo = null; // crotchets a minute that the text says
let soundFactor = 1; // tempo of the sound that is there, as a share of the tune's own
let known = { originality: undefined, settings: null, seconds: 0, bars: 0, complete: true };
let steps = []; // whole tunes, for undo and redo
let cursor = -1;
let lastScroll = -Infinity; // when the musician moved the page
let shownSystem = null;
let typed = false; // since the text was last checked
let bringSheet = false; // on a narrow page: scroll to the next score that is drawn
let drawnWidth = 0; // pixels that the score was asked for

const wishes = new Wishes();
const score = new Score(byId("score"));
const editor = new Editor(byId("abc"), byId("problems"), byId("problems-title"));
const player = new Player({
  audio: byId("audio"), button: byId("play"), wave: byId("wave"), now: byId("now"), total: byId("total"),
  barAt: (time) => {
    const bar = score.mark(time * soundFactor);
    return bar === null ? "" : score.barName(bar);
  },
});

// --- What is said -----------------------------------------------------------------------------------------------------

/** Say it beside the score; `spoken`: only to who cannot see the score, where it says the same. */
function say(text, { spoken = false } = {}) {
  byId("status").textContent = text;
  byId("status").dataset.spoken = String(spoken);
}

function complain(error, retry = null) {
  if (error?.name === "AbortError") return;
  if (error instanceof ApiError && error.kind === "offline") return; // the banner says it
  const isServers = error instanceof ApiError;
  if (!isServers) console.error(error);
  byId("notice-text").textContent = error.message || String(error);
  byId("notice-text").lang = isServers && error.status !== 0 ? "en" : currentLanguage();
  byId("notice").hidden = false;
  byId("notice").setAttribute("role", "alert");
  byId("notice").scrollIntoView({ block: "nearest" });
  again = retry;
  byId("retry").hidden = retry === null;
}

function hush() {
  byId("notice").hidden = true;
  byId("notice").removeAttribute("role");
}

const onWait = (seconds) => say(seconds ? t("waiting", { seconds }) : "");

function showFacts() {
  const head = header(abc);
  byId("paper").dataset.state = abc ? (running ? "growing" : "tune") : "empty";
  byId("empty").hidden = Boolean(abc);
  byId("tune-name").textContent = abc ? tuneName(head) : t("empty-title");
  document.title = abc ? `${tuneName(head)} · abcrun` : "abcrun studio";
  byId("tune-kind").textContent = abc ? kindName(head) : "";
  const facts = abc ? [keyName(head), head.meter] : [];
  if (abc && known.bars) facts.push(t("bars", { n: known.bars }));
  if (abc && known.seconds) facts.push(clock(known.seconds));
  byId("tune-facts").textContent = facts.filter(Boolean).join(" · ");
  const line = byId("originality");
  const { originality, settings } = known;
  const parts = [];
  if (originality) {
    parts.push(t("originality", { n: originality.longest_run, title: originality.title, book: originality.book }));
  } else if (originality === null) {
    parts.push(t("originality-none")); // undefined: not known yet
  }
  if (settings?.seed !== undefined && settings?.seed !== null) parts.push(t("seed-is", { seed: settings.seed }));
  line.textContent = parts.join(" ");
  line.hidden = !parts.length || !abc || Boolean(running);
  line.dataset.close = String((originality?.longest_run ?? 0) >= CLOSE_COPY);
  byId("bench").hidden = byId("dock").hidden = !abc;
  showTempo();
}

function showTempo() {
  const factor = Number(byId("tempo").value) / 100;
  const beat = beatOf(header(abc).meter || "4/4");
  const number = Math.round(ownTempo === null ? factor * 100 : (ownTempo * factor) / beat.crotchets);
  byId("tempo-beat").dataset.beat = ownTempo === null ? "none" : beat.name;
  byId("tempo-name").textContent = ownTempo === null ? `${number} %` : `= ${number}`;
  byId("tempo").setAttribute("aria-valuetext", ownTempo === null ? `${number} %` : t("per-minute", { n: number }));
}

function showAmount() {
  const words = t("amounts");
  const amount = Number(byId("amount").value);
  byId("amount-name").textContent = words[Math.min(words.length - 1, Math.floor((amount / 101) * words.length))];
  byId("amount").setAttribute("aria-valuetext", byId("amount-name").textContent);
}

function showBusy() {
  const busy = running !== null;
  byId("compose").dataset.busy = String(busy);
  byId("paper").setAttribute("aria-busy", String(busy));
  editor.locked = busy;
  for (const name of ["part", "vary", "redraw"]) byId(name).disabled = busy;
  byId("undo").disabled = busy || cursor < 1;
  byId("redo").disabled = busy || cursor >= steps.length - 1;
  for (const button of byId("formats").children) button.disabled = busy;
  showFacts();
}

// --- Score, check and sound: one request of each at a time, the latest wins -------------------------------------------

/** Units of the score on a line: the staff grows with the page's letters, and is larger where there is room. */
const scoreWidth = () => {
  const letters = parseFloat(getComputedStyle(document.documentElement).fontSize) / 18;
  const { paddingLeft, paddingRight } = getComputedStyle(byId("paper"));
  const width = (byId("paper").clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)) / letters;
  return Math.round(Math.max(280, Math.min(2400, width > 560 ? width / 1.2 : width)));
};

const scores = new Latest(
  async ({ text, fresh, of }) => {
    const width = (drawnWidth = scoreWidth());
    const answer = await json("v1/score", { abc: text, width, header: false }, { onWait });
    if (of !== generation) return;
    score.show(answer, { name: tuneName(header(text)), fresh });
    byId("score").dataset.stale = "false";
    if (text === abc) byId("score").setAttribute("aria-busy", "false");
    if (bringSheet) byId("sheet").scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
    bringSheet = false;
    ownTempo = answer.tempo ?? null;
    known.seconds = answer.seconds;
    known.bars = score.fullBars;
    showFacts();
    if (running && known.bars) say(t("composing-bar", { n: known.bars }));
  },
  (error, { of }) => {
    if (of !== generation) return;
    byId("score").dataset.stale = "true"; // what is engraved is older than the text
    byId("score").setAttribute("aria-busy", "false");
    // While it grows the text may be unreadable for a moment, and of what a musician types /v1/check tells.
    if (!(error instanceof ApiError && error.status === 422)) complain(error, () => drawScore());
  },
);

function drawScore(fresh = null) {
  if (!abc) return;
  byId("score").setAttribute("aria-busy", "true");
  scores.ask({ text: abc, fresh, of: generation });
}

const checks = new Latest(
  async ({ text, of }) => {
    let found;
    try {
      found = (await json("v1/check", { abc: text }, { onWait })).tunes[0];
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 422)) throw error;
      found = { problems: [{ line: 1, column: 1, kind: "unreadable", message: error.message }], originality: undefined };
    }
    if (of !== generation || text !== abc) return;
    known.originality = found.originality;
    editor.show(found.problems);
    if (typed && found.problems[0]?.kind !== "unreadable") remember("edited"); // no step for a text half written
    typed = false;
    showFacts();
  },
  (error) => complain(error, () => checkText()),
);

function checkText() {
  if (abc) checks.ask({ text: abc, of: generation });
}

const sounds = new Latest(
  async ({ text, partial, of }) => {
    const factor = Number(byId("tempo").value) / 100;
    const asked = { abc: text, format: "wav", instrument: byId("instrument").value || undefined };
    if (factor !== 1 && ownTempo) asked.tempo = Math.round(ownTempo * factor * 1000) / 1000;
    const response = await call("v1/render", { body: asked, accept: "audio/wav, application/json", onWait });
    const blob = await response.blob();
    if (of !== generation) return;
    const before = soundFactor;
    soundFactor = asked.tempo ? factor : 1;
    await player.take(blob, { partial, stretch: before / soundFactor });
  },
  (error, { partial, of }) => {
    if (of !== generation || partial) return; // the whole tune's sound will come
    if (error instanceof ApiError && error.status === 422) player.stop(); // /v1/check says why
    else complain(error, () => makeSound());
  },
);

function makeSound(partial = false) {
  if (abc) sounds.ask({ text: abc, partial, of: generation });
}

// --- The tune ---------------------------------------------------------------------------------------------------------

/** Make `text` the page's tune: shown, checked, played if it was playing. */
function show(text, { fresh = null, originality, settings = null, problems = null } = {}) {
  abc = text;
  known = { ...known, originality, settings };
  editor.text = text;
  editor.show(problems);
  drawScore(fresh);
  player.outdate();
  makeSound();
  if (problems === null || originality === undefined) checkText();
  showBusy();
}

/** A whole-tune step, to undo and redo; typing that goes on is one step. */
function remember(made, settings = known.settings) {
  const step = { abc, made, settings, at: Date.now() };
  const last = steps[cursor];
  if (last?.abc === abc) return;
  const goesOn = made === "edited" && last?.made === "edited" && step.at - last.at < 3000;
  steps.splice(goesOn ? cursor : cursor + 1);
  steps.push(step);
  if (steps.length > MOST_STEPS) steps.shift();
  cursor = steps.length - 1;
  const tunes = store.get(sessionStorage, "tunes", []);
  if (goesOn && tunes[0]?.made === "edited") tunes.shift();
  const others = tunes.filter((tune) => tune.abc !== abc);
  store.set(sessionStorage, "tunes", [{ abc, made, settings }, ...others].slice(0, MOST_TUNES));
  if (location.hash.startsWith("#tune=") && made !== "link") {
    history.replaceState(null, "", location.pathname + location.search); // the link is of another tune
  }
  listTunes();
  showBusy();
}

/** Show a step; `isOther`: another tune than the one that may be playing, not the same one before or after a change. */
function goTo(step, { isOther = false } = {}) {
  generation++;
  score.renew();
  if (isOther) player.clear();
  show(step.abc, { settings: step.settings });
  listTunes();
}

function listTunes() {
  byId("tunes").replaceChildren(
    ...store.get(sessionStorage, "tunes", []).map((tune) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      const head = header(tune.abc);
      const name = document.createElement("span");
      name.className = "name";
      name.textContent = tuneName(head);
      const how = document.createElement("span");
      how.className = "how";
      how.textContent = [head.meter, t(`made-${tune.made}`)].filter(Boolean).join(" · ");
      button.append(name, " ", how);
      if (tune.abc === abc) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => {
        if (running || tune.abc === abc) return;
        goTo(tune, { isOther: true });
        remember("back", tune.settings);
      });
      item.append(button);
      return item;
    }),
  );
}

/**
 * Compose on a route: the score grows with what comes. `made`: what the step is called; `fresh`: bars to mark as new;
 * `isNew`: another tune, which plays from its beginning if that is wished.
 */
async function compose(path, body, { made, status, fresh = null, isNew = false }) {
  const retry = () => compose(path, body, { made, status, fresh, isNew });
  running?.abort();
  const mine = (running = new AbortController());
  const before = { abc, known };
  const wantsSound = isNew && byId("at-once").checked;
  let begun = false;
  let tune = null;
  hush();
  say(t(status));
  showBusy();
  const begin = () => {
    begun = true;
    generation++;
    if (!isNew) return;
    known = { originality: undefined, settings: null, seconds: 0, bars: 0, complete: true };
    score.renew();
    player.clear();
    editor.show(null);
    bringSheet = narrow.matches;
    if (wantsSound) player.want();
  };
  try {
    for await (const { event, data } of events(path, body, { signal: mine.signal, onWait })) {
      if (event === "progress") {
        if (!begun) begin();
        abc = data.abc;
        editor.text = abc;
        const body = data.abc.split(/^K:.*$/m)[1] ?? "";
        if (/[A-Ga-gz][^|]*\|/.test(body)) drawScore(); // a whole bar: less cannot be engraved
        showFacts();
        if (isNew && player.wants && (body.match(/\|/g) ?? []).length >= 3 && player.ahead < ENOUGH_AHEAD) makeSound(true);
      } else if (event === "tune") {
        tune = data;
      }
    }
  } catch (error) {
    if (running !== mine) return; // another one has taken over
    running = null;
    scores.drop();
    sounds.drop();
    generation += begun ? 1 : 0;
    if (mine.signal.aborted) say(t("stopped"));
    else {
      say("");
      complain(error, retry);
    }
    if (begun && before.abc) show(before.abc, { settings: before.known.settings, originality: before.known.originality });
    else if (begun) {
      abc = "";
      score.clear();
      player.clear();
      editor.text = "";
    }
    showBusy();
    return;
  }
  if (running !== mine) return;
  if (!begun) begin();
  running = null;
  if (tune === null) {
    complain(new ApiError(200, "empty", t("cut-off")), retry);
    showBusy();
    return;
  }
  known.complete = tune.complete;
  show(tune.abc, { fresh, originality: tune.originality, settings: tune.settings, problems: tune.problems });
  remember(made, tune.settings);
  const head = header(abc);
  if (tune.complete) say(`${tuneName(head)}.`, { spoken: true });
  else say(t("incomplete"));
}

function stop() {
  running?.abort();
}

// --- Wishes and rework ------------------------------------------------------------------------------------------------

const mood = () => (wishes.temperature === null ? {} : { temperature: wishes.temperature });

byId("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  if (running) stop();
  else compose("v1/tunes", wishes.arguments, { made: "new", status: "composing", isNew: true });
});

byId("redraw").addEventListener("click", () => {
  const range = score.selection;
  if (!range) return;
  const bars = [range.first, range.end];
  compose("v1/rewrite", { abc, bars, ...mood() }, { made: "redrawn", status: "redrawing", fresh: bars });
});

byId("part").addEventListener("click", () => {
  const fresh = [score.barCount, Infinity];
  compose("v1/continue", { abc, ...mood() }, { made: "part", status: "adding-part", fresh });
});

byId("vary").addEventListener("click", () => {
  const amount = Number(byId("amount").value) / 100;
  compose("v1/vary", { abc, amount, ...mood() }, { made: "varied", status: "varying" });
});

byId("undo").addEventListener("click", () => {
  if (cursor > 0 && !running) goTo(steps[--cursor]);
});

byId("redo").addEventListener("click", () => {
  if (cursor < steps.length - 1 && !running) goTo(steps[++cursor]);
});

byId("amount").addEventListener("input", showAmount);
byId("retry").addEventListener("click", () => {
  hush();
  again?.();
});
byId("dismiss").addEventListener("click", hush);

// --- Score, text and sound together -----------------------------------------------------------------------------------

score.addEventListener("selection", ({ detail: range }) => {
  byId("selection").hidden = range === null;
  if (range) byId("selection-name").textContent = score.rangeName(range);
});

score.addEventListener("note", ({ detail: note }) => {
  editor.point(note.line, note.column, { focus: !coarse.matches });
  if (player.hasSound) player.seek(note.start / soundFactor + 0.001);
});

const playBar = (bar) => {
  const start = score.startOf(bar);
  if (start === null) return;
  player.seek(start / soundFactor + 0.001);
  if (!player.wants) player.want();
};

score.addEventListener("play", ({ detail }) => playBar(detail.bar));
byId("play-here").addEventListener("click", () => score.selection && playBar(score.selection.first));
byId("unselect").addEventListener("click", () => score.select(null));

for (const name of ["wheel", "touchmove"]) {
  addEventListener(name, () => (lastScroll = performance.now()), { passive: true });
}

player.addEventListener("time", ({ detail }) => {
  const bar = score.mark(detail.shown ? detail.time * soundFactor : null);
  const box = bar === null ? undefined : score.box(bar);
  if (!box || !player.isPlaying || calm.matches || performance.now() - lastScroll < 3000) return;
  if (box.style.top === shownSystem) return; // only when the music comes to another system
  shownSystem = box.style.top;
  box.scrollIntoView({ block: "nearest", behavior: "smooth" });
});
player.addEventListener("wanted", () => {
  if (!running) makeSound();
});

const redrawSoon = later(() => drawScore(), 200);
const checkSoon = later(() => checkText(), 500);
const soundSoon = later(() => makeSound(), 900);

editor.addEventListener("edited", () => {
  abc = editor.text;
  typed = true;
  known = { ...known, originality: undefined, settings: null };
  player.outdate();
  byId("score").setAttribute("aria-busy", String(Boolean(abc)));
  redrawSoon();
  checkSoon();
  soundSoon();
});

editor.addEventListener("caret", ({ detail }) => score.markCaret(detail.line, detail.column));

byId("instrument").addEventListener("change", () => {
  store.set(localStorage, "instrument", byId("instrument").value);
  player.outdate();
  makeSound();
});
byId("tempo").addEventListener("input", showTempo);
byId("tempo").addEventListener("change", () => {
  player.outdate();
  makeSound();
});

const widthChanged = later(() => {
  const width = scoreWidth();
  if (!abc || running || Math.abs(width - drawnWidth) < 16) return;
  drawScore();
}, 200);
new ResizeObserver(widthChanged).observe(byId("paper"));

addEventListener("keydown", (event) => {
  const inText = event.target.closest?.("input:not([type=range]), textarea, select");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    byId("compose").requestSubmit();
  } else if (event.key === " " && event.target === document.body && abc) {
    event.preventDefault();
    player.toggle();
  } else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !inText) {
    event.preventDefault();
    byId(event.shiftKey ? "redo" : "undo").click();
  }
});

// --- To take along ----------------------------------------------------------------------------------------------------

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const fileName = (extension) =>
  `${tuneName(header(abc)).normalize("NFKD").replace(/[^\p{L}\p{N} -]/gu, "").trim().replace(/\s+/g, "-") || "tune"}.${extension}`;

async function download(format, button) {
  if (format === "abc") return save(new Blob([`${abc.trim()}\n`], { type: "text/vnd.abc" }), fileName("abc"));
  button.disabled = true;
  try {
    const factor = Number(byId("tempo").value) / 100;
    const body = { abc, format, instrument: byId("instrument").value || undefined };
    if (factor !== 1 && ownTempo) body.tempo = Math.round(ownTempo * factor * 1000) / 1000;
    const response = await call("v1/render", { body, accept: "*/*", onWait });
    const named = /filename="([^"\\/]+)"/.exec(response.headers.get("Content-Disposition") ?? "");
    save(await response.blob(), named ? named[1] : fileName(format));
  } catch (error) {
    complain(error, () => download(format, button));
  } finally {
    button.disabled = false;
  }
}

async function copyText(text) {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Refused: the old way may still be allowed.
  }
  const area = document.createElement("textarea"); // pages that come over plain http have no navigator.clipboard
  area.value = text;
  area.className = "hush";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

byId("copy").addEventListener("click", async () => say(t((await copyText(abc)) ? "copied" : "copy-failed")));

byId("share").addEventListener("click", async () => {
  const content = { abc, instrument: byId("instrument").value, tempo: Number(byId("tempo").value) };
  if (known.settings) content.settings = known.settings;
  history.replaceState(null, "", await pack(content));
  say(t((await copyText(location.href)) ? "shared" : "copy-failed"));
});

async function openLink() {
  let content;
  try {
    content = await unpack(location.hash);
  } catch {
    complain(new ApiError(0, "link", t("bad-link")));
    return false;
  }
  if (content === null) return false;
  stop();
  if ([...byId("instrument").options].some((one) => one.value === content.instrument)) {
    byId("instrument").value = content.instrument;
  }
  if (Number(content.tempo) >= 50 && Number(content.tempo) <= 150) byId("tempo").value = String(Number(content.tempo));
  const settings = content.settings && typeof content.settings === "object" ? content.settings : null;
  goTo({ abc: content.abc, settings }, { isOther: true });
  remember("link", settings);
  return true;
}

addEventListener("hashchange", openLink);

// --- Language, theme, connection --------------------------------------------------------------------------------------

function speak(language) {
  setLanguage(language);
  const other = byId("language");
  other.textContent = currentLanguage() === "es" ? "English" : "Español";
  other.lang = currentLanguage() === "es" ? "en" : "es";
  wishes.relabel();
  for (const one of byId("instrument").options) one.textContent = instrumentName(one.value);
  editor.relabel();
  player.relabel();
  score.relabel(tuneName(header(abc)));
  const range = score.selection;
  if (range) score.dispatchEvent(new CustomEvent("selection", { detail: range }));
  showAmount();
  listTunes();
  showFacts();
}

byId("language").addEventListener("click", () => {
  speak(currentLanguage() === "es" ? "en" : "es");
  store.set(localStorage, "language", currentLanguage());
});

byId("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  store.set(localStorage, "theme", root.dataset.theme);
});

let probing = 0;

function lost() {
  byId("offline").hidden = false;
  clearTimeout(probing);
  probing = setTimeout(probe, 3000);
}

function reached() {
  clearTimeout(probing);
  if (byId("offline").hidden) return;
  byId("offline").hidden = true;
  if (!model) begin();
  else if (!running && abc) {
    drawScore();
    checkText();
    if (!player.hasSound) makeSound();
  }
}

async function probe() {
  try {
    if ((await fetch("healthz", { cache: "no-store" })).ok) reached();
    else lost();
  } catch {
    lost();
  }
}

addEventListener("offline", probe);
addEventListener("online", probe);

function askToken() {
  const dialog = byId("token-dialog");
  byId("token").value = "";
  dialog.returnValue = "";
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(byId("token").value.trim()), { once: true }),
  );
}

watch({ reached, lost, askToken });

// --- Beginning --------------------------------------------------------------------------------------------------------

async function begin() {
  try {
    model = await json("v1/model", undefined, { onWait });
  } catch (error) {
    complain(error, begin);
    return;
  }
  wishes.offer(model);
  byId("instrument").replaceChildren(
    ...model.instruments.map((name) => {
      const one = document.createElement("option");
      one.value = name;
      one.textContent = instrumentName(name);
      return one;
    }),
  );
  const preferred = [store.get(localStorage, "instrument"), "harp"].find((name) => model.instruments.includes(name));
  if (preferred) byId("instrument").value = preferred;
  byId("formats").replaceChildren(
    ...Object.entries(FILES)
      .filter(([format]) => format === "abc" || model.formats.includes(format))
      .map(([format, name]) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = name;
        button.dataset.format = format;
        button.addEventListener("click", () => download(format, button));
        return button;
      }),
  );
  byId("model-name").textContent = `${model.name} ${model.version ?? ""}`.trim();
  if (!(await openLink())) {
    const [last] = store.get(sessionStorage, "tunes", []);
    if (last && !abc) {
      goTo(last);
      remember(last.made, last.settings);
    }
  }
}

const languages = [store.get(localStorage, "language"), ...navigator.languages].filter(Boolean);
speak(languages.find((one) => /^(en|es)\b/i.test(one))?.slice(0, 2).toLowerCase() ?? "en");
showBusy();
begin();
