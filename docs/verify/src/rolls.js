// --- keys that a name was handed on to: signed notes `tegata-roll/1`, each by the key that goes and the one that comes

const ROLL = /^tegata-roll\/1\n(did:[!-~]+)\n([1-9][0-9]{0,2})\n(0|[1-9][0-9]{0,18})\n(superseded|key-compromise)\n(did:[!-~]+)\n$/;
const keyId = async (name, kind, key) => (await sha256(utf8.encode(name + "\n"), [kind], key)).slice(0, 4);

/** The keys of a name, oldest first, and up to which size of its log each signs. */
async function follow(did, notes) {
  require(notes.length <= 64, "handed on too often");
  const keys = [keyOf(did)], rolls = [];
  for (const [i, note] of notes.entries()) {
    const [text, lines] = linesOf(note), match = ROLL.exec(text);
    require(match && match[1] === did && Number(match[2]) === i + 1 && lines.length === 2, "it does not hand on the key of this name");
    const size = BigInt(match[3]), next = keyOf(match[5]);
    require(!rolls.length || size > rolls.at(-1).size, "a roll of another place");
    for (const [j, key] of [keys.at(-1), next].entries()) {
      require(lines[j][0] === did && same(lines[j][1].slice(0, 4), await keyId(did, 1, key)), "a roll is signed by another key");
      await verifySignature(key, lines[j][1].slice(4), utf8.encode(text));
    }
    keys.push(next);
    rolls.push({ size, reason: match[4] });
  }
  const numberAt = size => rolls.filter(roll => roll.size < size).length;
  return { keys, rolls, notes, numberAt, at: size => keys[numberAt(size)], current: keys.at(-1) };
}

/** The longer of two histories of a name, which must begin alike. */
async function eitherOf(did, one, other) {
  const [first, second] = [await follow(did, one), await follow(did, other)];
  const [short, long] = first.notes.length <= second.notes.length ? [first, second] : [second, first];
  require(short.notes.every((note, i) => note === long.notes[i]), "the name was handed on to two keys");
  return long;
}

/** The key under whose name a note bears a cosignature, verified or not, else the newest. */
async function cosigningKey(history, did, note) {
  const lines = linesOf(note)[1];
  for (const key of history.keys) {
    const id = await keyId(did, 4, key);
    if (lines.some(([name, blob]) => name === did && same(blob.slice(0, 4), id))) return key;
  }
  return history.current;
}

/** The rolls in a passport that are of one name; they may be of provider and recipient only. */
function rollsOf(passport, name) {
  const named = (passport.get("rolls") ?? []).map(note => [ROLL.exec(linesOf(note)[0])?.[1], note]);
  require(named.every(([whose]) => whose === passport.get("provider") || whose === passport.get("recipient")), "a roll is of somebody else");
  return named.filter(([whose]) => whose === name).map(([, note]) => note);
}

/** What became of the key of a checkpoint over so many entries; nothing is told where none was ever handed on. */
async function attemptKey(attempt, history, size) {
  if (history.rolls.length) await attempt("key", () => {
    if (history.rolls[history.numberAt(size)]?.reason === "key-compromise") throw new Open("the key came into wrong hands");
  });
}
