"""The evidence package: entries of a log with what they name, sealed as the whole answer to one question.

It is an ASiC-E container with CAdES (ETSI EN 319 162-1), so `openssl cms` and EU DSS check its seal too:

    META-INF/ASiCManifest.xml    the digest of every other file
    META-INF/signature.p7s       the seal of the log's owner on the manifest (`log_seal`)
    checkpoint               the signed note, with all that stands under it
    evidence.json            whose log it is, and the version of this form
    question.json            what was asked
    entries/N.json           entry N, its fixed bytes
    proofs/N.tlog-proof      that it lies in the log (C2SP tlog-proof), all under one checkpoint
    documents/HEX.json       decisions and agreements, which entries name by their digest; endorsements of keys (.note)
    passports/N.jws          the passport of the release that entry N records
    report.html              the same for people

Verified as numbered steps, offline:

1  form        it is one well-formed package                            gate
2  issuer key  the log's name is an Ed25519 key, that of the seal       gate
3  signature   that key sealed the manifest                             gate
4  issuer      the reader trusts it                                     open when it is not known
5  files       they are those of the manifest, all and no others
6  inclusion   every entry lies in the log
7  checkpoint  the log signed the root; who cosigned it
8  documents   every document is one that an entry names by its digest
9  passports   each holds, and is of the release that is recorded
10 ml-dsa-44   the ML-DSA-44 signatures under the checkpoint hold       only where there are any
11 time        the time-stamps under the checkpoint hold                only where there are any
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple, TypeVar

import msgspec

from tegata.log import (
    Verifier,
    cosigners,
    endorsed,
    is_endorsement,
    is_heavy,
    open_checkpoint,
    read_proof,
    split_note,
    valid_cosignatures,
    verify_entry,
)
from tegata.model.base import Noun, Text, encode, sha256, t
from tegata.model.errors import VerificationError
from tegata.model.evidence import Check, Entry, InclusionProof, Verification
from tegata.trust.ades.asice import MANIFEST, SIGNATURE
from tegata.trust.ades.manifest import Manifest, read_manifest, write_manifest
from tegata.trust.container import read_container, write_container
from tegata.trust.cosigner import cosigner_key
from tegata.trust.keys import PublicKey, SigningKey, public_key_of
from tegata.trust.log_seal import read_seal, seal_content
from tegata.trust.mldsa import MlDsaPublicKey
from tegata.trust.passport import unseal
from tegata.trust.timestamp import Trust, nobody
from tegata.trust.verify import OpenError, attempt, check_time, concluded, failed, passed, verify_passport

PACKAGE_VERSION: Final = "tegata-evidence/2"
CHECKPOINT: Final = "checkpoint"
_HEAD: Final = "evidence.json"
_ENTRY = re.compile(r"entries/(\d+)\.json")
K = TypeVar("K", PublicKey, MlDsaPublicKey)
_GATES: Final = ("form", "issuer key", "signature")


class Head(Noun, frozen=True, kw_only=True):
    """Whose log a package is of."""

    version: str
    origin: str  # did:key


class _Case(NamedTuple):
    files: Mapping[str, bytes]
    manifest: Manifest
    key: PublicKey
    trusted: Mapping[str, str]
    clocks: Trust

    def entries(self) -> dict[int, Entry]:
        found = ((_ENTRY.fullmatch(name), data) for name, data in self.files.items())
        return {int(match[1]): _entry(data) for match, data in found if match}


def seal_package(files: Mapping[str, bytes], key: SigningKey, at: dt.datetime) -> bytes:
    """The container of these files, sealed by the owner of the log. The same arguments make the same bytes."""
    files = {**files, _HEAD: encode(Head(version=PACKAGE_VERSION, origin=key.did))}
    manifest = write_manifest(SIGNATURE, {name: hashlib.sha256(data).digest() for name, data in files.items()})
    return write_container({**files, MANIFEST: manifest, SIGNATURE: seal_content(manifest, key, at)})


def is_package(data: bytes) -> bool:
    """Whether a container says that it is an evidence package, of whatever version."""
    return b'"version":"tegata-evidence/' in data


def verify_package(data: bytes, trusted: Mapping[str, str], clocks: Trust = nobody) -> Verification:
    """Tells whether a package holds, with a reason for each step. Never raises, whatever `data` is.

    Args:
        trusted: names of those whom the reader trusts, by did:key: as issuer, and as witnesses.
        clocks: which time-stamping authorities the reader trusts.
    """
    checks: list[Check] = []
    try:
        files = read_container(data)
        stated, seal = files.pop(MANIFEST, b""), read_seal(files.pop(SIGNATURE, b""))
        head, manifest = _read_head(files.get(_HEAD, b"")), _read_manifest(stated)
        checks.append(passed("form", t("it is a well-formed evidence package", "正しい形式の証拠パッケージです")))
        key = seal.key()
        if key.did != head.origin:
            raise _broken("it is sealed by another than the log's owner", "ログの所有者以外が封をしています")
        checks.append(passed("issuer key", t("the name of the log is a key", "ログの名前は鍵を表しています")))
        seal.verify(stated)
        checks.append(passed("signature", t("its owner sealed this manifest", "所有者が目録に封をしました")))
    except VerificationError as error:
        return concluded([*checks, failed(_GATES[len(checks)], error)], None)
    case = _Case(files, manifest, key, trusted, clocks)
    checks += [attempt(name, step, case) for name, step in _STEPS.items()]
    note = files.get(CHECKPOINT, b"").decode("utf-8", "replace")
    return concluded([*checks, *_check_second(case, note), *check_time(_note(case), clocks)], None)


def _read_head(data: bytes) -> Head:
    try:
        head = msgspec.json.decode(data, type=Head)
    except ValueError:  # also what msgspec raises
        raise _malformed() from None
    if head.version != PACKAGE_VERSION or encode(head) != data:
        raise _malformed()
    return head


def _read_manifest(data: bytes) -> Manifest:
    """Only the one form of a manifest."""
    manifest = read_manifest(data)
    if write_manifest(SIGNATURE, {file.name: file.digest for file in manifest.files}) != data:
        raise _malformed()
    return manifest


def _issuer(case: _Case) -> Text:
    did = case.key.did
    if did not in case.trusted:
        raise OpenError(t(f"whether you trust `{did}` is not known", f"`{did}` を信頼するかどうかが未設定です"))
    return t(f"you trust `{did}` as `{case.trusted[did]}`", f"`{did}` を `{case.trusted[did]}` として信頼しています")


def _files(case: _Case) -> Text:
    found = {name: hashlib.sha256(data).digest() for name, data in case.files.items()}
    stated = {file.name: file.digest for file in case.manifest.files}
    differing = {name for name, _ in found.items() ^ stated.items()}
    if differing:
        raise _broken(f"not those of the manifest: {len(differing)}", f"目録と異なるファイル: {len(differing)} 件")
    return t(f"all {len(found)} files are those of the manifest", f"{len(found)} 件のファイルはすべて目録のとおりです")


def _inclusion(case: _Case) -> Text:
    entries = case.entries()
    for index, entry in entries.items():
        proof = read_proof(_text(case, f"proofs/{index}.tlog-proof"))
        if proof.index != index:
            raise _broken(f"the proof of entry {index} is of another one", f"エントリー {index} の証明が別のものです")
        verify_entry(encode(entry), proof)
    if not entries:
        raise _broken("there is no entry", "エントリーがありません")
    return t(f"all {len(entries)} entries lie in the log", f"{len(entries)} 件のエントリーはすべてログに含まれています")


def _checkpoint(case: _Case) -> Text:
    notes = {proof.checkpoint for proof in _proofs(case)}
    if len(notes) != 1:
        raise _broken("the proofs are not under one checkpoint", "証明が一つのチェックポイントに基づいていません")
    stated = notes.pop()
    if open_checkpoint(stated.note, case.key, case.key.did) != stated:
        raise _broken("it is not that of this log", "このログのものではありません")
    known = _witnesses(case)
    seen = ", ".join(f"`{known[name].called}`" for name in cosigners(stated.note, _keys(known, PublicKey)))
    if not seen:
        return t(
            "the log signed this root; nobody else whom you trust cosigned it",
            "ログがこのルートに署名しました。信頼する証人の連署はありません",
        )
    return t(f"the log signed this root, and {seen} cosigned it", f"ログがこのルートに署名し、{seen} が連署しました")


def _check_second(case: _Case, note: str) -> list[Check]:
    try:
        present = any(map(is_heavy, split_note(note)[1])) if note else False
    except VerificationError:
        present = True  # no note, where there should be one
    return [attempt("ml-dsa-44", lambda case: _second(case, note), case)] if present else []


def _second(case: _Case, note: str) -> Text:
    """Who signed the checkpoint with a key that the log endorses for them; such a key needs the trust of the first."""
    text, lines = split_note(note)
    if text != split_note(_note(case))[0]:
        raise _broken("`checkpoint` is not that of the proofs", "`checkpoint` が証明のものではありません")
    own = _Witness(case.trusted.get(case.key.did, case.key.did), case.key)
    known = {case.key.did: own, **_witnesses(case)}
    seconds = _keys(known, MlDsaPublicKey)
    seconds |= {name: key for name, one in known.items() for key in _endorsed(case, name, one.key)}
    found = valid_cosignatures(text, lines, seconds)
    if not found:
        return t(
            "there are ML-DSA-44 signatures, by nobody whose key is endorsed here and whom you trust",
            "ML-DSA-44 の署名がありますが、鍵が保証され、かつあなたが信頼する人のものではありません",
        )
    names = ", ".join(f"`{known[name].called}`" for name in found)
    return t(
        f"{names} signed this root with ML-DSA-44 too, which no quantum computer forges",
        f"{names} は、量子計算機でも偽造できない ML-DSA-44 でもこのルートに署名しました",
    )


def _endorsed(case: _Case, did: str, first: Verifier) -> Iterator[MlDsaPublicKey]:
    """The second key of one whose first key is known, by the endorsement that an entry of the log names."""
    if not isinstance(first, PublicKey):
        return
    recorded = {one.body.get("endorsement") for one in case.entries().values() if one.subject == did}
    for name, data in case.files.items():
        if name.startswith("documents/") and is_endorsement(data) and sha256(data) in recorded:
            yield MlDsaPublicKey(endorsed(_text(case, name), did, first))


def _proofs(case: _Case) -> list[InclusionProof]:
    return [read_proof(_text(case, f"proofs/{index}.tlog-proof")) for index in case.entries()]


def _note(case: _Case) -> str:
    """The checkpoint that the step before has looked at; empty when there is none to speak of."""
    try:
        return next((proof.checkpoint.note for proof in _proofs(case)), "")
    except VerificationError:
        return ""


class _Witness(NamedTuple):
    called: str  # by the reader
    key: Verifier


def _witnesses(case: _Case) -> dict[str, _Witness]:
    """Those whom the reader trusts and whose key is known, by the name of their signature lines: participants by their
    did:key, others by a vkey; but for the log's owner."""
    known = {}
    for given, called in case.trusted.items():
        with contextlib.suppress(VerificationError):
            name, key = (given, public_key_of(given)) if given.startswith("did:") else cosigner_key(given)
            known[name] = _Witness(called, key)
    known.pop(case.key.did, None)
    return known


def _keys(known: Mapping[str, _Witness], kind: type[K]) -> dict[str, K]:
    """The keys of one kind."""
    return {name: one.key for name, one in known.items() if isinstance(one.key, kind)}


def _documents(case: _Case) -> Text:
    named = {value for entry in case.entries().values() for value in entry.body.values() if isinstance(value, str)}
    documents = {name: data for name, data in case.files.items() if name.startswith("documents/")}
    stray = [name for name, data in documents.items() if sha256(data) not in named]
    if stray:
        raise _broken(f"no entry names `{stray[0]}`", f"`{stray[0]}` を示すエントリーがありません")
    count = len(documents)
    return t(f"entries name each of the {count} documents", f"{count} 件の文書はすべてエントリーが示すものです")


def _passports(case: _Case) -> Text:
    entries, count = case.entries(), 0
    for name in case.files:
        if match := re.fullmatch(r"passports/(\d+)\.jws", name):
            text, count = _text(case, name), count + 1
            if verify_passport(text, None, case.trusted).verdict == "total-failed":
                raise _broken(f"`{name}` does not hold", f"`{name}` が成り立ちません")
            if unseal(text)[1].entry != entries.get(int(match[1])):
                raise _broken(f"`{name}` is not of its entry", f"`{name}` がエントリーのものではありません")
    return t(f"all {count} passports hold", f"{count} 件の手形はすべて成り立ちます")


_STEPS: Final[dict[str, Callable[[_Case], Text]]] = {
    "issuer": _issuer,
    "files": _files,
    "inclusion": _inclusion,
    "checkpoint": _checkpoint,
    "documents": _documents,
    "passports": _passports,
}


def _entry(data: bytes) -> Entry:
    """Only the fixed bytes of an entry decode."""
    try:
        entry = msgspec.json.decode(data, type=Entry)
        if encode(entry) == data:
            return entry
    except (ValueError, RecursionError):
        pass
    raise _broken("an entry is not in the one fixed form", "エントリーが定められた形ではありません")


def _text(case: _Case, name: str) -> str:
    try:
        return case.files[name].decode()
    except (KeyError, UnicodeDecodeError):
        raise _broken(f"there is no `{name}`", f"`{name}` がありません") from None


def _malformed() -> VerificationError:
    return VerificationError(t("it is no evidence package", "証拠パッケージではありません"))


def _broken(en: str, ja: str) -> VerificationError:
    return VerificationError(t(en, ja))
