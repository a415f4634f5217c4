// --- signatures by keys of certificates (RFC 5280, 5480, 5754, 8017, 8410), and certificates

const DIGESTS = { "0609608648016503040201": "SHA-256", "0609608648016503040202": "SHA-384", "0609608648016503040203": "SHA-512" };
const CURVES = { "06082a8648ce3d030107": ["P-256", 32], "06052b81040022": ["P-384", 48], "06052b81040023": ["P-521", 66] };
const ECDSA = { "06082a8648ce3d040302": "SHA-256", "06082a8648ce3d040303": "SHA-384", "06082a8648ce3d040304": "SHA-512" };
const RSA = { "06092a864886f70d01010b": "SHA-256", "06092a864886f70d01010c": "SHA-384", "06092a864886f70d01010d": "SHA-512" };
const RSA_ANY = "06092a864886f70d010101", RSA_PSS = "06092a864886f70d01010a", MGF1 = "06092a864886f70d010108";
const EC_KEY = "06072a8648ce3d0201", ED25519 = "06032b6570", NULL = "0500";
// Known elsewhere and not to WebCrypto: SHA-3 alone and in signatures, Brainpool, Ed448, ML-DSA. What uses them is left open.
const NOT_HERE = /^(?:060960864801650304020[89a]|0609608648016503040(?:309|30[a-f]|31[0-3])|06092b240303020801010[0-9a-d]|06032b6571)/;
const digested = async (name, bytes) => new Uint8Array(await crypto.subtle.digest(name, bytes));

function digestOf(algorithm) {
  const [name, parameters, more] = fields(algorithm, "06", "0?"), oid = hex(name.raw);
  if (NOT_HERE.test(oid)) throw new Open("a digest that is not known here");
  require(DIGESTS[oid] && !more.length && (!parameters || hex(parameters.raw) === NULL), "its digest is not acceptable");
  return DIGESTS[oid];
}

/** Digest and length of the salt of RSA-PSS (RFC 4055 section 3.1). */
function pssOf(parameters) {
  require(parameters && parameters.tag === 0x30, "its algorithm is not one that the key allows");
  const [hash, mask, salt] = fields(parameters, "a0", "a1", "a2?"), [generator, inner] = fields(only(mask.content), "06", "30");
  const digest = digestOf(only(hash.content));
  require(hex(generator.raw) === MGF1 && digestOf(inner) === digest, "its algorithm is not one that the key allows");
  return [digest, salt ? wholeOf(only(salt.content)) : 20];
}

const fitting = holds => require(holds, "its algorithm is not one that the key allows");

/** How a key signs, by the algorithm that is stated: the key decides, and what is stated has to fit. `digest` stands beside it in CMS; null in certificates. */
function wayOf(key, stated, digest) {
  const [algorithm] = fields(key, "30", "03"), [kind, curve] = fields(algorithm, "06", "0?"), [name, parameters] = fields(stated, "06", "0?");
  const [type, said, bits] = [hex(kind.raw), hex(name.raw), curve ? hex(curve.raw) : ""];
  if (NOT_HERE.test(said) || NOT_HERE.test(type) || NOT_HERE.test(bits)) throw new Open("an algorithm that is not known here");
  if (type === EC_KEY) {
    fitting(CURVES[bits] && ECDSA[said] && (digest === null || ECDSA[said] === digest) && !parameters);
    return { import: { name: "ECDSA", namedCurve: CURVES[bits][0] }, use: { name: "ECDSA", hash: ECDSA[said] }, size: CURVES[bits][1] };
  }
  if (type === ED25519) {
    fitting(said === ED25519 && (digest === null || digest === "SHA-512") && !parameters);
    return { import: "Ed25519", use: "Ed25519" };
  }
  fitting(type === RSA_ANY);
  const modulus = elementsIn(only(elementsIn(key.content)[1].content.slice(1)).content)[0].content;
  fitting(modulus.length - (modulus[0] === 0) >= 256); // 2,048 bits
  if (said === RSA_PSS) {
    const [hash, saltLength] = pssOf(parameters);
    fitting(digest === null || digest === hash && saltLength === { "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 }[hash]);
    return { import: { name: "RSA-PSS", hash }, use: { name: "RSA-PSS", saltLength } };
  }
  const hash = said === RSA_ANY ? digest : RSA[said];
  fitting(hash && (digest === null || digest === hash) && (!parameters || hex(parameters.raw) === NULL));
  return { import: { name: "RSASSA-PKCS1-v1_5", hash }, use: { name: "RSASSA-PKCS1-v1_5" } };
}

/** r and s as WebCrypto wants them. */
function fixedLength(signature, size) {
  const whole = only(signature), [r, s, more] = fields(whole, "02", "02");
  require(!more.length, "the signature is malformed");
  return joined([r, s].map(element => {
    wholeOf(element);
    const number = element.content.slice(element.content[0] === 0 ? 1 : 0);
    require(number.length <= size && element.content[0] < 128, "the signature is malformed");
    return [...new Array(size - number.length).fill(0), ...number];
  }));
}

async function verifyWith(key, stated, digest, signature, message) {
  const way = wayOf(key, stated, digest);
  const imported = await crypto.subtle.importKey("spki", key.raw, way.import, false, ["verify"]).catch(() => null);
  require(imported !== null, "the key of a certificate cannot be read");
  const given = way.size ? fixedLength(signature, way.size) : signature;
  require(await crypto.subtle.verify(way.use, imported, given, message), "the signature does not hold");
}

const OID = { basic: "551d13", usage: "551d0f", purpose: "551d25", alternative: "551d11", constraints: "551d1e", policies: "551d20", mappings: "551d21", limits: "551d24", inhibit: "551d36", lists: "551d1f", fresh: "551d2e" };
const ONLY_TIME_STAMPING = "300a06082b06010505070308"; // extended key usage with this purpose alone

/** A certificate, read once; what a path is judged by is read with it. Invalid where it cannot be. */
function certificateOf(raw) {
  const whole = only(raw);
  require(raw.length <= 65536, "it is no certificate");
  const [body, algorithm, signature, behind] = fields(whole, "30", "30", "03");
  const [version, serial, inner, issuer, validity, subject, key, , , extensions, more] = fields(body, "a0?", "02", "30", "30", "30", "30", "30", "81?", "82?", "a3?");
  require(!behind.length && !more.length && same(inner.raw, algorithm.raw) && signature.content[0] === 0, "a certificate is malformed");
  const [from, until] = fields(validity, "0", "0");
  const found = {
    raw, body: body.raw, algorithm, signature: signature.content.slice(1), key, subject: subject.raw, serial: wholeOf(serial), serialHex: hex(serial.content),
    name: joined([issuer.raw, serial.raw]), // as a signer states it
    issuerName: nameOf(issuer), subjectName: nameOf(subject), called: calledIn(subject), version: version ? wholeOf(only(version.content)) : 0,
    from: momentOf(from), until: momentOf(until), extensions: extensions ? extensionsOf(only(extensions.content)) : new Map(),
  };
  return Object.assign(found, statedIn(found, subject));
}

function extensionsOf(list) {
  const found = new Map();
  for (const one of elementsIn(list.content)) {
    const [oid, critical, value, more] = fields(one, "06", "01?", "04");
    require(!more.length && (!critical || hex(critical.content) === "ff") && !found.has(hex(oid.content)), "an extension is malformed");
    found.set(hex(oid.content), { critical: critical !== null, value: value.content });
  }
  return found;
}

/** What the extensions say that count for a path. */
function statedIn({ extensions }, subject) {
  const held = name => { const one = extensions.get(OID[name]); return one && only(one.value) };
  const basic = held("basic"), usage = held("usage"), limits = held("limits"), inhibit = held("inhibit"), constraints = held("constraints");
  const [ca, length] = basic ? fields(basic, "01?", "02?") : [null, null], [explicit, mapping] = limits ? fields(limits, "80?", "81?") : [null, null];
  const [permitted, excluded] = constraints ? fields(constraints, "a0?", "a1?") : [null, null];
  const trees = list => list ? elementsIn(list.content).map(tree => fields(tree, "0")[0]) : [];
  const policies = held("policies"), number = element => element ? wholeOf(element) : null;
  return {
    authority: ca !== null, length: number(length), maySign: !usage || (usage.content[1] & 4) !== 0, // keyCertSign is the sixth bit
    explicit: number(explicit), mapping: number(mapping), inhibit: number(inhibit),
    policies: policies ? new Set(elementsIn(policies.content).map(one => hex(fields(one, "06")[0].content))) : null,
    mappings: (held("mappings") ? elementsIn(held("mappings").content) : []).map(pair => fields(pair, "06", "06").slice(0, 2).map(one => hex(one.content))),
    permitted: trees(permitted), excluded: trees(excluded),
    names: namesOf(subject, held("alternative")),
  };
}

/** Subject, addresses in it and alternative names: all that name constraints speak of, as elements of GeneralName. */
function namesOf(subject, alternative) {
  const mails = attributesOf(subject).flat().filter(([oid, text]) => oid === "2a864886f70d010901" && typeof text === "string" && /^[\x00-\x7f]*$/.test(text));
  const whole = subject.content.length ? [{ tag: 0xa4, content: subject.raw }] : [];
  return [...whole, ...mails.map(([, text]) => ({ tag: 0x81, content: utf8.encode(text) })), ...(alternative ? elementsIn(alternative.content) : [])];
}

const TEXTS = { 0x0c: "utf-8", 0x12: "utf-8", 0x13: "utf-8", 0x16: "utf-8", 0x1a: "utf-8", 0x14: "latin1", 0x1e: "utf-16be" };

/** The relative names of a name, each a list of [type, value]; a value that is no text as its bytes. */
function attributesOf(name) {
  return elementsIn(name.content).map(set => elementsIn(set.content).map(one => {
    const [oid, value] = fields(one, "06", "0"), encoding = TEXTS[value.tag];
    return [hex(oid.content), encoding ? new TextDecoder(encoding).decode(value.content) : value.raw];
  }));
}

/** One text for all spellings of a name (RFC 5280 section 7.1): case, width and spaces do not count. */
function nameOf(name) {
  const folded = text => text.toUpperCase().toLowerCase().replaceAll("ς", "σ").normalize("NFKC").split(/\s+/u).filter(Boolean).join(" ");
  return JSON.stringify(attributesOf(name).map(set => set.map(([oid, value]) => `${oid}=${typeof value === "string" ? folded(value) : hex(value)}`).sort()));
}

/** A name for people: the common name, else all of it; harmless and short. */
function calledIn(name) {
  const all = attributesOf(name).flat().filter(([, value]) => typeof value === "string"), common = all.filter(([oid]) => oid === "550403").at(-1);
  return (common ? common[1] : all.map(([, value]) => value).join(", ")).replace(/[\p{C}`]/gu, "?").slice(0, 60) || "(no name)";
}

/** The certificates of a file that a reader brings: PEM, or one in DER. */
function certificatesIn(bytes) {
  if (bytes[0] === 0x30) return [certificateOf(bytes)];
  const blocks = Array.from(utf8Text(bytes).matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g));
  require(blocks.length, "there is no certificate");
  return blocks.map(([, block]) => certificateOf(base64(block.replace(/\s/g, ""))));
}
