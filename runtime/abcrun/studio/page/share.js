// A tune in a link: its text and settings as JSON, deflated, in URL-safe base64 behind the #. No server keeps anything.

const MARK = "#tune=";
const LONGEST = 64 * 1024; // characters of what is unpacked: a link made by hand must not fill the memory

async function through(bytes, transform, most) {
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

/** The fragment, with #, of a link that brings `content` (anything JSON can say) back. */
export async function pack(content) {
  const bytes = new TextEncoder().encode(JSON.stringify(content));
  const packed = await through(bytes, new CompressionStream("deflate-raw"), Infinity);
  let binary = "";
  for (const byte of packed) binary += String.fromCharCode(byte);
  return MARK + btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** What a fragment holds; null if it is none of `pack`'s. Throws for a damaged one. */
export async function unpack(fragment) {
  if (!fragment.startsWith(MARK)) return null;
  const binary = atob(fragment.slice(MARK.length).replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const content = JSON.parse(
    new TextDecoder("utf-8", { fatal: true }).decode(await through(bytes, new DecompressionStream("deflate-raw"), LONGEST)),
  );
  if (typeof content?.abc !== "string" || !content.abc.trim()) throw new TypeError("no tune");
  return content;
}
