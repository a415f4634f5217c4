// --- the container: a ZIP in its one fixed form, so its bytes are what a writer of the same files would write

const MIMETYPE = "application/vnd.etsi.asic-e+zip";
const FILE_NAME = /^(?:[A-Za-z0-9][A-Za-z0-9._-]*\/)*[A-Za-z0-9][A-Za-z0-9._-]*$/;
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => { for (let bit = 0; bit < 8; bit++) n = n & 1 ? n >>> 1 ^ 0xedb88320 : n >>> 1; return n });
const crc32 = bytes => { let sum = ~0; for (const byte of bytes) sum = sum >>> 8 ^ CRC_TABLE[(sum ^ byte) & 255]; return ~sum >>> 0 };

/** Numbers in little endian; each is given with its size in bytes. */
const packed = (...pairs) => Uint8Array.from(pairs.flatMap(([value, size]) => Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256)));

function writeContainer(files) {
  const local = [], central = [], members = [["mimetype", utf8.encode(MIMETYPE)], ...[...files].sort(([a], [b]) => a < b ? -1 : 1)];
  let at = 0;
  for (const [name, data] of members) {
    const said = [[20, 2], [0, 2], [0, 2], [0, 2], [0x21, 2], [crc32(data), 4], [data.length, 4], [data.length, 4], [name.length, 2], [0, 2]];
    const head = joined([packed([0x04034b50, 4], ...said), utf8.encode(name)]);
    local.push(head, data);
    central.push(packed([0x02014b50, 4], [0x0314, 2], ...said, [0, 2], [0, 2], [0, 2], [0o644 * 65536, 4], [at, 4]), utf8.encode(name));
    at += head.length + data.length;
  }
  const size = central.reduce((sum, part) => sum + part.length, 0), count = members.length;
  return joined([...local, ...central, packed([0x06054b50, 4], [0, 4], [count, 2], [count, 2], [size, 4], [at, 4], [0, 2])]);
}

/** Files by name, without `mimetype`. */
function readContainer(bytes) {
  require(bytes.length <= 256 * 1024 * 1024, "too large");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length), files = new Map();
  for (let at = 0; at + 30 <= bytes.length && view.getUint32(at, true) === 0x04034b50;) {
    const size = view.getUint32(at + 22, true), start = at + 30 + view.getUint16(at + 26, true);
    require(start + size <= bytes.length, "cut off");
    const name = utf8Text(bytes.slice(at + 30, start));
    require(FILE_NAME.test(name), "a name is not accepted");
    files.set(name, bytes.slice(start, start + size));
    at = start + size;
  }
  require(files.has("mimetype") && same(files.get("mimetype"), utf8.encode(MIMETYPE)), "no ASiC-E");
  files.delete("mimetype");
  require(files.size < 65535 && same(writeContainer(files), bytes), "not in the one fixed form");
  return files;
}
