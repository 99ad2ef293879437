// What a tune shares with known ones, in words.

import { t } from "./i18n.js";

const COPIED_RUN = 16; // notes in a row that count as copied, as in abcrun.originality

/**
 * Say what a tune shares with known ones: undefined while that is not known, null where
 * it is nothing. `isCompared`: the server compares tunes with known ones.
 */
export function originalityText(originality, isCompared) {
  if (originality) {
    const { longest_run: n, title, book } = originality;
    return t("originality", { n, title, book });
  }
  return originality === null && isCompared ? t("originality-none") : "";
}

/** Whether so much is shared that it counts as copied. */
export const isCopied = (originality) => (originality?.longest_run ?? 0) >= COPIED_RUN;
