// --- DER (ITU-T X.690), read strictly

/** The element at a place: its tag, content and whole bytes. */
function elementAt(bytes, at) {
  let size = bytes[at + 1], content = at + 2;
  require(content <= bytes.length && (bytes[at] & 31) !== 31, "an element is cut off");
  if (size & 128) {
    const count = size & 127;
    require(count > 0 && count <= 4 && content + count <= bytes.length && bytes[content] !== 0, "a length is malformed");
    size = bytes.slice(content, content + count).reduce((sum, byte) => sum * 256 + byte, 0);
    require(size >= 128, "a length is malformed");
    content += count;
  }
  require(content + size <= bytes.length, "an element is cut off");
  return { tag: bytes[at], content: bytes.slice(content, content + size), raw: bytes.slice(at, content + size) };
}
/** The one element that these bytes are. */
function only(bytes) {
  const found = elementAt(bytes, 0);
  require(found.raw.length === bytes.length, "bytes are left over");
  return found;
}
function elementsIn(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length; at += found.at(-1).raw.length) found.push(elementAt(bytes, at));
  return found;
}
/** The components of a SEQUENCE, each with the tag that is asked for (0: any; "?" behind it: may be missing), and what is left. */
function fields(parent, ...tags) {
  require(parent.tag === 0x30, "an element is of another type");
  const left = elementsIn(parent.content);
  const found = tags.map(tag => {
    const wanted = parseInt(tag, 16), present = left.length > 0 && (wanted === 0 || left[0].tag === wanted);
    require(present || tag.endsWith("?"), "a component is missing");
    return present ? left.shift() : null;
  });
  return [...found, left];
}
/** A whole number in its one form. Beyond 2^53 only its size and sign are right, which is all that is asked. */
function wholeOf({ content }) {
  const [first, second] = content, roundabout = content.length > 1 && (first === 0 && second < 128 || first === 255 && second >= 128);
  require(content.length > 0 && content.length <= 1024 && !roundabout, "a number is malformed");
  const value = content.reduce((sum, byte) => sum * 256 + byte, 0);
  return first < 128 ? value : value - 2 ** (8 * content.length);
}
/** A time in UTC as digits, year first, with the fraction of a second where there is one: they compare as texts do. */
function momentOf({ tag, content }) {
  const text = utf8Text(content), short = tag === 0x17;
  require(short ? /^\d{12}Z$/.test(text) : tag === 0x18 && /^\d{14}(?:\.\d{0,8}[1-9])?Z$/.test(text), "a time is malformed");
  const whole = (short ? (text >= "50" ? "19" : "20") : "") + text.slice(0, -1), [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(whole).map(Number);
  const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
  date.setUTCFullYear(year, month - 1, day);
  require(year > 0 && hour < 24 && minute < 60 && second < 60 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day, "a time does not exist");
  return whole;
}
