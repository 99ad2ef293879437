// Score and sound together: the sounding notes are marked, the page follows the music,
// and what is pressed in the score is played.

import { byId } from "./dom.js";

const HANDS_OFF = 3000; // milliseconds: who has just scrolled is not scrolled away

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Let score, player and editor follow each other. */
export function follow({ score, player, editor }) {
  followMusic(score, player);

  score.addEventListener("note", ({ detail: { place, isByKey } }) => {
    editor.point(place.line, place.column, { focus: false });
    if (player.isPlaying && isByKey) return; // who looks around goes on listening
    if (place.start !== null) player.seekTune(place.start);
    if (!player.isPlaying) for (const pitch of place.pitches) player.sound(pitch);
  });
  editor.addEventListener("caret", ({ detail }) => score.markCaret(detail.line, detail.column));

  const playBar = (bar) => {
    const start = score.startOf(bar);
    if (start === null) return;
    player.seekTune(start);
    if (!player.willPlay) player.play();
  };
  score.addEventListener("play", ({ detail }) => playBar(detail.bar));
  byId("play-here").addEventListener("click", () => {
    if (score.selection) playBar(score.selection.first);
  });
}

function followMusic(score, player) {
  let scrolledAt = -Infinity; // when the musician last moved the page
  let shownSystem = null;
  for (const name of ["wheel", "touchmove"]) {
    addEventListener(name, () => (scrolledAt = performance.now()), { passive: true });
  }
  player.addEventListener("time", ({ detail }) => {
    const bar = score.mark(detail.shown ? detail.time : null);
    const box = bar === null ? undefined : score.box(bar);
    if (!box || !player.isPlaying || calm.matches) return;
    if (performance.now() - scrolledAt < HANDS_OFF) return;
    if (box.style.top === shownSystem) return; // only when the music comes to another system
    shownSystem = box.style.top;
    box.scrollIntoView({ block: "nearest", behavior: "smooth" });
  });
}
