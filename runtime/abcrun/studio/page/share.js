// A tune in a link: JSON, deflated, in URL-safe base64. No server keeps it. Behind a ? the
// server reads it, for a preview card; what is too long for that stands behind the #.

const MARK = "#tune=";
const MOST_IN_QUERY = 4000; // characters, as abcrun.studio.cards has it
const LONGEST = 64 * 1024; // bytes: a link made by hand must not fill the memory

/** Return the bytes that a stream makes of others. Throw a RangeError beyond `most`. */
async function transformed(bytes, transform, most) {
  const reader = new Blob([bytes]).stream().pipeThrough(transform).getReader();
  const parts = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) {
      await reader.cancel();
      throw new RangeError("too long");
    }
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** Whether a fragment was made by `pack`. */
export const isLink = (fragment) => fragment.startsWith(MARK);

/** Make the fragment, with #, of a link that brings back an object with `abc`. */
export async function pack(content) {
  const bytes = new TextEncoder().encode(JSON.stringify(content));
  const packed = await transformed(bytes, new CompressionStream("deflate-raw"), Infinity);
  let binary = "";
  for (const byte of packed) binary += String.fromCharCode(byte);
  return MARK + btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Return what stands in a link for a fragment of `pack`, from ? or # on. */
export const linkOf = (fragment) =>
  fragment.length - MARK.length <= MOST_IN_QUERY ? `?${fragment.slice(1)}` : fragment;

/** Return the fragment that `linkOf` has made the link of; other fragments as they are. */
export function fragmentOf({ hash, search }) {
  const packed = new URLSearchParams(search).get("tune");
  return packed === null || isLink(hash) ? hash : MARK + packed;
}

/** Return what `pack` has put in; null for other fragments. Throw for a damaged one. */
export async function unpack(fragment) {
  if (!isLink(fragment)) return null;
  const binary = atob(fragment.slice(MARK.length).replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const unpacked = await transformed(bytes, new DecompressionStream("deflate-raw"), LONGEST);
  const content = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(unpacked));
  if (typeof content?.abc !== "string" || !content.abc.trim()) throw new TypeError("no tune");
  return content;
}
