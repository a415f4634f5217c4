"""Checkpoints with the signature of their log and cosignatures of both kinds (C2SP signed-note, tlog-cosignature)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from tegata.log import (
    ED25519_COSIGNATURE,
    ML_DSA_44,
    cosign,
    cosigners,
    open_checkpoint,
    read_vkey,
    sign_checkpoint,
    with_signatures,
    write_vkey,
)
from tegata.log.note import ED25519, to_base64
from tegata.model.errors import VerificationError
from tegata.trust import MlDsaKey, PublicKey, SigningKey
from tegata.trust.cosigner import cosigner_key
from tests.trust.judge.case import accepts

ORIGIN, WITNESS = "example.org/log", "witness.example"
LOG, WITNESSING, OTHER = (SigningKey.generate(bytes([number]) * 32) for number in (1, 2, 3))
LASTING, STRANGE = MlDsaKey(bytes(32)), MlDsaKey(bytes([9]) * 32)
ROOT = hashlib.sha256(b"root").digest()
SIGNED = write_vkey(ORIGIN, ED25519, LOG.raw)
COSIGNED = write_vkey(WITNESS, ED25519_COSIGNATURE, WITNESSING.raw)
SUBTREE = write_vkey(ORIGIN, ML_DSA_44, LASTING.raw)
TEXT = f"{ORIGIN}\n7\n{to_base64(ROOT)}\n"


class Noted(NamedTuple):
    """A note, and the keys each of which must have signed it."""

    name: str
    note: str
    vkeys: tuple[str, ...] = (SIGNED, COSIGNED, SUBTREE)

    @property
    def holds(self) -> bool:
        """Our verdict."""
        return all(accepts(lambda: _signed(self.note, vkey)) for vkey in self.vkeys)  # noqa: B023 - called at once


def _signed(note: str, vkey: str) -> None:
    name, kind, raw = read_vkey(vkey)
    if kind == ED25519:
        open_checkpoint(note, PublicKey(raw), name)
    elif name not in cosigners(note, dict([cosigner_key(vkey)])):
        raise VerificationError(f"{name} did not sign")


def checkpoints() -> Iterator[Noted]:
    note = sign_checkpoint(ORIGIN, 7, ROOT, LOG).note
    lines = [cosign(note, WITNESS, WITNESSING, 1_800_000_000), cosign(note, ORIGIN, LASTING, 1_800_000_001)]
    whole = with_signatures(note, lines)
    yield Noted("whole", whole)
    yield Noted("whole, ML-DSA-44 alone", whole, (SUBTREE,))
    yield from (Noted(f"no line of {name}", _without(whole, number)) for number, name in enumerate(("log", "witness")))
    yield Noted("another key of the log", whole, (write_vkey(ORIGIN, ED25519, OTHER.raw),))
    yield Noted("another ML-DSA-44 key", whole, (write_vkey(ORIGIN, ML_DSA_44, STRANGE.raw),))
    for vkey, kind in ((SIGNED, "log"), (COSIGNED, "witness"), (SUBTREE, "ML-DSA-44")):
        for name, text in _other_texts():
            yield Noted(f"{name}: {kind}", whole.replace(TEXT, text), (vkey,))
    for number, (line, vkey) in enumerate(zip(lines, (COSIGNED, SUBTREE), strict=True)):
        for place in (3, -1):  # in the time, and in the signature
            changed = bytearray(line.signature)
            changed[place] ^= 1
            spoilt = line._replace(signature=bytes(changed))
            yield Noted(f"byte {place} of line {number}", whole.replace(str(line), str(spoilt)), (vkey,))
        other = line._replace(signature=line.signature + b"\0")
        yield Noted(f"a byte behind line {number}", whole.replace(str(line), str(other)), (vkey,))
    forged = cosign(note, ORIGIN, STRANGE, 5)._replace(key_id=lines[1].key_id)
    yield Noted("signed by another ML-DSA-44 key", with_signatures(note, [forged]), (SUBTREE,))
    yield Noted("a false line beside a good one", with_signatures(whole, [forged]), (SUBTREE,))


def _without(note: str, number: int) -> str:
    text, _, lines = note.partition("\n\n")
    kept = lines.splitlines(keepends=True)
    return f"{text}\n\n" + "".join(kept[:number] + kept[number + 1 :])


def _other_texts() -> Iterator[tuple[str, str]]:
    yield "another size", TEXT.replace("\n7\n", "\n8\n")
    yield "another root", TEXT.replace(to_base64(ROOT), to_base64(bytes(32)))
    yield "another origin", TEXT.replace(ORIGIN, "example.com/log")
    yield "a line more", f"{TEXT}more\n"
