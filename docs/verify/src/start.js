"use strict";
// A second implementation of `tegata verify` for passports, credentials of them and evidence packages, written against the documents and not against the first one:
// RFC 7515 (JWS), RFC 8037 and RFC 9864 (Ed25519), did:key, RFC 9162 (Merkle proofs), C2SP signed-note, tlog-checkpoint and tlog-cosignature, FIPS 204,
// RFC 3161 and 5816 (time-stamps), RFC 5652 (CMS), RFC 5280 and 9618 (certification paths). Made of docs/verify/src by `make documents`.
// The steps are those of docs/how-to/verify-a-passport.md, with the same names and verdicts.

class Invalid extends Error {}   // the step fails
class Open extends Error {}      // the step needs what the reader has not given
const utf8 = new TextEncoder();
const require = (holds, why) => { if (!holds) throw new Invalid(why) };
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(parts)));
const hex = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length }
  return whole;
}

// --- base64 in its one canonical form (RFC 4648): no padding but the right one, no stray bits

function base64(text) {
  require(/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0, "not base64");
  let raw;
  try { raw = atob(text) } catch { throw new Invalid("not base64") }
  require(btoa(raw) === text, "not canonical base64");
  return Uint8Array.from(raw, letter => letter.charCodeAt(0));
}

function base64url(text) {
  require(/^[A-Za-z0-9_-]*$/.test(text) && text.length % 4 !== 1, "not base64url");
  return base64(text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat(-text.length & 3));
}

const utf8Text = bytes => {
  try { return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) } catch { throw new Invalid("not UTF-8") }
};
