// The screen stays on while the page plays: hands are on the instrument.

/** Keep the screen on whenever a player plays. */
export function keepAwake(player) {
  let lock = null; // a promise of one while it plays

  const update = () => {
    const isWanted = player.willPlay && !document.hidden;
    if (isWanted && !lock) {
      // It is refused when the battery is low, and unknown to some browsers.
      lock = navigator.wakeLock?.request("screen").catch(() => null) ?? null;
    } else if (!isWanted && lock) {
      lock.then((held) => held?.release());
      lock = null;
    }
  };

  player.addEventListener("state", update);
  // The browser takes it away from a page that is hidden.
  document.addEventListener("visibilitychange", update);
}
