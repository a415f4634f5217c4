// --- that nobody who stamped was revoked, by what a package brings (RFC 5280 section 5): complete lists by who issued.
// Other kinds (OCSP answers, indirect, partial and delta lists) are not read here, and what they would tell stays open.

/** A revocation list, complete and by the issuer of what it is about; null for one of another kind. Invalid where it is none. */
function listOf(raw) {
  const [body, algorithm, signature, behind] = fields(only(raw), "30", "30", "03"), left = elementsIn(body.content);
  if (left[0]?.tag === 2) require(wholeOf(left.shift()) === 1, "a list of an unknown version");
  const [inner, issuer, from] = left.splice(0, 3), next = [0x17, 0x18].includes(left[0]?.tag) ? left.shift() : null;
  const entries = left[0]?.tag === 0x30 ? elementsIn(left.shift().content) : [], stated = left[0]?.tag === 0xa0 ? extensionsOf(only(left.shift().content)) : new Map();
  require(from && !left.length && !behind.length && same(inner.raw, algorithm.raw) && signature.content[0] === 0, "a list is malformed");
  const revoked = new Map();
  let plain = !["551d1b", "551d1c"].some(oid => stated.has(oid)) && Array.from(stated.values()).every(({ critical }) => !critical);
  for (const entry of entries) {
    const [serial, at, more] = fields(entry, "02", "0", "30?"), said = more ? extensionsOf(more) : new Map(), reason = said.get("551d15");
    plain &&= Array.from(said.values()).every(({ critical }) => !critical);
    if (!reason || hex(reason.value) !== "0a0108") revoked.set(hex(serial.content), momentOf(at)); // 8: no longer on the list
  }
  return plain ? { body: body.raw, algorithm, signature: signature.content.slice(1), issuerName: nameOf(issuer), from: momentOf(from), next: next && momentOf(next), revoked } : null;
}

/** Since when a certificate was revoked as its issuer says, "" where it was not by this time; Open where nobody says so. */
async function revokedSince(certificate, issuer, lists, at) {
  const usage = issuer.extensions.get(OID.usage);
  for (const list of usage && !(only(usage.value).content[1] & 2) ? [] : lists) { // cRLSign is the seventh bit
    if (list.issuerName !== certificate.issuerName || !list.next || list.next < at || list.from > certificate.until) continue;
    const holds = await verifyWith(issuer.key, list.algorithm, null, list.signature, list.body).then(() => true, error => {
      if (!(error instanceof Invalid || error instanceof Open)) throw error;
      return false;
    });
    if (!holds) continue;
    const since = list.revoked.get(certificate.serialHex);
    return since && since <= at ? since : "";
  }
  throw new Open("no list that this page reads tells whether a certificate was revoked");
}

/** By the first path that holds and of which all is known. Its roots are those of the package: trust is no matter here. */
async function checkUnrevoked({ certificate, others, at }, brought, lists) {
  const known = [...readable(others), ...brought], roots = [];
  for (const one of known) if (one.subjectName === one.issuerName && await verifyWith(one.key, one.algorithm, null, one.signature, one.body).then(() => true, () => false)) roots.push(one);
  if (roots.some(root => same(root.raw, certificate.raw))) return;
  for await (const [anchor, ...links] of pathsTo(roots, certificate, known, at)) {
    for (const [i, link] of links.entries()) require(!await revokedSince(link, i ? links[i - 1] : anchor, lists, at), "a certificate was revoked before it stamped");
    return;
  }
  throw new Open("no path leads to a root that the package brings");
}

/** What a package tells of the authorities that stamped its checkpoint; nothing where it brings nothing of them. */
async function attemptRevocation(attempt, files, note) {
  const names = Array.from(files.keys()).filter(name => /^validation\/[^/]+$/.test(name)), ending = kind => names.filter(name => name.endsWith(kind)).map(name => files.get(name));
  if (names.length) await attempt("revocation", async () => {
    require(names.length <= 64, "there are more than 64 files");
    const brought = readable(ending(".cer")), lists = ending(".crl").map(raw => { try { return listOf(raw) } catch (error) { if (error instanceof Invalid) return null; throw error } }).filter(Boolean);
    const text = utf8.encode(note.slice(0, note.lastIndexOf("\n\n") + 1));
    for (const token of await tokensUnder(note).catch(() => [])) {
      let stamp = null;
      try { stamp = await verifyToken(token, text) } catch (error) { if (!(error instanceof Invalid)) throw error }
      if (stamp && ending(".ocsp").length && !isRoot(stamp, brought)) throw new Open("OCSP answers are not read here");
      if (stamp) await checkUnrevoked(stamp, brought, lists);
    }
  });
}

const isRoot = ({ certificate }, brought) => certificate.subjectName === certificate.issuerName && brought.some(one => same(one.raw, certificate.raw));
