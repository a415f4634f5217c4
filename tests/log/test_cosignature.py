"""Cosignatures and forks: each statement is the witness's own, and a fork is shown only where there is one."""

from __future__ import annotations

import base64
import hashlib
import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.log import (
    ML_DSA_44,
    SignatureLine,
    consistency_proof,
    cosign,
    cosigners,
    endorse,
    endorsed,
    find_fork,
    is_endorsement,
    open_checkpoint,
    read_lines,
    read_vkey,
    root,
    sign_checkpoint,
    verify_fork,
    with_signatures,
    without_heavy,
    write_vkey,
)
from tegata.log.note import to_base64
from tegata.model.errors import VerificationError
from tegata.model.evidence import Checkpoint
from tegata.trust import MlDsaKey, SigningKey
from tests.log.memory import MemoryLog, numbered

LOG, WITNESS, OTHER = (SigningKey.generate(bytes([n]) * 32) for n in (1, 2, 3))
NOTE = sign_checkpoint(LOG.did, 7, bytes(32), LOG).note
LINE = cosign(NOTE, WITNESS.did, WITNESS, 1679315147)


def test_a_cosignature_has_the_bytes_of_the_specification() -> None:
    """C2SP tlog-cosignature, "Format" and "Ed25519 signed message", written out here a second time."""
    name, key = WITNESS.did, WITNESS.raw
    text = NOTE.partition("\n\n")[0] + "\n"
    line = str(LINE)
    blob = base64.b64decode(line.split(" ")[2])
    assert line.startswith(f"— {name} ")
    assert blob[:4] == hashlib.sha256(name.encode() + b"\n\x04" + key).digest()[:4]
    assert int.from_bytes(blob[4:12], "big") == 1679315147
    assert len(blob) == 4 + 8 + 64
    WITNESS.public.verify(blob[12:], f"cosignature/v1\ntime 1679315147\n{text}".encode())


def test_the_latest_cosignature_of_each_known_witness_counts() -> None:
    later = cosign(NOTE, WITNESS.did, WITNESS, 1679315999)
    note = with_signatures(NOTE, [LINE, later, cosign(NOTE, OTHER.did, OTHER, 5), LINE])
    assert note.count("\n— ") == 4
    assert cosigners(note, {WITNESS.did: WITNESS.public}) == {WITNESS.did: 1679315999}
    assert cosigners(NOTE, {WITNESS.did: WITNESS.public}) == {}
    assert open_checkpoint(note, LOG.public, LOG.did).size == 7


def test_a_cosignature_for_another_text_time_or_key_does_not_hold() -> None:
    blob = base64.b64decode(str(LINE).split(" ")[2])
    changed = blob[:11] + bytes([blob[11] ^ 1]) + blob[12:]
    lines = [
        f"— {WITNESS.did} {base64.b64encode(changed).decode()}\n",
        str(cosign(sign_checkpoint(LOG.did, 8, bytes(32), LOG).note, WITNESS.did, WITNESS, 1)),
    ]
    for line in lines:
        with pytest.raises(VerificationError):
            cosigners(with_signatures(NOTE, read_lines(line)), {WITNESS.did: WITNESS.public})
    assert cosigners(with_signatures(NOTE, [LINE]), {WITNESS.did: OTHER.public}) == {}  # another key, another id


def _signed(log: MemoryLog, size: int) -> Checkpoint:
    return sign_checkpoint(LOG.did, size, root(size, log.read), LOG)


def _proof(log: MemoryLog, old: int, new: int) -> tuple[str, ...]:
    return tuple(to_base64(hash_) for hash_ in consistency_proof(old, new, log.read)) if old < new else ()


@settings(deadline=None)
@given(old=st.integers(1, 70), more=st.integers(0, 70), forked_at=st.integers(0, 69))
def test_a_fork_is_shown_wherever_its_own_proof_leads_to_it(old: int, more: int, forked_at: int) -> None:
    new = old + more
    log = MemoryLog(numbered(new))
    assert find_fork(_signed(log, old), _signed(log, new), _proof(log, old, new)) is None
    if forked_at >= old or (more and old & (old - 1) == 0):
        return  # the first is no fork of what was signed, the second has no proof of its own (see log.beginning)
    other = MemoryLog([*numbered(forked_at), b"other", *numbered(new)[forked_at + 1 :]])
    fork = find_fork(_signed(log, old), _signed(other, new), _proof(other, old, new))
    assert fork is not None
    assert str(old) in verify_fork(fork, LOG.history.open).en
    with pytest.raises(VerificationError):
        verify_fork(fork, OTHER.history.open)


def test_the_beginning_may_stand_in_front_where_a_proof_leaves_it_out() -> None:
    log, other = MemoryLog(numbered(9)), MemoryLog([b"other", *numbered(9)[1:]])
    proof = (to_base64(root(4, other.read)), *_proof(other, 4, 9))
    fork = find_fork(_signed(log, 4), _signed(other, 9), proof)
    assert fork is not None
    verify_fork(fork, LOG.history.open)


SECOND = MlDsaKey(b"q" * 32)


def test_an_ml_dsa_cosignature_has_the_bytes_of_the_specification() -> None:
    """C2SP tlog-cosignature, "ML-DSA-44 signed message", written out here a second time."""
    name, at = WITNESS.did.encode(), 1679315147
    blob = base64.b64decode(str(cosign(NOTE, WITNESS.did, SECOND, at)).split(" ")[2])
    assert blob[:4] == hashlib.sha256(name + b"\n\x06" + SECOND.raw).digest()[:4]
    assert (int.from_bytes(blob[4:12], "big"), len(blob)) == (at, 4 + 8 + 2420)
    origin, numbers = LOG.did.encode(), struct.pack(">QQ", 0, 7)
    said = b"subtree/v1\n\x00" + bytes([len(name)]) + name + struct.pack(">Q", at) + bytes([len(origin)]) + origin
    key = MLDSA44PublicKey.from_public_bytes(SECOND.raw)
    key.verify(blob[12:], said + numbers + bytes(32))


@pytest.mark.parametrize(
    ("name", "note"),
    [
        (OTHER.did, NOTE),
        (WITNESS.did, sign_checkpoint(LOG.did, 8, bytes(32), LOG).note),
        (WITNESS.did, sign_checkpoint(LOG.did, 7, b"\1" * 32, LOG).note),
        (WITNESS.did, sign_checkpoint(OTHER.did, 7, bytes(32), LOG).note),
    ],
)
def test_an_ml_dsa_cosignature_is_of_one_name_log_size_and_root(name: str, note: str) -> None:
    line = cosign(NOTE, WITNESS.did, SECOND, 5)
    keys = {name: SECOND.public}
    assert cosigners(with_signatures(NOTE, [line]), {WITNESS.did: SECOND.public}) == {WITNESS.did: 5}
    moved = line._replace(name=name, key_id=cosign(note, name, SECOND, 5).key_id)
    with pytest.raises(VerificationError):
        cosigners(with_signatures(note, [moved]), keys)


def test_a_note_without_its_heavy_lines_is_the_same_checkpoint() -> None:
    note = with_signatures(NOTE, [LINE, cosign(NOTE, LOG.did, SECOND, 5)])
    light = without_heavy(note)
    assert len(note) > 3000 > len(light)
    assert light == with_signatures(NOTE, [LINE])
    assert open_checkpoint(light, LOG.public, LOG.did).root == open_checkpoint(note, LOG.public, LOG.did).root


def test_an_endorsement_is_of_one_key_by_one_name() -> None:
    note = endorse(LOG.did, LOG, SECOND.raw)
    assert is_endorsement(note.encode())
    assert endorsed(note, LOG.did, LOG.public) == SECOND.raw
    other = endorse(OTHER.did, OTHER, SECOND.raw)
    more = with_signatures(note, [SignatureLine(OTHER.did, b"1234", b"x")])
    swapped = note.replace(note.splitlines()[2], endorse(LOG.did, LOG, MlDsaKey(b"z" * 32).raw).splitlines()[2])
    for wrong in (other, more, swapped, note + "\n", "x" + note, NOTE, note.replace("keys/1", "keys/2"), "", "\n\n"):
        with pytest.raises(VerificationError):
            endorsed(wrong, LOG.did, LOG.public)
    with pytest.raises(VerificationError):
        open_checkpoint(note, LOG.public, LOG.did)


@given(text=st.text(max_size=60))
def test_whatever_is_no_vkey_is_refused(text: str) -> None:
    for wrong in (text, f"name+{text}", write_vkey("name", ML_DSA_44, SECOND.raw) + text):
        if wrong != write_vkey("name", ML_DSA_44, SECOND.raw):
            with pytest.raises(VerificationError):
                read_vkey(wrong)
    assert read_vkey(write_vkey("name", ML_DSA_44, SECOND.raw)) == ("name", ML_DSA_44, SECOND.raw)
