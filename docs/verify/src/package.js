// --- the evidence package: the steps of docs/how-to/look-after-the-log.md

/** The signature lines of a note as [name, key id and signature], and its text. */
function linesOf(note) {
  const cut = note.lastIndexOf("\n\n");
  require(note.length <= 64 * 1024 && !/[\u0000-\u0009\u000b-\u001f]/.test(note), "not a signed note");
  const lines = note.slice(cut + 2, -1).split("\n").map(line => /^— ([^\s+]+) ([A-Za-z0-9+/]+=*)$/.exec(line));
  require(cut >= 0 && note.endsWith("\n") && lines.every(match => match), "not a signed note");
  const found = lines.map(match => [match[1], base64(match[2])]);
  require(found.every(([, blob]) => blob.length >= 5), "a signature line is malformed");
  return [note.slice(0, cut + 1), found];
}

/** Who of these (keys by did) cosigned a checkpoint: C2SP tlog-cosignature, Ed25519. */
async function cosignersOf(note, keys) {
  const [text, lines] = linesOf(note), found = [];
  for (const [did, key] of keys) {
    if (key.length !== 32) continue;
    const id = await keyId(did, 4, key);
    for (const [name, blob] of lines) {
      if (name !== did || !same(blob.slice(0, 4), id)) continue;
      const at = longInteger(blob.slice(4, 12));
      require(at < 2n ** 63n, "a cosignature states a time that there is not");
      await verifySignature(key, blob.slice(12), utf8.encode(`cosignature/v1\ntime ${at}\n${text}`));
      found.push(did);
    }
  }
  return found;
}

const VKEY = /^([^\s+\u0000-\u001f]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/;

/** Name and key of a cosigner that is no participant (signed-note, "Verifier keys"): Ed25519 or ML-DSA-44. */
async function cosignerKey(vkey) {
  const [, name, id, held] = VKEY.exec(vkey) ?? [], material = name ? base64(held) : [];
  const [kind, key] = [material[0], material.slice(1)];
  require(name && (kind === 4 && key.length === 32 || kind === 6 && key.length === 1312), "no key of a cosigner");
  require(hex(await keyId(name, kind, key)) === id, "another key");
  return [name, kind === 4 ? acceptable(key) : key];
}

/** The witness of an agreement that a vkey names. */
async function witnessOf(vkey) {
  const [name, key] = await cosignerKey(vkey);
  require(key.length === 32 && !name.startsWith("did:"), "not the vkey of a witness");
  return [name, key];
}

const longInteger = bytes => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
const eight = number => Uint8Array.from({ length: 8 }, (_, i) => Number(BigInt(number) >> BigInt(56 - 8 * i) & 255n));
const isHeavy = ([, blob]) => blob.length === 4 + 8 + 2420;

/** Who of these (ML-DSA-44 keys by name) cosigned the text of a checkpoint: C2SP tlog-cosignature, `subtree/v1`. */
async function secondsOf(text, lines, keys) {
  const found = [], [, origin, size, root] = /^([^\n]+)\n(0|[1-9][0-9]{0,18})\n([^\n]+)\n(?:[^\n]+\n)*$/.exec(text) ?? [];
  for (const [name, key] of keys) {
    const id = await keyId(name, 6, key);
    for (const [signer, blob] of lines) {
      if (signer !== name || !same(blob.slice(0, 4), id)) continue;
      const at = longInteger(blob.slice(4, 12)), [who, whose] = [name, origin ?? ""].map(one => utf8.encode(one));
      require(at < 2n ** 63n, "a cosignature states a time that there is not");
      require(origin && who.length < 256 && whose.length < 256, "no checkpoint");
      const message = joined([utf8.encode("subtree/v1\n\0"), [who.length], who, eight(at), [whose.length], whose, eight(0), eight(size), hash32(root)]);
      verifyMlDsa(key, blob.slice(12), message);
      found.push(name);
    }
  }
  return found;
}

/** The ML-DSA-44 keys that the first key of a name endorses, by notes that entries of the log name. */
async function endorsedBy(held, did, first) {
  const found = [], id = await keyId(did, 1, first);
  for (const note of await held.notesOn(did, "endorsement", "tegata-keys/1\n")) {
    const [text, lines] = linesOf(note);
    if (!lines.some(([name, blob]) => name === did && same(blob.slice(0, 4), id))) continue; // by a key before or after it
    const [version, stated, vkey, end, more] = text.split("\n");
    require(version === "tegata-keys/1" && stated === did && end === "" && more === undefined && lines.length === 1, "it does not endorse a key of this name");
    const [name, key] = await cosignerKey(vkey);
    require(name === did && key.length === 1312, "it does not endorse a key of this name");
    await verifySignature(first, lines[0][1].slice(4), utf8.encode(text));
    found.push(key);
  }
  return found;
}

/** Signatures under the checkpoint that no quantum computer forges; nothing is told where there are none. */
async function attemptSecond(attempt, held, note) {
  const file = held.files.get("checkpoint") ?? new Uint8Array();
  let present = file.length > 0;
  try { present &&= linesOf(utf8Text(file))[1].some(isHeavy) } catch { /* no note, where there should be one */ }
  if (present) await attempt("ml-dsa-44", async () => {
    const [text, lines] = linesOf(utf8Text(file)), keys = new Map(), witnesses = await held.witnesses();
    require(text === linesOf(note)[0], "`checkpoint` is not that of the proofs");
    for (const [name, key] of witnesses) if (key.length === 1312) keys.set(name, key);
    for (const [name, first] of [[held.origin, held.history.at(held.size())], ...witnesses]) {
      if (first.length === 32 && name.startsWith("did:")) for (const key of await endorsedBy(held, name, first)) keys.set(name, key);
    }
    await secondsOf(text, lines, keys);
  });
}

const within = (value, most) => typeof value === "bigint" && value >= 1n && value <= most;

/** Whether a checkpoint of `owner` has the witnesses that an agreement with this counterparty asks for. */
async function isQuorum(params, note, owner, counterparty) {
  const [needed, of] = [params.get("at_least"), params.get("of")];
  require([...params.keys()].every(name => ["at_least", "of", "within_minutes"].includes(name)), "malformed");
  require(within(needed, 16n) && (!params.has("within_minutes") || within(params.get("within_minutes"), 1440n)), "malformed");
  require(Array.isArray(of) && of.length >= 1 && of.length <= 16 && of.every(one => typeof one === "string"), "malformed");
  const members = [];
  for (const one of of) members.push(await (one === "counterparty" ? counterparty() : witnessOf(one)));
  const keys = new Set([owner, ...members.map(([, key]) => key)].map(hex)), names = new Set(members.map(([name]) => name));
  require(keys.size === members.length + 1 && names.size === members.length && needed <= BigInt(members.length), "no quorum");
  return new Set(await cosignersOf(note, members)).size >= Number(needed);
}

class Package {
  constructor(files, listed, history, origin, trusted) { Object.assign(this, { files, listed, history, origin, trusted }) }
  text(name) { require(this.files.has(name), `there is no ${name}`); return utf8Text(this.files.get(name)) }
  entries() {
    const found = new Map();
    for (const name of this.files.keys()) {
      const match = /^entries\/([0-9]+)\.json$/.exec(name);
      if (!match) continue;
      const text = this.text(name), value = fixedJson(text);
      entry(value);
      found.set(String(BigInt(match[1])), { text, value });
    }
    return found;
  }
  proofs() {
    return Array.from(this.entries().keys(), index => {
      const [head, ...rest] = this.text(`proofs/${index}.tlog-proof`).split("\n\n"), note = rest.join("\n\n");
      const [first, stated, ...hashes] = head.split("\n"), [origin, size, root] = note.split("\n");
      const number = /^(?:0|[1-9][0-9]{0,18})$/, position = stated?.startsWith("index ") ? stated.slice(6) : "";
      require(first === "c2sp.org/tlog-proof@v1" && number.test(position) && number.test(size), "the proof is malformed");
      return { entry: index, index: BigInt(position), hashes, note, origin, size: BigInt(size), root };
    });
  }
  /** What is said of agreements of this log's owner that ask for witnesses. */
  agreements() {
    const bodies = Array.from(this.entries().values()).filter(({ value }) => value.get("kind") === "agreement").map(({ value }) => value.get("body"));
    return bodies.filter(body => body.has("witness_quorum") && body.get("provider") === this.origin);
  }
  size() { return this.proofs()[0]?.size ?? 0n }
  /** Notes about a name that entries of the log name by their digest. */
  async notesOn(did, member, head) {
    const recorded = Array.from(this.entries().values()).filter(({ value }) => value.get("subject") === did).map(({ value }) => value.get("body").get(member));
    const found = [];
    for (const [name, data] of this.files) {
      if (!name.startsWith("documents/") || !same(data.slice(0, head.length), utf8.encode(head))) continue;
      if (recorded.includes("sha256:" + hex(await sha256(data)))) found.push(utf8Text(data));
    }
    return found;
  }
  /** The key by which a participant cosigned, else its newest. */
  async keyOf(did) {
    const number = note => { const match = ROLL.exec(linesOf(note)[0]); require(match, "no roll"); return Number(match[2]) };
    const notes = (await this.notesOn(did, "roll", "tegata-roll/1\n")).map(note => [number(note), note]).sort(([a], [b]) => a - b);
    const history = await follow(did, notes.map(([, note]) => note)), note = this.proofs()[0]?.note;
    return note ? cosigningKey(history, did, note) : history.current;
  }
  async witnesses() {
    const keys = new Map();
    for (const given of Object.keys(this.trusted)) {
      try { keys.set(...(given.startsWith("did:") ? [given, await this.keyOf(given)] : await cosignerKey(given))) } catch (error) { if (!(error instanceof Invalid)) throw error }
    }
    keys.delete(this.origin);
    return Array.from(keys);
  }
}

const PACKAGE_STEPS = {
  "issuer": held => { if (!Object.hasOwn(held.trusted, held.origin)) throw new Open("unknown issuer") },
  "files": async held => {
    require(held.listed.size === held.files.size, "files more or less");
    for (const [name, data] of held.files) require(held.listed.has(name) && same(base64(held.listed.get(name)), await sha256(data)), `${name} is another`);
  },
  "inclusion": async held => {
    const entries = held.entries();
    require(entries.size > 0, "there is no entry");
    for (const { entry, index, hashes, root, size } of held.proofs()) {
      require(BigInt(entry) === index, "the proof is of another entry");
      const leaf = await sha256([0], utf8.encode(`tegata-entry/1 sha256:${hex(await sha256(utf8.encode(entries.get(entry).text)))}`));
      await verifyInclusion(leaf, hashes.map(hash32), hash32(root), index, size);
    }
  },
  "checkpoint": async held => {
    const proofs = held.proofs();
    require(proofs.length > 0 && proofs.every(({ note }) => note === proofs[0].note), "not under one checkpoint");
    await openedBy(held.history, proofs[0].note, held.origin);
    await cosignersOf(proofs[0].note, await held.witnesses());
  },
  "documents": async held => {
    const named = new Set(Array.from(held.entries().values()).flatMap(({ value }) => [...value.get("body").values()]));
    for (const [name, data] of held.files) if (name.startsWith("documents/")) require(named.has("sha256:" + hex(await sha256(data))), `no entry names ${name}`);
  },
  "passports": async held => {
    const entries = held.entries();
    for (const name of held.files.keys()) {
      const match = /^passports\/([0-9]+)\.jws$/.exec(name);
      if (!match) continue;
      const text = held.text(name);
      require((await verifyPassport(text, null, held.trusted)).verdict !== "total-failed", `${name} does not hold`);
      const sealed = readPassport(text);
      require(sealed.text.slice(...sealed.passport.get("entry").span) === entries.get(String(BigInt(match[1])))?.text, `${name} is not of its entry`);
    }
  },
};

/** As `verifyPassport`, for the bytes of an evidence package. */
async function verifyPackage(bytes, trusted, clocks = []) {
  const { attempt, concluded } = casebook();
  const read = await attempt("form", () => {
    const files = readContainer(bytes), part = name => files.get(name) ?? new Uint8Array();
    const [stated, seal, head] = [part("META-INF/ASiCManifest.xml"), readSeal(part("META-INF/signature.p7s")), fixedJson(utf8Text(part("evidence.json")))];
    record({ version: text_, origin: text_, ...(head instanceof Map && head.has("rolls") ? { rolls: some(text_) } : {}) })(head);
    require(head.get("version") === "tegata-evidence/2", "another version");
    const listed = readManifest(stated);
    files.delete("META-INF/ASiCManifest.xml");
    files.delete("META-INF/signature.p7s");
    return { files, listed, stated, seal, origin: head.get("origin"), rolls: head.get("rolls") ?? [] };
  });
  const history = read && await attempt("issuer key", async () => {
    const found = await follow(read.origin, read.rolls);
    checkSeal(read.seal, found.current, read.origin);
    return found;
  });
  const signed = history && await attempt("signature", async () => { await verifySeal(read.seal, history.current, read.stated); return true });
  if (!signed) return concluded(null, PACKAGE_WORDS);
  const held = new Package(read.files, read.listed, history, read.origin, trusted);
  for (const [name, step] of Object.entries(PACKAGE_STEPS)) await attempt(name, () => step(held));
  let note = "", size = 0n, asked = [];
  try { [note, size] = [held.proofs()[0]?.note ?? "", held.size()] } catch { /* the steps before have said so */ }
  await attemptKey(attempt, history, size);
  try { asked = held.agreements() } catch { /* the steps before have said so */ }
  if (asked.length) await attempt("witnesses", async () => {
    for (const body of asked) {
      const quorums = body.get("witness_quorum");
      require(Array.isArray(quorums) && quorums.length && quorums.every(one => one instanceof Map), "malformed");
      const consumer = String(body.get("consumer")), other = async () => [consumer, await held.keyOf(consumer)];
      for (const one of quorums) if (!await isQuorum(one, note, history.current, other)) throw new Open("not yet cosigned");
    }
  });
  await attemptSecond(attempt, held, note);
  const stamps = await attemptTime(attempt, note, clocks);
  await attemptRevocation(attempt, held.files, new TextDecoder().decode(held.files.get("checkpoint") ?? new Uint8Array()));
  return { ...concluded(null, PACKAGE_WORDS), stamps };
}
