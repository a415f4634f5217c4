// --- its manifest and its seal (ETSI EN 319 162-1, CAdES), which the owner of the log makes with a certificate of itself

const NAMES = "http:/" + "/"; // names of XML begin so; nothing is fetched
const ASIC = `${NAMES}uri.etsi.org/02918/v1.2.1#`, DS = `${NAMES}www.w3.org/2000/09/xmldsig#`, XMLENC = `${NAMES}www.w3.org/2001/04/xmlenc#`;
const MEDIA = { json: "application/json", html: "text/html", jws: "application/jose", pdf: "application/pdf" };
const LISTED = /<asic:DataObjectReference URI="([^"]*)" MimeType="[^"]*"><ds:DigestMethod Algorithm="[^"]*"\/><ds:DigestValue>([^<]*)<\/ds:DigestValue><\/asic:DataObjectReference>/g;

function writeManifest(listed) {
  const files = listed.map(([name, digest]) =>
    `<asic:DataObjectReference URI="${name}" MimeType="${MEDIA[name.slice(name.lastIndexOf(".") + 1).toLowerCase()] ?? "application/octet-stream"}">` +
    `<ds:DigestMethod Algorithm="${XMLENC}sha256"/><ds:DigestValue>${digest}</ds:DigestValue></asic:DataObjectReference>`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<asic:ASiCManifest xmlns:asic="${ASIC}" xmlns:ds="${DS}">` +
    `<asic:SigReference URI="META-INF/signature.p7s" MimeType="application/pkcs7-signature"/>${files.join("")}</asic:ASiCManifest>`;
}

/** Digests (base64) by name. */
function readManifest(bytes) {
  const text = utf8Text(bytes), listed = Array.from(text.matchAll(LISTED), ([, name, digest]) => [name, digest]);
  require(listed.length > 0 && listed.length <= 10000 && new Set(listed.map(([name]) => name)).size === listed.length, "no manifest");
  listed.forEach(([, digest]) => base64(digest));
  require(writeManifest(listed.sort(([a], [b]) => a < b ? -1 : 1)) === text, "not the one form of a manifest");
  return new Map(listed);
}

const DATA_OID = "06092a864886f70d010701", ED25519_KEY = "302a300506032b6570032100", COMMON_NAME = "0603550403";

/** A seal in its one form: one signer, one certificate, no content, nothing that is not signed. */
function readSeal(bytes) {
  const whole = only(bytes);
  const [kind, held, more] = fields(whole, "06", "a0"), body = only(held.content);
  require(hex(kind.raw) === SIGNED_DATA && !more.length, "it is no seal");
  const [version, digests, content, bag, signers, rest] = fields(body, "02", "31", "30", "a0", "31");
  const [signer, another] = elementsIn(signers.content), certificates = elementsIn(bag.content);
  const [signerVersion, name, digest, attributes, algorithm, signature, unsigned] = fields(signer, "02", "30", "30", "a0", "30", "04");
  require(hex(version.raw) === "020101" && hex(signerVersion.raw) === "020101" && same(digests.content, digest.raw), "another form");
  require(hex(content.content) === DATA_OID && !rest.length && !another && !unsigned.length && certificates.length === 1, "another form");
  const certificate = certificateOf(certificates[0].raw);
  require(same(certificate.name, name.content), "its certificate is not there");
  return { certificate, digest, attributes, algorithm, signature };
}

/** The certificate says no more of the key of the log than its did. */
function checkSeal({ certificate }, key, origin) {
  const name = utf8.encode(origin);
  require(hex(certificate.key.raw) === ED25519_KEY + hex(key), "the key of the seal is another");
  const common = [...COMMON_NAME.match(/../g).map(pair => parseInt(pair, 16)), 0x0c, name.length, ...name];
  const subject = [0x30, common.length + 4, 0x31, common.length + 2, 0x30, common.length, ...common];
  require(same(certificate.subject, subject), "the certificate is not one that a log's owner makes");
}

async function verifySeal({ certificate, digest, attributes, signature }, key, manifest) {
  const signed = signedAttributes(attributes);
  require(signed[CONTENT_TYPE] && hex(signed[CONTENT_TYPE].raw) === DATA_OID, "another type of content");
  checkDigest(signed, await digested(digestOf(digest), manifest));
  await checkReference(signed, certificate.raw);
  const message = attributes.raw.slice();
  message[0] = 0x31;
  await verifySignature(key, signature.content, message);
}
