"""The evidence package: entries of a log with what they name, sealed as the whole answer to one question.

It is an ASiC-E container with CAdES (ETSI EN 319 162-1), so `openssl cms` and EU DSS check its seal too:

    META-INF/ASiCManifest.xml    the digest of every other file
    META-INF/signature.p7s       the seal of the log's owner on the manifest (`log_seal`)
    checkpoint               the signed note, with all that stands under it
    evidence.json            whose log it is, and the version of this form
    question.json            what was asked
    entries/N.json           entry N, its fixed bytes
    proofs/N.tlog-proof      that it lies in the log (C2SP tlog-proof), all under one checkpoint
    documents/HEX.json       decisions and agreements, which entries name by their digest; notes on keys (.note)
    passports/N.jws          the passport of the release that entry N records
    verdict.json             what its maker found in it
    report.html              the same for people; report.en.pdf, report.ja.pdf on paper
    answer.json              of a question about a person: what is known of each transfer
    validation/NAME          that nobody who stamped the checkpoint was revoked then (`package_revocation`)

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
10 key         the key that signed was that of the log then   only where it was ever handed on
11 witnesses   the checkpoint has the witnesses that agreements ask   open when not yet; only where one does
12 ml-dsa-44   the ML-DSA-44 signatures under the checkpoint hold       only where there are any
13 time        the time-stamps under the checkpoint hold                only where there are any
14 revocation  none of their certificates was revoked when they stamped  only where the package brings proofs of that
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Final

from tegata.log import cosigners, verify_entry
from tegata.model.base import Noun, Text, decode_fixed, encode, sha256, t
from tegata.model.errors import VerificationError
from tegata.model.evidence import Check, Verification
from tegata.trust.ades.manifest import MANIFEST, SIGNATURE, Manifest, read_manifest, write_manifest
from tegata.trust.checks import OpenError, attempt, check_rolls, check_time, concluded, failed, passed
from tegata.trust.container import read_container
from tegata.trust.key_history import NO_ROLLS, Rolls, joined
from tegata.trust.keys import PublicKey
from tegata.trust.log_seal import read_seal
from tegata.trust.package_case import Case, broken
from tegata.trust.package_revocation import check_revocation
from tegata.trust.package_witnesses import check_quorums, check_second, keys_of, witnesses_known
from tegata.trust.passport import unseal
from tegata.trust.timestamp import Trust, nobody
from tegata.trust.verify import verify_passport

PACKAGE_VERSION: Final = "tegata-evidence/2"
CHECKPOINT: Final = "checkpoint"
HEAD: Final = "evidence.json"
_GATES: Final = ("form", "issuer key", "signature")


class Head(Noun, frozen=True, kw_only=True, omit_defaults=True):
    """Whose log a package is of."""

    version: str
    origin: str  # did:key
    rolls: tuple[str, ...] = ()  # that lead from it to the key of the seal; not written when empty


def is_package(data: bytes) -> bool:
    """Whether a container says that it is an evidence package, of whatever version."""
    return b'"version":"tegata-evidence/' in data


def verify_package(
    data: bytes, trusted: Mapping[str, str], clocks: Trust = nobody, known: Rolls = NO_ROLLS
) -> Verification:
    """Tells whether a package holds, with a reason for each step. Never raises, whatever `data` is.

    Args:
        trusted: names of those whom the reader trusts, by did:key: as issuer, and as witnesses.
        clocks: which time-stamping authorities the reader trusts.
        known: rolls of keys that the reader has, besides those inside.
    """
    checks: list[Check] = []
    try:
        files = read_container(data)
        stated, seal = files.pop(MANIFEST, b""), read_seal(files.pop(SIGNATURE, b""))
        head, manifest = _read_head(files.get(HEAD, b"")), _read_manifest(stated)
        checks.append(passed("form", t("it is a well-formed evidence package", "正しい形式の証拠パッケージです")))
        keys = joined(head.origin, head.rolls, known.get(head.origin, ()))
        seal.check_key(keys.keys[len(head.rolls)])
        checks.append(passed("issuer key", t("the name of the log is a key", "ログの名前は鍵を表しています")))
        seal.verify(stated)
        checks.append(passed("signature", t("its owner sealed this manifest", "所有者が目録に封をしました")))
    except VerificationError as error:
        return concluded([*checks, failed(_GATES[len(checks)], error)], None)
    case = Case(files, manifest, keys, trusted, clocks, known)
    checks += [attempt(name, step, case) for name, step in _STEPS.items()]
    note = files.get(CHECKPOINT, b"").decode("utf-8", "replace")
    more = (*check_rolls(keys, case.size), *check_quorums(case), *check_second(case, note))
    return concluded([*checks, *more, *check_time(case.note, clocks), *check_revocation(note, files)], None)


def _read_head(data: bytes) -> Head:
    try:
        head = decode_fixed(data, Head)
    except ValueError:
        raise _malformed() from None
    if head.version != PACKAGE_VERSION:
        raise _malformed()
    return head


def _read_manifest(data: bytes) -> Manifest:
    """Only the one form of a manifest."""
    manifest = read_manifest(data)
    if write_manifest(SIGNATURE, {file.name: file.digest for file in manifest.files}) != data:
        raise _malformed()
    return manifest


def _issuer(case: Case) -> Text:
    did = case.keys.did
    if did not in case.trusted:
        raise OpenError(t(f"whether you trust `{did}` is not known", f"`{did}` を信頼するかどうかが未設定です"))
    return t(f"you trust `{did}` as `{case.trusted[did]}`", f"`{did}` を `{case.trusted[did]}` として信頼しています")


def _files(case: Case) -> Text:
    found = {name: hashlib.sha256(data).digest() for name, data in case.files.items()}
    stated = {file.name: file.digest for file in case.manifest.files}
    differing = {name for name, _ in found.items() ^ stated.items()}
    if differing:
        raise broken(f"not those of the manifest: {len(differing)}", f"目録と異なるファイル: {len(differing)} 件")
    return t(f"all {len(found)} files are those of the manifest", f"{len(found)} 件のファイルはすべて目録のとおりです")


def _inclusion(case: Case) -> Text:
    entries = case.entries
    for index, entry in entries.items():
        proof = case.proofs[index]
        if proof.index != index:
            raise broken(f"the proof of entry {index} is of another one", f"エントリー {index} の証明が別のものです")
        verify_entry(encode(entry), proof)
    if not entries:
        raise broken("there is no entry", "エントリーがありません")
    return t(f"all {len(entries)} entries lie in the log", f"{len(entries)} 件のエントリーはすべてログに含まれています")


def _checkpoint(case: Case) -> Text:
    notes = {proof.checkpoint for proof in case.proofs.values()}
    if len(notes) != 1:
        raise broken("the proofs are not under one checkpoint", "証明が一つのチェックポイントに基づいていません")
    stated = notes.pop()
    if case.keys.open(stated.note) != stated:
        raise broken("it is not that of this log", "このログのものではありません")
    known = witnesses_known(case)
    seen = ", ".join(f"`{known[name].called}`" for name in cosigners(stated.note, keys_of(known, PublicKey)))
    if not seen:
        return t(
            "the log signed this root; nobody else whom you trust cosigned it",
            "ログがこのルートに署名しました。信頼する証人の連署はありません",
        )
    return t(f"the log signed this root, and {seen} cosigned it", f"ログがこのルートに署名し、{seen} が連署しました")


def _documents(case: Case) -> Text:
    named = {value for entry in case.entries.values() for value in entry.body.values() if isinstance(value, str)}
    documents = {name: data for name, data in case.files.items() if name.startswith("documents/")}
    stray = [name for name, data in documents.items() if sha256(data) not in named]
    if stray:
        raise broken(f"no entry names `{stray[0]}`", f"`{stray[0]}` を示すエントリーがありません")
    count = len(documents)
    return t(f"entries name each of the {count} documents", f"{count} 件の文書はすべてエントリーが示すものです")


def _passports(case: Case) -> Text:
    entries, count = case.entries, 0
    for name in case.files:
        if match := re.fullmatch(r"passports/(\d+)\.jws", name):
            text, count = case.text(name), count + 1
            if verify_passport(text, None, case.trusted, known=case.known).verdict == "total-failed":
                raise broken(f"`{name}` does not hold", f"`{name}` が成り立ちません")
            if unseal(text)[1].entry != entries.get(int(match[1])):
                raise broken(f"`{name}` is not of its entry", f"`{name}` がエントリーのものではありません")
    return t(f"all {count} passports hold", f"{count} 件の手形はすべて成り立ちます")


_STEPS: Final[dict[str, Callable[[Case], Text]]] = {
    "issuer": _issuer,
    "files": _files,
    "inclusion": _inclusion,
    "checkpoint": _checkpoint,
    "documents": _documents,
    "passports": _passports,
}


def _malformed() -> VerificationError:
    return VerificationError(t("it is no evidence package", "証拠パッケージではありません"))
