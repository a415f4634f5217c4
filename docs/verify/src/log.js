// --- the log

const hash32 = text => { const bytes = base64(text); require(bytes.length === 32, "not 32 bytes"); return bytes };

/** RFC 9162 section 2.1.3.2. */
async function verifyInclusion(leaf, proof, root, index, size) {
  require(index >= 0n && index < size, "the position lies outside the tree");
  let node = index, last = size - 1n, hash = leaf;
  for (const sibling of proof) {
    require(last > 0n, "the proof is too long");
    if (node & 1n || node === last) {
      hash = await sha256([1], sibling, hash);
      while (!(node & 1n)) { node >>= 1n; last >>= 1n }
    } else hash = await sha256([1], hash, sibling);
    node >>= 1n; last >>= 1n;
  }
  require(last === 0n, "the proof is too short");
  require(same(hash, root), "the proof leads to another root");
}

/** A checkpoint of the log of a name, by the key of the size that it states. */
async function openedBy(history, note, origin) {
  const size = /^[^\n]+\n(0|[1-9][0-9]{0,18})\n/.exec(note)?.[1];
  require(size !== undefined, "not a checkpoint");
  return openCheckpoint(note, history.at(BigInt(size)), origin);
}

/** Origin, size and root of a note signed by this key (C2SP signed-note, tlog-checkpoint). */
async function openCheckpoint(note, key, origin) {
  require(note.length <= 64 * 1024 && !/[\u0000-\u0009\u000b-\u001f]/.test(note), "not a signed note");
  const cut = note.lastIndexOf("\n\n");
  require(cut >= 0 && note.endsWith("\n") && cut + 2 < note.length, "not a signed note");
  const text = utf8.encode(note.slice(0, cut + 1));
  const id = await keyId(origin, 1, key);
  let found = false;
  for (const line of note.slice(cut + 2, -1).split("\n")) {
    const match = /^— ([^\s+]+) ([A-Za-z0-9+/]+=*)$/.exec(line);
    require(match, "a signature line is malformed");
    const blob = base64(match[2]);
    require(blob.length >= 5, "a signature line is malformed");
    if (match[1] !== origin || !same(blob.slice(0, 4), id)) continue; // of somebody else
    await verifySignature(key, blob.slice(4), text);
    found = true;
  }
  require(found, "the key of the log did not sign it");
  const parts = /^([^\n]+)\n(0|[1-9][0-9]{0,18})\n([^\n]+)\n(?:[^\n]+\n)*$/.exec(note.slice(0, cut + 1));
  require(parts && parts[1] === origin, "not a checkpoint of this log");
  hash32(parts[3]);
  return { origin, size: BigInt(parts[2]), root: parts[3] };
}
