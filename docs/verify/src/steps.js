// --- the steps

const plain = value => value instanceof Float ? value.value : typeof value === "bigint" ? Number(value) : value;

const STEPS = {
  "issuer": ({ passport, trusted }) => {
    if (!Object.hasOwn(trusted, passport.get("provider"))) throw new Open("unknown issuer");
  },
  "log entry": ({ passport }) => {
    const logged = passport.get("entry"), body = logged.get("body");
    require(logged.get("kind") === "release" && logged.get("subject") === passport.get("transfer"), "another entry");
    for (const name of ["data_digest", "data_size", "decision_digest", "agreement_digest", "recipient"]) {
      require(body.has(name) && plain(body.get(name)) === plain(passport.get(name)), `${name} differs`);
    }
  },
  "inclusion": async ({ passport, text }) => {
    const proof = passport.get("proof"), stated = proof.get("checkpoint");
    const digest = hex(await sha256(utf8.encode(text.slice(...passport.get("entry").span))));
    const leaf = await sha256([0], utf8.encode(`tegata-entry/1 sha256:${digest}`));
    await verifyInclusion(leaf, proof.get("hashes").map(hash32), hash32(stated.get("root")), proof.get("index"), stated.get("size"));
  },
  "checkpoint": async ({ passport, history }) => {
    const stated = passport.get("proof").get("checkpoint");
    const signed = await openedBy(history, stated.get("note"), passport.get("provider"));
    require(["origin", "size", "root"].every(name => signed[name] === stated.get(name)), "not the checkpoint that is stated");
  },
  "data": ({ passport, data }) => {
    if (!data) throw new Open("no data");
    const inside = passport.get("entry").get("body").get("envelope"); // what was encrypted for the recipient
    const opened = inside instanceof Map && data.digest === inside.get("data_digest") && data.size === plain(inside.get("data_size"));
    require(opened || data.digest === passport.get("data_digest") && BigInt(data.size) === passport.get("data_size"), "other data");
  },
  "dates": ({ passport }) => {
    const [issued, released] = [passport.get("issued_at"), passport.get("entry").get("at")].map(microseconds);
    const decided = [passport.get("as_of"), passport.get("known_on")].map(daysSince1970).reduce((a, b) => a > b ? a : b);
    require(issued >= released && released >= (decided * 24n - 14n) * 3600000000n, "out of order"); // a day begins first at UTC+14
  },
  "decision": ({ passport }) => {
    const severities = passport.get("packs").map(pack => OUTCOMES.indexOf(pack.get("outcome")));
    const severity = OUTCOMES.indexOf(passport.get("outcome"));
    require(severity <= 1 && severities.length > 0 && Math.max(...severities) === severity, "no permission");
  },
  "obligations": ({ passport }) => {
    const duties = passport.get("obligations");
    require(duties.every(duty => duty.get("met")), "not all are met");
    require(duties.length > 0 || passport.get("outcome") !== "allow_with_conditions", "none is told");
  },
};

/** Where steps are taken and what they say is kept. */
function casebook() {
  const checks = [], told = {};
  const attempt = async (name, step) => {
    try { const value = await step(); checks.push([name, "passed"]); return value } catch (error) {
      if (!(error instanceof Invalid || error instanceof Open)) throw error;
      told[name] = error.message;
      checks.push([name, error instanceof Open ? "indeterminate" : "failed"]);
      return null;
    }
  };
  const concluded = (passport, words) => {
    const verdicts = checks.map(([, verdict]) => verdict);
    const verdict = verdicts.includes("failed") ? "total-failed" : verdicts.includes("indeterminate") ? "indeterminate" : "total-passed";
    return { verdict, checks, told, passport, words };
  };
  return { attempt, concluded };
}

/** What the time-stamps under a checkpoint say, earliest first: {at, by, trusted}; nothing where there are none or one does not hold. */
async function attemptTime(attempt, note, clocks) {
  const tokens = await tokensUnder(note).catch(() => []), text = utf8.encode(note.slice(0, note.lastIndexOf("\n\n") + 1));
  const found = tokens.length && await attempt("time", async () => {
    const stamps = [];
    for (const token of tokens) {
      const stamp = await verifyToken(token, text);
      stamps.push({ at: stamp.at, by: stamp.certificate.called, trusted: await isTrusted(stamp, clocks) });
    }
    return stamps.sort((one, other) => one.at < other.at ? -1 : 1);
  });
  return found || [];
}

/** Whether a passport has the witnesses that its agreement asks for; nothing where it asks for none. */
async function attemptWitnesses(attempt, passport, history) {
  const asked = passport.get("obligations").map(duty => duty.get("condition")).filter(condition => condition.get("verb") === "witness_quorum");
  const note = passport.get("proof").get("checkpoint").get("note"), recipient = passport.get("recipient");
  if (asked.length) await attempt("witnesses", async () => {
    const other = async () => [recipient, await cosigningKey(await follow(recipient, rollsOf(passport, recipient)), recipient, note)], reached = [];
    for (const condition of asked) reached.push(await isQuorum(condition.get("params"), note, history.current, other));
    require(reached.every(Boolean), "too few of the agreed witnesses cosigned");
  });
}

/** {verdict, checks: [[name, verdict]], passport}: `data` is {digest, size} or null, `trusted` names by did, `clocks` certificates, `known` rolls of the provider. */
async function verifyPassport(compact, data, trusted, clocks = [], known = []) {
  const { attempt, concluded } = casebook();
  const sealed = await attempt("form", () => readPassport(compact));
  const history = sealed && await attempt("issuer key", () => eitherOf(sealed.passport.get("provider"), rollsOf(sealed.passport, sealed.passport.get("provider")), known));
  const size = sealed?.passport.get("proof").get("checkpoint").get("size");
  const signed = history && await attempt("signature", async () => { await verifySignature(history.at(size), sealed.signature, sealed.signed); return true });
  if (signed) for (const [name, step] of Object.entries(STEPS)) await attempt(name, () => step({ ...sealed, history, data, trusted }));
  if (signed) await attemptKey(attempt, history, size);
  if (signed) await attemptWitnesses(attempt, sealed.passport, history);
  const stamps = signed ? await attemptTime(attempt, sealed.passport.get("proof").get("checkpoint").get("note"), clocks) : [];
  return { ...concluded(signed ? sealed.passport : null, WORDS), stamps };
}

function readPassport(compact) {
  const jws = parseJws(compact, "tegata-passport+jws"), text = utf8Text(jws.payload), passport = fixedJson(text);
  (passport instanceof Map && passport.has("rolls") ? ROLLED_PASSPORT : PASSPORT)(passport);
  require(passport.get("version") === "tegata-passport/1", "another version");
  for (const name of ["data_digest", "source_digest", "decision_digest", "agreement_digest"]) {
    require(/^sha256:[0-9a-f]{64}$/.test(passport.get(name)), "a digest is not SHA-256");
  }
  return { ...jws, text, passport };
}
