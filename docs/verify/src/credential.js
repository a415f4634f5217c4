// --- the passport as a W3C Verifiable Credential 2.0 (VC-JOSE-COSE): it says what its passport says, and carries it whole

const CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2"];

function isCredential(compact) {
  try { parseJws(compact, "vc+jwt"); return true } catch { return false }
}

/** The text of a credential in its one form: what the passport says, in other words. */
function credentialOf(passport, jws, rolls) {
  const told = name => passport.get(name);
  return {
    "@context": CONTEXTS,
    "credentialSubject": {
      "agreement": told("agreement"), "dataDigest": told("data_digest"), "dataFormat": told("data_format"), "dataSize": told("data_size"),
      "dataset": told("dataset"), "id": told("transfer"), "logEntry": told("proof").get("index"), "outcome": told("outcome"),
      "recipient": told("recipient"), "rulePacks": told("packs").map(pack => `${pack.get("pack")} ${pack.get("version")}`), "type": "DataTransfer",
    },
    "evidence": { "passport": jws, "type": "TegataPassport" },
    "id": told("id"), "issuer": told("provider"), "name": told("title").get("en"),
    ...(rolls.length ? { rolls } : {}),
    "type": ["VerifiableCredential", "DataPassport"], "validFrom": told("issued_at"),
  };
}

/** Whether what `fixedJson` has read is this value, with the same names and no others. */
function says(read, value) {
  if (Array.isArray(value)) return Array.isArray(read) && read.length === value.length && value.every((item, i) => says(read[i], item));
  if (typeof value !== "object") return read === value;
  return read instanceof Map && read.size === Object.keys(value).length && Object.entries(value).every(([name, item]) => says(read.get(name), item));
}

/** As `verifyPassport` of the passport inside, after the credential itself. */
async function verifyCredential(compact, data, trusted, clocks = []) {
  const { attempt, concluded } = casebook();
  const inside = await attempt("credential", async () => {
    const jws = parseJws(compact, "vc+jwt"), read = fixedJson(utf8Text(jws.payload));
    require(read instanceof Map && read.get("evidence") instanceof Map && typeof read.get("evidence").get("passport") === "string", "it carries no passport");
    const carried = read.get("evidence").get("passport"), { passport } = readPassport(carried), rolls = read.get("rolls") ?? [];
    list(text_)(rolls);
    require(says(read, credentialOf(passport, carried, rolls)), "it does not say what its passport says");
    require(rolls.length >= rollsOf(passport, passport.get("provider")).length, "its key was no longer that of the provider");
    const history = await follow(passport.get("provider"), rolls);
    await verifySignature(history.current, jws.signature, jws.signed);
    return { carried, rolls };
  });
  if (!inside) return concluded(null, WORDS);
  const found = await verifyPassport(inside.carried, data, trusted, clocks, inside.rolls);
  return { ...found, checks: [["credential", "passed"], ...found.checks] };
}
