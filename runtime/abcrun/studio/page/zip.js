// A zip file, made without compression: what is large in it (MP3, PDF) is compressed
// already, and so no library is needed. Source: APPNOTE 6.3.10 of PKWARE.

const VERSION = 20; // 2.0: what a program must know to unpack it
const UTF_8 = 0x0800; // flag: names are in UTF-8
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

function crc32(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = CRC_TABLE[(rest ^ byte) & 0xff] ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}

/** Return numbers, given as [size in bytes, value], as bytes, the lowest byte first. */
function packed(...fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [size]) => sum + size, 0)));
  let place = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(place, value, true);
    else view.setUint32(place, value, true);
    place += size;
  }
  return new Uint8Array(view.buffer);
}

/** Return a Blob of files {name, bytes}, all of this time. */
export function zip(files, now = new Date()) {
  const time = (now.getHours() << 11) | (now.getMinutes() << 5) | (now.getSeconds() >> 1);
  const day = ((now.getFullYear() - 1980) << 9) | ((now.getMonth() + 1) << 5) | now.getDate();
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const letters = new TextEncoder().encode(name);
    const size = bytes.length;
    // The same in both places: flags, no method, time, checksum, sizes, length of name.
    const entry = packed(
      ...[[2, VERSION], [2, UTF_8], [2, 0], [2, time], [2, day], [4, crc32(bytes)]],
      ...[[4, size], [4, size], [2, letters.length], [2, 0]],
    );
    parts.push(packed([4, LOCAL]), entry, letters, bytes);
    const rest = packed([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]);
    directory.push(packed([4, CENTRAL], [2, VERSION]), entry, rest, letters);
    offset += 4 + entry.length + letters.length + size;
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  const { length: count } = files;
  const end = packed(
    ...[[4, END], [2, 0], [2, 0], [2, count], [2, count], [4, length], [4, offset], [2, 0]],
  );
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}
