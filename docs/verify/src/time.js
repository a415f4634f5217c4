// --- time-stamps under the checkpoint: RFC 3161 and RFC 5816 in CMS (RFC 5652), in strict DER

const TST_INFO = "060b2a864886f70d0109100104", MESSAGE_DIGEST = "06092a864886f70d010904", CONTENT_TYPE = "06092a864886f70d010903";
const ESS_V2 = "060b2a864886f70d010910022f", ESS_V1 = "060b2a864886f70d010910020c", SIGNED_DATA = "06092a864886f70d010702";
const PROTECTION = "06092a864886f70d010934"; // which algorithms the signer meant (RFC 6211)

/** What a token states, once it is known to be of this text and signed with a certificate for that: {at, certificate, others}. */
async function verifyToken(token, text) {
  if (token[1] === 0x80) throw new Open("it is written in BER, which is not read here");
  const whole = only(token), [kind, held, behind] = fields(whole, "06", "a0"), body = only(held.content);
  require(hex(kind.raw) === SIGNED_DATA && !behind.length, "it is no time-stamp");
  const [, , content, bag, , signers, more] = fields(body, "02", "31", "30", "a0?", "a1?", "31"), certificates = bag ? elementsIn(bag.content) : [];
  const [type, wrapped] = fields(content, "06", "a0"), info = only(wrapped.content);
  const [signer, another] = elementsIn(signers.content);
  require(hex(type.raw) === TST_INFO && info.tag === 4 && signer && !another && !more.length && certificates.length <= 256, "it is no time-stamp");
  const [version, sid, digestAlgorithm, attributes, signatureAlgorithm, signature] = fields(signer, "02", "0", "30", "a0", "30", "04");
  require(sid.tag === 0x30 && wholeOf(version) === 1 || sid.tag === 0x80 && wholeOf(version) === 3, "its signer is named in an unknown way");
  const at = await timeIn(info.content, text), signed = signedAttributes(attributes);
  require(signed[CONTENT_TYPE] && hex(signed[CONTENT_TYPE].raw) === TST_INFO, "another type of content");
  checkDigest(signed, await digested(digestOf(digestAlgorithm), info.content));
  checkProtection(signed[PROTECTION], digestAlgorithm, signatureAlgorithm);
  const certificate = signerAmong(certificates, sid), { critical, value } = certificate.extensions.get(OID.purpose) ?? {};
  await checkReference(signed, certificate.raw);
  require(certificate.serial > 0 && critical && hex(value) === ONLY_TIME_STAMPING, "its certificate is not for time-stamping alone");
  require(certificate.from <= at && at <= certificate.until, "its certificate was not valid then");
  const ordered = elementsIn(attributes.content).map(one => one.raw).sort((a, b) => hex(a) < hex(b) ? -1 : 1);
  const message = joined([attributes.raw.slice(0, attributes.raw.length - attributes.content.length), ...ordered]);
  message[0] = 0x31;
  await verifyWith(certificate.key, signatureAlgorithm, digestOf(digestAlgorithm), signature.content, message);
  return { at, certificate, others: certificates.map(({ raw }) => raw) };
}
/** The time in a TSTInfo over this text. */
async function timeIn(info, text) {
  const whole = only(info), [version, , imprint, serial, at, , ordering, nonce, , extensions, more] = fields(whole, "02", "06", "30", "02", "18", "30?", "01?", "02?", "a0?", "a1?");
  const [algorithm, value, behind] = fields(imprint, "30", "04");
  require(wholeOf(version) === 1 && !more.length && !behind.length, "it is no time-stamp");
  require(!ordering || ["00", "ff"].includes(hex(ordering.content)), "it is malformed");
  wholeOf(serial);
  if (nonce) require(wholeOf(nonce) !== null && nonce.content.length <= 64, "it is malformed");
  for (const one of extensions ? elementsIn(extensions.content) : []) {
    const [, critical, , left] = fields(one, "06", "01?", "04");
    require(!left.length && (!critical || hex(critical.content) === "00"), "it has a critical extension that is not known");
  }
  require(same(await digested(digestOf(algorithm), text), value.content), "it is of another checkpoint");
  return momentOf(at);
}
/** The value of each attribute, by its type: each stands once, with one value. */
function signedAttributes(attributes) {
  const found = {};
  for (const one of elementsIn(attributes.content)) {
    const [oid, set, more] = fields(one, "06", "31"), values = elementsIn(set.content);
    require(!more.length && !(hex(oid.raw) in found), "a signed attribute is repeated");
    found[hex(oid.raw)] = values.length === 1 ? values[0] : null;
  }
  return found;
}
function checkDigest(signed, digest) {
  const stated = signed[MESSAGE_DIGEST];
  require(stated?.tag === 4 && same(stated.content, digest), "what was signed is other content");
}
function checkProtection(stated, digest, signature) {
  if (stated === undefined) return;
  const [ownDigest, ownSignature] = fields(stated ?? { content: [] }, "30", "a1");
  require(same(ownDigest.raw, digest.raw) && same(ownSignature.raw.slice(1), signature.raw.slice(1)), "its algorithms are not those that were signed");
}
/** The certificate that a signer names by issuer and serial number, or by the identifier of its key: never a guess. */
function signerAmong(certificates, sid) {
  for (const { tag, raw } of certificates) {
    if (tag !== 0x30) continue;
    const [, serial, , issuer] = fields(fields(only(raw), "30")[0], "a0?", "02", "30", "30");
    if (sid.tag === 0x30 ? same(joined([issuer.raw, serial.raw]), sid.content) : keyIdOf(raw) === hex(sid.content)) return certificateOf(raw);
  }
  throw new Invalid("its certificate is not there");
}
function keyIdOf(raw) {
  const stated = certificateOf(raw).extensions.get("551d0e");
  return stated ? hex(only(stated.value).content) : "";
}
/** The signed references to the certificate of the signer, at least one, mean this one. RFC 2634 knew SHA-1 alone. */
async function checkReference(signed, certificate) {
  require(ESS_V2 in signed || ESS_V1 in signed, "it does not name its certificate");
  for (const type of [ESS_V2, ESS_V1].filter(one => one in signed)) {
    const [list] = fields(signed[type] ?? { content: [] }, "30"), [first] = fields(list, "30");
    const [algorithm, hash] = fields(first, type === ESS_V2 ? "30?" : "1f?", "04");
    const name = type === ESS_V1 ? "SHA-1" : algorithm ? digestOf(algorithm) : "SHA-256";
    require(same(await digested(name, certificate), hash.content), "it means another certificate");
  }
}
/** The tokens under a note: lines of type 0xff whose key is the name of their authority alone (C2SP signed-note). */
async function tokensUnder(note) {
  const found = [], cut = note.lastIndexOf("\n\n");
  for (const line of cut < 0 ? [] : note.slice(cut + 2, -1).split("\n")) {
    const [, name, blob] = /^— ([^\s+]+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
    if (!name) return [];
    const id = (await sha256(utf8.encode(name + "\n"), [255], utf8.encode("rfc3161-time-stamp-token"))).slice(0, 4);
    if (same(base64(blob).slice(0, 4), id)) found.push(base64(blob).slice(4));
  }
  return found;
}
/** Certificates of strangers, without those that cannot be read. */
function readable(certificates) {
  const found = [];
  for (const raw of certificates) try { found.push(certificateOf(raw)) } catch (error) { if (!(error instanceof Invalid || error instanceof Open)) throw error }
  return found;
}
/** Whether the reader trusts the authority of a token, by a path to `clocks`; null where this page cannot tell. */
async function isTrusted({ certificate, others, at }, clocks) {
  try { return await leadsTo(clocks, certificate, readable(others), at) } catch (error) { if (error instanceof Open) return null; throw error }
}
