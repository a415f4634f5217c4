// --- ML-DSA-44 (FIPS 204): verification only. Coefficients are below 2^23, so products are exact in a number.

const Q = 8380417, BITS = n => Array.from({ length: n }, (_, i) => i);
const modulo = (a, n) => (a % n + n) % n;

/** SHAKE128 (rate 168) or SHAKE256 (rate 136) of a message: FIPS 202. Reads on without end. */
function* shake(rate, ...parts) {
  const message = joined(parts), padded = new Uint8Array((Math.floor(message.length / rate) + 1) * rate), state = new BigUint64Array(25);
  padded.set(message);
  padded[message.length] ^= 0x1f;
  padded[padded.length - 1] ^= 0x80;
  const bytes = new Uint8Array(state.buffer); // little-endian, as every machine that runs a browser
  for (let at = 0; at < padded.length; at += rate) {
    for (let i = 0; i < rate; i++) bytes[i] ^= padded[at + i];
    permute(state);
  }
  for (;; permute(state)) yield* bytes.slice(0, rate);
}

const ROTATIONS = [0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14].map(BigInt);
const ROUND_CONSTANTS = (() => {
  let register = 1;
  const bit = () => { const out = register & 1; register = register << 1 ^ (register >> 7 ? 0x171 : 0); return BigInt(out) };
  return BITS(24).map(() => BITS(7).reduce((sum, j) => sum | bit() << BigInt(2 ** j - 1), 0n));
})();

function permute(a) {
  const rotated = (lane, by) => lane << by | lane >> 64n - by, c = new BigUint64Array(5), b = new BigUint64Array(25);
  for (const constant of ROUND_CONSTANTS) {
    for (let x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    const d = BITS(5).map(x => c[(x + 4) % 5] ^ BigInt.asUintN(64, rotated(c[(x + 1) % 5], 1n)));
    for (let i = 0; i < 25; i++) {
      const x = i % 5, y = (i - x) / 5;
      b[y + 5 * ((2 * x + 3 * y) % 5)] = rotated(a[i] ^ d[x], ROTATIONS[i]);
    }
    for (let i = 0; i < 25; i++) { const row = i - i % 5; a[i] = b[i] ^ ~b[row + (i + 1) % 5] & b[row + (i + 2) % 5] }
    a[0] ^= constant;
  }
}

const taken = (stream, count) => Uint8Array.from({ length: count }, () => stream.next().value);

/** 256 numbers of so many bits each, the lowest bit first. */
function unpacked(bytes, bits) {
  const bit = n => bytes[n >> 3] >> (n & 7) & 1;
  return Array.from({ length: 256 }, (_, i) => BITS(bits).reduce((sum, j) => sum + bit(i * bits + j) * 2 ** j, 0));
}

const ZETAS = BITS(256).map(k => {
  let exponent = BITS(8).reduce((sum, j) => sum + (k >> j & 1) * 2 ** (7 - j), 0), power = 1;
  while (exponent--) power = power * 1753 % Q;
  return power;
});

function ntt(w) {
  for (let m = 0, length = 128; length >= 1; length /= 2) for (let start = 0; start < 256; start += 2 * length) {
    const zeta = ZETAS[++m];
    for (let j = start; j < start + length; j++) {
      const t = zeta * w[j + length] % Q;
      w[j + length] = modulo(w[j] - t, Q);
      w[j] = (w[j] + t) % Q;
    }
  }
  return w;
}

function inverseNtt(w) {
  for (let m = 256, length = 1; length < 256; length *= 2) for (let start = 0; start < 256; start += 2 * length) {
    const zeta = Q - ZETAS[--m];
    for (let j = start; j < start + length; j++) {
      const t = w[j];
      w[j] = (t + w[j + length]) % Q;
      w[j + length] = zeta * modulo(t - w[j + length], Q) % Q;
    }
  }
  return w.map(value => value * 8347681 % Q);
}

/** A polynomial of the matrix (RejNTTPoly). */
function uniform(...seed) {
  const stream = shake(168, ...seed), found = [];
  while (found.length < 256) {
    const [low, middle, high] = taken(stream, 3), value = (high & 127) * 65536 + middle * 256 + low;
    if (value < Q) found.push(value);
  }
  return found;
}

/** The challenge, with 39 coefficients that are 1 or -1 (SampleInBall). */
function challenge(seed) {
  const stream = shake(136, seed), signs = taken(stream, 8), found = new Array(256).fill(0);
  for (let i = 217; i < 256; i++) {
    let j = stream.next().value;
    while (j > i) j = stream.next().value;
    found[i] = found[j];
    found[j] = signs[i - 217 >> 3] >> (i - 217 & 7) & 1 ? Q - 1 : 1;
  }
  return found;
}

/** Which coefficients of four polynomials were rounded to the other side (HintBitUnpack); null where it is spelled in another way. */
function hints(bytes) {
  const found = BITS(4).map(() => new Array(256).fill(false));
  let at = 0;
  for (let i = 0; i < 4; i++) {
    const end = bytes[80 + i], first = at;
    if (end < at || end > 80) return null;
    for (; at < end; at++) {
      if (at > first && bytes[at - 1] >= bytes[at]) return null;
      found[i][bytes[at]] = true;
    }
  }
  return bytes.slice(at, 80).every(byte => byte === 0) ? found : null;
}

/** The high part of a coefficient, 0 to 43, after the hint (UseHint). */
function rounded(value, hinted) {
  const step = 190464;
  let low = value % step;
  if (low > step / 2) low -= step;
  const wraps = value - low === Q - 1, high = wraps ? 0 : (value - low) / step;
  return hinted ? modulo(high + ((wraps ? low - 1 : low) > 0 ? 1 : -1), 44) : high;
}

/** FIPS 204 algorithm 3 with an empty context. */
function verifyMlDsa(key, signature, message) {
  const hinted = hints(signature.slice(2336)), seed = signature.slice(0, 32);
  const z = BITS(4).map(i => unpacked(signature.slice(32 + 576 * i, 608 + 576 * i), 18).map(value => 131072 - value));
  const held = key.length === 1312 && signature.length === 2420 && hinted && z.flat().every(value => Math.abs(value) < 131072 - 78);
  require(held, "the signature does not hold");
  const digest = taken(shake(136, taken(shake(136, key), 64), [0, 0], message), 64);
  const c = ntt(challenge(seed)), vector = z.map(one => ntt(one.map(value => modulo(value, Q))));
  const high = BITS(4).map(row => {
    const t = ntt(unpacked(key.slice(32 + 320 * row, 352 + 320 * row), 10).map(value => value * 8192 % Q));
    const matrix = BITS(4).map(column => uniform(key.slice(0, 32), [column, row]));
    const sum = t.map((value, i) => modulo(BITS(4).reduce((all, s) => all + matrix[s][i] * vector[s][i] % Q, 0) - c[i] * value % Q, Q));
    return inverseNtt(sum).map((value, i) => rounded(value, hinted[row][i]));
  });
  const packed6 = high.map(w => Uint8Array.from({ length: 192 }, (_, i) => BITS(8).reduce((sum, j) => sum + (w[Math.floor((8 * i + j) / 6)] >> (8 * i + j) % 6 & 1) * 2 ** j, 0)));
  require(same(taken(shake(136, digest, ...packed6), 32), seed), "the signature does not hold");
}
