"""Who else signed the checkpoint of an evidence package.

Witnesses whom the reader trusts, witnesses that agreements ask for, and keys that no quantum computer forges.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeVar

from tegata.log import Verifier, bears_line_of, endorsed, is_endorsement, is_heavy, split_note, valid_cosignatures
from tegata.model.base import Text, sha256, t
from tegata.model.catalog import WITNESSED
from tegata.model.errors import VerificationError
from tegata.model.evidence import Check, Entry
from tegata.trust.checks import OpenError, attempt
from tegata.trust.cosigner import cosigner_key
from tegata.trust.keys import PublicKey
from tegata.trust.mldsa import MlDsaPublicKey
from tegata.trust.package_case import Case, broken
from tegata.trust.quorum import read_quorum, standing

K = TypeVar("K", PublicKey, MlDsaPublicKey)


class Witness(NamedTuple):
    called: str  # by the reader
    key: Verifier


def witnesses_known(case: Case) -> dict[str, Witness]:
    """Those whom the reader trusts and whose key is known, by the name of their signature lines: participants by their
    did:key, others by a vkey; but for the log's owner."""
    known = {}
    for given, called in case.trusted.items():
        with contextlib.suppress(VerificationError):
            name, key = (given, _key_of(case, given)) if given.startswith("did:") else cosigner_key(given)
            known[name] = Witness(called, key)
    known.pop(case.keys.did, None)
    return known


def _key_of(case: Case, did: str) -> PublicKey:
    """The key by which a participant cosigned, else its newest. VerificationError."""
    history, note = case.keys_of(did), case.note
    return history.cosigning(note) if note else history.current


def keys_of(known: Mapping[str, Witness], kind: type[K]) -> dict[str, K]:
    """The keys of one kind."""
    return {name: one.key for name, one in known.items() if isinstance(one.key, kind)}


def check_quorums(case: Case) -> list[Check]:
    """Whether the checkpoint has the witnesses that agreements of its log ask for; nothing where none does."""
    try:
        asked = [one for one in case.entries.values() if WITNESSED in one.body and _is_provider(case, one)]
    except VerificationError:
        return []  # the steps before have said so
    return [attempt("witnesses", lambda case: _quorums(case, asked), case)] if asked else []


def _is_provider(case: Case, agreement: Entry) -> bool:
    """Whether it is this log whose checkpoints are to be cosigned."""
    return agreement.kind == "agreement" and agreement.body.get("provider") == case.keys.did


def _quorums(case: Case, agreements: list[Entry]) -> Text:
    """What was not yet cosigned may be so later: then it is open, and a release under it fails by its passport."""
    said = []
    for one in agreements:
        for params in _listed(one.body[WITNESSED]):
            other = partial(_key_of, case, str(one.body.get("consumer")))
            found = standing(read_quorum(params), case.note, case.keys.current, other)
            said.append(found.say())
            if not found.reached:
                raise OpenError(said[-1])
    if len(said) == 1:
        return said[0]
    return t(
        f"the checkpoint has the witnesses that {len(agreements)} agreements ask for",
        f"{len(agreements)} 件の契約が定める連署がチェックポイントに揃っています",
    )


def _listed(found: Any) -> list[dict[str, Any]]:
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise broken("an agreement's witnesses are malformed", "契約の証人の定めが誤っています")
    return found


def check_second(case: Case, note: str) -> list[Check]:
    """What the ML-DSA-44 signatures under `note` say, the file `checkpoint`; nothing where there are none."""
    try:
        present = any(map(is_heavy, split_note(note)[1])) if note else False
    except VerificationError:
        present = True  # no note, where there should be one
    return [attempt("ml-dsa-44", lambda case: _second(case, note), case)] if present else []


def _second(case: Case, note: str) -> Text:
    """Who signed the checkpoint with a key that the log endorses for them; such a key needs the trust of the first."""
    text, lines = split_note(note)
    if text != split_note(case.note)[0]:
        raise broken("`checkpoint` is not that of the proofs", "`checkpoint` が証明のものではありません")
    did = case.keys.did
    known = {did: Witness(case.trusted.get(did, did), case.keys.at(case.size)), **witnesses_known(case)}
    seconds = keys_of(known, MlDsaPublicKey)
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


def _endorsed(case: Case, did: str, first: Verifier) -> Iterator[MlDsaPublicKey]:
    """The second key of one whose first key is known, by the endorsement that an entry of the log names."""
    if not isinstance(first, PublicKey):
        return
    recorded = {one.body.get("endorsement") for one in case.entries.values() if one.subject == did}
    for name, data in case.files.items():
        if name.startswith("documents/") and is_endorsement(data) and sha256(data) in recorded:
            note = case.text(name)
            if bears_line_of(note, did, first):  # not one by a key before or after it
                yield MlDsaPublicKey(endorsed(note, did, first))
