// --- the page

const WORDS = {
  "form": ["it is a well-formed passport", "正しい形式の手形です"],
  "issuer key": ["the provider's identifier is a key", "提供者の識別子は鍵を表しています"],
  "signature": ["the provider signed these very bytes", "提供者がこのバイト列に署名しました"],
  "issuer": ["you trust the provider", "提供者を信頼しています"],
  "log entry": ["the entry in the log names the same data, decision, agreement, recipient and transfer", "ログの記録は同じデータ・判断・契約・受領者・転送を示しています"],
  "inclusion": ["the entry lies in the log", "記録はログに含まれています"],
  "checkpoint": ["the provider's log signed its root", "提供者のログがそのルートに署名しました"],
  "data": ["this is, byte for byte, the data that left", "送り出されたデータと一バイトも違いません"],
  "dates": ["decision, release and issue follow in order", "判断・送り出し・発行の順序は整合しています"],
  "decision": ["the decision let the data go", "判断はデータの送り出しを認めています"],
  "obligations": ["every obligation is met", "義務はすべて満たされています"],
  "witnesses": ["as many of the agreed witnesses as are needed cosigned the checkpoint", "合意された証人のうち必要な数がチェックポイントに連署しました"],
  "credential": ["the provider issued this credential, which says what its passport says", "提供者が手形どおりに発行した資格情報です"],
  "key": ["the key that signed was that of this name then; each has endorsed the next", "署名した鍵は、当時この名前の鍵でした。各代は前の鍵が保証しています"],
  "time": ["the time-stamps under the checkpoint hold", "チェックポイントのタイムスタンプは成り立ちます"],
};
const PACKAGE_WORDS = {
  ...WORDS,
  "form": ["it is a well-formed evidence package", "正しい形式の証拠パッケージです"],
  "issuer key": ["the name of the log is a key, that of the seal", "ログの名前は封をした鍵を表しています"],
  "signature": ["the owner of the log sealed the list of these files", "ログの所有者がファイルの目録に封をしました"],
  "issuer": ["you trust the owner of the log", "ログの所有者を信頼しています"],
  "files": ["the files are those of the list, all and no others", "ファイルは目録のとおりで、過不足がありません"],
  "inclusion": ["every entry lies in the log", "エントリーはすべてログに含まれています"],
  "checkpoint": ["the log signed its root, and so did those whom you trust and who cosigned it", "ログがそのルートに署名し、信頼する証人の連署も成り立ちます"],
  "documents": ["entries name every document by its digest", "文書はすべてエントリーがダイジェストで示すものです"],
  "ml-dsa-44": ["the ML-DSA-44 signatures under the checkpoint, by keys that are endorsed here, hold", "チェックポイントの ML-DSA-44 の署名のうち、ここで保証された鍵によるものはすべて成り立ちます"],
  "revocation": ["nobody who stamped was revoked by then, by the lists in the package", "パッケージ内の失効リストによれば、時刻証明の時点で失効していません"],
  "passports": ["every passport holds and is of its entry", "手形はすべて成り立ち、対応するエントリーのものです"],
};
const OPEN_WORDS = {
  "issuer": ["whether you trust the provider is not known: name it above", "提供者を信頼するかどうかが未設定です。上の欄に記入してください"],
  "revocation": ["whether those who stamped were revoked is told in a form that this page does not read, or not at all", "時刻を証明した者の失効は、このページが扱えない形式で示されているか、示されていません"],
  "time": ["a time-stamp uses an algorithm that this page does not know", "このページが扱えないアルゴリズムのタイムスタンプがあります"],
  "key": ["the key that signed came into wrong hands later: ask for the evidence package, which the new key seals", "署名した鍵は後に漏えいしました。新しい鍵で封をした証拠パッケージを求めてください"],
  "witnesses": ["too few of the agreed witnesses have cosigned the checkpoint of this package; a later one may have more", "このパッケージのチェックポイントには、合意された証人の連署がまだ足りません。後のパッケージでは揃うことがあります"],
  "data": ["no data was chosen to compare with", "比べるデータが選ばれていません"],
};
const NOT_SO = ["this does not hold: ", "次のことが成り立ちません: "];
const MARKS = { passed: ["ok", "適合"], failed: ["FAILED", "不適合"], indeterminate: ["unsure", "不確定"] };
const VERDICTS = { "total-passed": ["Valid", "有効"], "total-failed": ["NOT valid", "無効"], "indeterminate": ["Not certain", "判断できない"] };
const CLASSES = { "total-passed": "passed", "total-failed": "failed", "indeterminate": "indeterminate" };
const FACTS = [["provider", "from", "提供者"], ["recipient", "to", "受領者"], ["issued_at", "issued", "発行"], ["outcome", "decision", "判定"], ["data_digest", "data", "データ"]];

function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function show(found, ja) {
  const list = element("ol"), facts = element("dl");
  for (const [name, verdict] of found.checks) {
    const line = element("li"), words = verdict === "indeterminate" ? OPEN_WORDS[name][ja] : found.words[name][ja];
    const said = verdict === "failed" ? `${NOT_SO[ja]}${words} (${found.told[name]})` : name === "time" && verdict === "passed" ? timeTold(found.stamps, ja) : words;
    line.append(element("b", MARKS[verdict][ja], verdict), ` ${said}`);
    list.append(line);
  }
  if (found.passport) {
    facts.append(element("dt", ["data set", "データセット"][ja]), element("dd", found.passport.get("title").get(["en", "ja"][ja])));
    for (const [field, ...labels] of FACTS) facts.append(element("dt", labels[ja]), element("dd", found.passport.get(field)));
  }
  const heading = element("h2");
  heading.append(element("b", VERDICTS[found.verdict][ja], CLASSES[found.verdict]), ` (${found.verdict})`);
  document.getElementById("result").replaceChildren(heading, list, facts);
}

/** When the checkpoint existed, by the authorities whom the reader trusts; else who says so. */
function timeTold(stamps, ja) {
  const known = stamps.filter(({ trusted }) => trusted), [first] = known.length ? known : stamps;
  const at = first.at.replace(/^(....)(..)(..)(..)(..)(..).*$/, "$1-$2-$3 $4:$5:$6 UTC"), names = known.map(({ by }) => `\`${by}\``).join(", ");
  if (known.length) return [`it existed at ${at}: stamped by ${names}, whom you trust`, `${at} に存在していました。信頼する ${names} が証明しています`][ja];
  const why = first.trusted === null
    ? ["a certificate above it uses an algorithm that this page does not know", "上位の証明書に、このページが扱えないアルゴリズムがあります"]
    : ["whether you trust that authority is not known: choose its certificate, or one above it", "その時刻認証局を信頼するかどうかが未設定です。証明書（または上位の証明書）を選んでください"];
  return [`\`${first.by}\` stamped it at ${at}; ${why[0]}`, `\`${first.by}\` が ${at} に時刻を証明しました。${why[1]}`][ja];
}

function trustedIn(text) {
  const lines = text.split("\n").map(line => line.trim().split(/[\s:]+(?=\S*$)|\s+/)).filter(([did]) => did);
  return Object.fromEntries(lines.map(([did, ...name]) => [did, name.join(" ") || did]));
}

/** The certificates in the files that were chosen or dropped; null, and said at the field, where one holds none. */
async function clocksIn(field) {
  const found = [];
  field.setCustomValidity("");
  for (const file of field.files) {
    try { found.push(...certificatesIn(new Uint8Array(await file.arrayBuffer()))) } catch (error) {
      if (!(error instanceof Invalid || error instanceof Open)) throw error;
      field.setCustomValidity(`${file.name}: ${error.message}`);
      field.reportValidity();
      return null;
    }
  }
  return found;
}

function page() {
  const by = id => document.getElementById(id);
  let ja = navigator.language.startsWith("ja") ? 1 : 0, found = null;
  const speak = () => {
    document.documentElement.lang = ["en", "ja"][ja];
    for (const one of document.querySelectorAll("[data-en]")) one.textContent = one.dataset[["en", "ja"][ja]];
    by("language").textContent = ["日本語", "English"][ja];
    if (found) show(found, ja);
  };
  by("language").addEventListener("click", () => { ja = 1 - ja; speak() });
  by("form").addEventListener("submit", async event => {
    event.preventDefault();
    const file = by("data").files[0], bytes = file && new Uint8Array(await file.arrayBuffer());
    const data = bytes ? { digest: "sha256:" + hex(await sha256(bytes)), size: bytes.length } : null;
    const given = new Uint8Array(await by("passport").files[0].arrayBuffer()), trusted = trustedIn(by("trust").value);
    const clocks = await clocksIn(by("clocks"));
    if (!clocks) return;
    const zipped = given[0] === 0x50 && given[1] === 0x4b; // PK
    const text = zipped ? "" : new TextDecoder().decode(given).trim(), read = isCredential(text) ? verifyCredential : verifyPassport;
    found = zipped ? await verifyPackage(given, trusted, clocks) : await read(text, data, trusted, clocks);
    speak();
  });
  speak();
}

if (typeof document !== "undefined") page();
