// --- keys and signatures

const PRIME = 2n ** 255n - 19n;
const ORDER_8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
const SMALL_ORDER = [0n, 1n, PRIME - 1n, ORDER_8, PRIME - ORDER_8]; // under these one signature holds for many messages
const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** The Ed25519 key (32 bytes) that a did:key stands for. */
function keyOf(did) {
  require(/^did:key:z[1-9A-HJ-NP-Za-km-z]{47}$/.test(did), "not a did:key of an Ed25519 key");
  const number = Array.from(did.slice(9)).reduce((sum, letter) => sum * 58n + BigInt(BASE58.indexOf(letter)), 0n);
  require(number >> 256n === 0xed01n, "not an Ed25519 key");
  const raw = Uint8Array.from((number & (2n ** 256n - 1n)).toString(16).padStart(64, "0").match(/../g), pair => parseInt(pair, 16));
  return acceptable(raw);
}

/** The same 32 bytes, where they are the one form of a point under which a signature holds for one message. */
function acceptable(raw) {
  const y = BigInt("0x" + hex(Uint8Array.from(raw).reverse())) & (2n ** 255n - 1n);
  require(raw.length === 32 && y < PRIME && !SMALL_ORDER.includes(y), "not an acceptable key");
  return raw;
}

async function verifySignature(raw, signature, message) {
  const key = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]).catch(() => null);
  require(key !== null, "this browser does not know Ed25519, or the key is none");
  require(signature.length === 64 && await crypto.subtle.verify("Ed25519", key, signature, message), "the signature does not hold");
}

const REFUSED = ["crit", "b64", "zip", "enc", "jku", "jwk", "x5u", "x5c"];

function parseJws(compact, type) {
  require(compact.length <= 4 * 1024 * 1024, "too long");
  const parts = compact.split(".");
  require(parts.length === 3, "not three parts");
  const [header, payload, signature] = parts.map(base64url);
  require(header.length <= 1024, "the header is too long");
  checkHeader(utf8Text(header), type);
  return { payload, signature, signed: utf8.encode(`${parts[0]}.${parts[1]}`) };
}

/** JSON may be spelled freely here, but each name must stand once: counted by a reader that is told of every member. */
function checkHeader(text, type) {
  let header;
  try { header = JSON.parse(text) } catch { throw new Invalid("the header is not JSON") }
  require(header !== null && typeof header === "object" && !Array.isArray(header), "the header is not an object");
  require(!repeatsName(text), "a name is repeated");
  require(["Ed25519", "EdDSA"].includes(header.alg), "another algorithm");
  require(!REFUSED.some(name => Object.hasOwn(header, name)), "the header carries what is not accepted");
  require(header.typ === type, "made for another use");
}

/** Whether any object in valid JSON has a name twice. */
function repeatsName(text) {
  const open = [];
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g) ?? [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === "{") open.push(new Set());
    else if (tokens[i] === "[") open.push(null);
    else if (tokens[i] === "}" || tokens[i] === "]") open.pop();
    else if (tokens[i][0] === '"' && tokens[i + 1] === ":") {
      const name = JSON.parse(tokens[i]);
      if (open.at(-1).has(name)) return true;
      open.at(-1).add(name);
    }
  }
  return false;
}
