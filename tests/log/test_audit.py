"""A damaged log: each damage is found, and the first damaged position is named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.log import EMPTY_ROOT, check_log, prove_entry, root, sign_checkpoint, verify_entry
from tegata.model.errors import UsageError, VerificationError
from tegata.model.evidence import Checkpoint
from tegata.trust import SigningKey
from tests.log.memory import MemoryLog, flip, numbered

KEY = SigningKey.generate(bytes(32))
SIZE = 100
ENTRIES = numbered(SIZE)


def _checkpoint(log: MemoryLog) -> Checkpoint:
    size = len(log.entries)
    return sign_checkpoint(KEY.did, size, root(size, log.read), KEY)


SOUND = _checkpoint(MemoryLog(ENTRIES))


def _log() -> MemoryLog:
    return MemoryLog(ENTRIES)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 100])
def test_a_sound_log_passes(size: int) -> None:
    log = MemoryLog(numbered(size))
    check_log(iter(log.entries), log.read, _checkpoint(log))


@settings(deadline=None)
@given(position=st.integers(0, SIZE - 1), bit=st.integers(0, 8 * len(ENTRIES[0]) - 1))
def test_a_changed_entry_is_named(position: int, bit: int) -> None:
    log = _log()
    log.entries[position] = flip(log.entries[position], bit)
    with pytest.raises(VerificationError, match=f"entry `{position}` does not match"):
        check_log(log.entries, log.read, SOUND)


@settings(deadline=None)
@given(place=st.sampled_from(sorted(MemoryLog(ENTRIES).nodes)), bit=st.integers(0, 255))
def test_a_changed_or_missing_hash_is_named(place: tuple[int, int], bit: int) -> None:
    level, index = place
    first, last = index << level, (index + 1 << level) - 1
    name = f"entries `{first}` to `{last}` " if level else f"entry `{first}` "
    log = _log()
    log.nodes[place] = flip(log.nodes[place], bit)
    with pytest.raises(VerificationError, match=name):
        check_log(log.entries, log.read, SOUND)
    del log.nodes[place]
    with pytest.raises(VerificationError, match=name):
        check_log(log.entries, log.read, SOUND)


def test_of_two_damages_the_first_is_named() -> None:
    log = _log()
    log.entries[70] = log.entries[20] = b"other"
    with pytest.raises(VerificationError, match="entry `20`"):
        check_log(log.entries, log.read, SOUND)


def test_a_truncated_or_swollen_log_is_named() -> None:
    log = _log()
    with pytest.raises(VerificationError, match="entry `60` is missing"):
        check_log(log.entries[:60], log.read, SOUND)
    log.add(b"one more")
    with pytest.raises(VerificationError, match="entry `100` is not under the checkpoint"):
        check_log(log.entries, log.read, SOUND)


def test_swapped_entries_are_named() -> None:
    log = _log()
    log.entries[4], log.entries[5] = log.entries[5], log.entries[4]
    with pytest.raises(VerificationError, match="entry `4`"):
        check_log(log.entries, log.read, SOUND)


def test_a_log_rewritten_with_all_its_hashes_still_contradicts_its_checkpoint() -> None:
    rewritten = MemoryLog([b"other", *ENTRIES[1:]])
    with pytest.raises(VerificationError, match="not with the checkpoint"):
        check_log(rewritten.entries, rewritten.read, SOUND)
    with pytest.raises(VerificationError, match="not with the checkpoint"):
        check_log([], MemoryLog().read, sign_checkpoint(KEY.did, 0, EMPTY_ROOT[::-1], KEY))


def test_a_proof_travels_with_its_entry_and_fits_no_other() -> None:
    log = _log()
    proofs = [prove_entry(index, SOUND, log.read) for index in range(SIZE)]
    for index, proof in enumerate(proofs):
        verify_entry(log.entries[index], proof)
        with pytest.raises(VerificationError):
            verify_entry(log.entries[index - 1], proof)
    with pytest.raises(UsageError):
        prove_entry(SIZE, SOUND, log.read)
