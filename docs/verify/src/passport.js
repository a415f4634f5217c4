// --- what a passport is made of

const text_ = value => require(typeof value === "string", "not a text");
const whole = value => require(typeof value === "bigint", "not a whole number");
const yesNo = value => require(typeof value === "boolean", "not true or false");
const anything = () => {};
const list = item => value => { require(Array.isArray(value), "not a list"); value.forEach(item) };
const table = item => value => { require(value instanceof Map, "not an object"); value.forEach(item) };
const oneOf = (...words) => value => require(words.includes(value), "not one of the words");
const record = fields => value => {
  require(value instanceof Map && value.size === Object.keys(fields).length, "not these fields");
  for (const [name, check] of Object.entries(fields)) { require(value.has(name), `no ${name}`); check(value.get(name)) }
};
const OUTCOMES = ["allow", "allow_with_conditions", "needs_info", "human_review", "deny"]; // mildest first
const outcome = oneOf(...OUTCOMES);
const bilingual = record({ en: text_, ja: text_ });
const moment = value => { text_(value); microseconds(value) };
const day = value => { text_(value); daysSince1970(value) };
const checkpoint = record({ origin: text_, size: whole, root: text_, note: text_ });
const entry = record({ kind: text_, at: moment, subject: text_, body: table(anything), salt: text_ });
const condition = record({
  verb: text_, params: table(anything), means: list(text_), rule: text_, pack: text_, say: bilingual,
  citations: list(record({ ref: text_, url: text_ })),
});
const some = item => value => { list(item)(value); require(value.length > 0, "an empty list") };
const FIELDS = {
  version: text_, id: text_, issued_at: moment, provider: text_, recipient: text_, dataset: text_, title: bilingual,
  source_digest: text_, data_digest: text_, data_size: whole, data_format: text_,
  profile: record({ rows: whole, columns: whole, categories: list(text_), subjects: table(whole) }),
  outcome, decision_digest: text_, as_of: day, known_on: day,
  packs: list(record({ pack: text_, version: text_, digest: text_, outcome, rules: list(text_), citations: list(text_) })),
  obligations: list(record({ condition, how: bilingual, met: yesNo })),
  agreement: text_, agreement_digest: text_, transfer: text_, entry,
  proof: record({ index: whole, hashes: list(text_), checkpoint }),
};
const PASSPORT = record(FIELDS), ROLLED_PASSPORT = record({ ...FIELDS, rolls: some(text_) });

/** Days since 1970-01-01 of a day that there is. */
function daysSince1970(text) {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  require(match && match[1] !== "0000", "not a date");
  const date = new Date(0);
  date.setUTCFullYear(+match[1], match[2] - 1, +match[3]);
  require(date.toISOString().slice(0, 10) === text, "no such day");
  return BigInt(date.getTime()) / 86400000n;
}

/** Microseconds since 1970 of a time in its one spelling; a time without its offset from UTC is refused. */
function microseconds(text) {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{6}))?(Z|([+-])(\d\d):(\d\d))$/.exec(text);
  require(match && match[5] !== "000000" && !["+00:00", "-00:00"].includes(match[6]), "not a time");
  const [, date, hours, minutes, seconds, fraction, , sign, offsetHours, offsetMinutes] = match;
  require(hours < 24 && minutes < 60 && seconds < 60 && !(offsetHours > 23) && !(offsetMinutes > 59), "no such time");
  const offset = sign ? BigInt(`${sign}1`) * (BigInt(offsetHours) * 60n + BigInt(offsetMinutes)) : 0n;
  const minutesOfDay = BigInt(hours) * 60n + BigInt(minutes) - offset;
  return ((daysSince1970(date) * 1440n + minutesOfDay) * 60n + BigInt(seconds)) * 1000000n + BigInt(fraction ?? 0);
}
