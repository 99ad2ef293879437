// What stands around the score: the tune's heading, its facts, and the buttons that may
// be pressed.

import { byId } from "./dom.js";
import { noteName, t } from "./i18n.js";
import { clock, header, keyName, kindName, tuneName } from "./music.js";
import { isCopied, originalityText } from "./originality.js";

/**
 * Show the tune's name, kind and facts; an empty sheet where there is no tune.
 * `isCompared`: the server compares tunes with known ones.
 */
export function showHeading({ text, facts, isGrowing }, { isCompared }) {
  const head = header(text);
  byId("paper").dataset.state = text ? (isGrowing ? "growing" : "tune") : "empty";
  byId("empty").hidden = Boolean(text);
  byId("tune-name").textContent = text ? tuneName(head) : t("empty-title");
  document.title = text ? `${tuneName(head)} · abcrun` : "abcrun studio";
  byId("tune-kind").textContent = text ? [kindName(head), ...head.composers].join(" · ") : "";
  const parts = text ? [keyName(head), head.meter] : [];
  if (text && facts.bars) parts.push(t("bars", { n: facts.bars }));
  if (text && facts.seconds) parts.push(clock(facts.seconds));
  if (text && facts.range) parts.push([facts.range.lowest, facts.range.highest].map(noteName).join("–"));
  byId("tune-facts").textContent = parts.filter(Boolean).join(" · ");
  showOriginality(facts, { isCompared, isWanted: Boolean(text) && !isGrowing });
  // Who has emptied the text is about to type another one.
  const isWriting = !byId("write").hidden;
  byId("dock").hidden = !text && !isWriting;
  byId("player").hidden = !text;
  byId("bench").hidden = !text && !isWriting && document.activeElement !== byId("abc");
}

function showOriginality({ originality, settings }, { isCompared, isWanted }) {
  const seed = settings?.seed ?? null;
  const parts = [originalityText(originality, isCompared), seed === null ? "" : t("seed-is", { seed })];
  const line = byId("originality");
  line.textContent = parts.filter(Boolean).join(" ");
  line.hidden = !line.textContent || !isWanted;
  line.dataset.close = String(isCopied(originality));
}

/** Let only those buttons be pressed that can do something now. */
export function showControls({ text, isGrowing }, { canUndo, canRedo }) {
  const isIdle = isGrowing || !text; // there is nothing to change or to take along
  byId("compose").dataset.busy = String(isGrowing);
  byId("paper").setAttribute("aria-busy", String(isGrowing));
  for (const name of ["part", "vary", "redraw", "print", "copy", "share"]) byId(name).disabled = isIdle;
  byId("own").disabled = isGrowing;
  byId("undo").disabled = isGrowing || !canUndo;
  byId("redo").disabled = isGrowing || !canRedo;
  for (const button of byId("formats").children) button.disabled = isIdle;
}

/** Name the bars that are selected; hide the row where there are none. */
export function showSelection(score) {
  const range = score.selection;
  byId("selection").hidden = range === null;
  if (range) byId("selection-name").textContent = score.rangeName(range);
}

const MOST_COVERED = 0.7; // of the window: what is left has to hold what has the focus

/** Keep what takes the focus from lying behind the dock, however much is open in it. */
export function keepOffDock() {
  const showHeight = () => {
    const height = Math.min(byId("dock").offsetHeight + 16, innerHeight * MOST_COVERED);
    document.documentElement.style.setProperty("--dock", `${height}px`);
  };
  new ResizeObserver(showHeight).observe(byId("dock"));
}
