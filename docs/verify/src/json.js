// --- JSON in its one fixed form: sorted unique keys, no white space, each string and number in one spelling

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e-?[0-9]+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
const MAX_DEPTH = 400;

class Float { constructor(value) { this.value = value } }

/** Shortest decimal form: with a point below 1e16, with an exponent beyond 1e-5 and 1e16. */
function spelledFloat(x) {
  const size = Math.abs(x);
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  if (size < 1e-5 || size >= 1e16) return x.toExponential().replace("+", "");
  return Number.isInteger(x) ? `${x}.0` : String(x);
}

function byCodePoint(a, b) {
  const [one, two] = [Array.from(a, c => c.codePointAt(0)), Array.from(b, c => c.codePointAt(0))];
  for (let i = 0; i < Math.min(one.length, two.length); i++) if (one[i] !== two[i]) return one[i] - two[i];
  return one.length - two.length;
}

/** The value of `text`, whose objects are Maps with `span`, their place in the text. */
function fixedJson(text) {
  let at = 0;
  const token = pattern => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    require(match, "not JSON in the fixed form");
    at = pattern.lastIndex;
    return match[0];
  };
  const take = letter => text[at] === letter && (at += 1, true);
  const string = () => {
    const raw = token(STRING);
    let value;
    try { value = JSON.parse(raw) } catch { throw new Invalid("not a string") }
    require(JSON.stringify(value) === raw, "a string is spelled in another way");
    return value;
  };
  const number = () => {
    const raw = token(NUMBER);
    if (/^-?[0-9]+$/.test(raw)) {
      require(raw !== "-0", "a number is spelled in another way");
      require(raw.length <= 4300, "a number is too long");
      return BigInt(raw);
    }
    const value = Number(raw);
    require(Number.isFinite(value) && spelledFloat(value) === raw, "a number is spelled in another way");
    return new Float(value);
  };
  const members = depth => {
    const object = new Map(), start = at - 1;
    let last = null;
    if (!take("}")) {
      do {
        const key = string();
        require(last === null || byCodePoint(last, key) < 0, "names are not sorted, or repeated");
        last = key;
        require(take(":"), "no value");
        object.set(key, value(depth));
      } while (take(","));
      require(take("}"), "an object does not end");
    }
    object.span = [start, at];
    return object;
  };
  const elements = depth => {
    const list = [];
    if (take("]")) return list;
    do list.push(value(depth)); while (take(","));
    require(take("]"), "a list does not end");
    return list;
  };
  const word = () => {
    for (const [name, meaning] of [["true", true], ["false", false], ["null", null]]) {
      if (text.startsWith(name, at)) { at += name.length; return meaning }
    }
    return number();
  };
  function value(depth) {
    require(depth < MAX_DEPTH || text[at] !== "{" && text[at] !== "[", "nested too deep");
    if (take("{")) return members(depth + 1);
    if (take("[")) return elements(depth + 1);
    return text[at] === '"' ? string() : word();
  }
  const whole = value(0);
  require(at === text.length, "something follows");
  return whole;
}
