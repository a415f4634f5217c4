"""Rolls: which key counts for which checkpoint, and that nothing else is taken for one."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.log import Reason, Roll, read_roll, sign_checkpoint, write_roll
from tegata.model.errors import VerificationError
from tegata.trust import SigningKey, follow, joined
from tegata.trust.key_history import MOST_ROLLS, read_history, split_notes

KEYS = [SigningKey.generate(bytes([number]) * 32) for number in range(1, 6)]
DID = KEYS[0].did
ROOT = b"r" * 32


def note(
    number: int, size: int, *, old: int | None = None, new: int | None = None, reason: Reason = "superseded"
) -> str:
    """Roll `number`, from the key of that place to the next one."""
    one, other = KEYS[number - 1 if old is None else old], KEYS[number if new is None else new]
    return write_roll(Roll(DID, number, size, reason, other.did), one, other)


NOTES = (note(1, 10), note(2, 20), note(3, 30))


def test_each_key_signs_for_its_sizes_and_for_no_others() -> None:
    history = follow(DID, NOTES)
    for size, place in itertools.product((1, 10, 11, 20, 21, 30, 31, 999), range(5)):
        checkpoint = sign_checkpoint(DID, size, ROOT, KEYS[place])
        if place == (size > 10) + (size > 20) + (size > 30):
            assert history.open(checkpoint.note) == checkpoint
        else:
            with pytest.raises(VerificationError):
                history.open(checkpoint.note)


def test_a_key_that_had_gone_is_told() -> None:
    history = follow(DID, NOTES)
    history.verify(KEYS[1].sign(b"m"), b"m", 15)
    with pytest.raises(VerificationError, match="no longer") as caught:
        history.verify(KEYS[0].sign(b"m"), b"m", 15)
    assert "entry 10" in caught.value.parts("en")[1]
    with pytest.raises(VerificationError, match="does not hold"):
        history.verify(KEYS[4].sign(b"m"), b"m", 15)


BAD = {
    "by nobody": NOTES[0].partition("\n\n")[0] + "\n\n",
    "by the old key only": "".join(NOTES[0].splitlines(keepends=True)[:-1]),
    "by the new key only": "".join([*NOTES[0].splitlines(keepends=True)[:-2], NOTES[0].splitlines(keepends=True)[-1]]),
    "with a third signature": NOTES[0] + NOTES[0].splitlines(keepends=True)[-1],
    "by a stranger": note(1, 10, old=4),
    "to a key that did not sign": NOTES[0].replace(KEYS[1].did, KEYS[2].did),
    "of another number": note(2, 10, old=0, new=1),
    "of another name": NOTES[0].replace(DID, KEYS[3].did),
    "of another size": NOTES[0].replace("\n10\n", "\n11\n"),
    "for another reason": NOTES[0].replace("superseded", "key-compromise"),
    "a checkpoint": sign_checkpoint(DID, 10, ROOT, KEYS[0]).note,
    "empty": "",
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_roll_is_refused(bad: str) -> None:
    with pytest.raises(VerificationError):
        follow(DID, (BAD[bad],))


def test_rolls_follow_from_each_other() -> None:
    for notes in (NOTES[1:], NOTES[::-1], (NOTES[0], NOTES[2]), (NOTES[0], note(2, 10)), (NOTES[0], NOTES[0])):
        with pytest.raises(VerificationError):
            follow(DID, notes)
    with pytest.raises(VerificationError, match="too often"):
        follow(DID, NOTES * MOST_ROLLS)


def test_two_hands_on_one_key_contradict_each_other() -> None:
    other = note(1, 12, new=4)
    assert joined(DID, NOTES, NOTES[:1]).notes == NOTES
    assert joined(DID, (), NOTES).notes == NOTES
    with pytest.raises(VerificationError, match="two keys"):
        joined(DID, NOTES, (other,))


def test_a_document_of_rolls_is_read_back() -> None:
    assert read_history("".join(NOTES)) == follow(DID, NOTES)
    assert split_notes("".join(NOTES)) == NOTES
    for text in ("", "x", "x" + NOTES[0], NOTES[0] + "x", "".join(NOTES[1:])):
        with pytest.raises(VerificationError):
            read_history(text)


@given(
    st.text(max_size=400)
    | st.sampled_from(NOTES).flatmap(lambda one: st.integers(0, len(one)).map(lambda at: one[:at]))
)
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(VerificationError):
        assert read_roll(text).name == DID


def test_a_key_speaks_only_for_names_that_lead_to_it() -> None:
    history = follow(DID, NOTES)
    key = KEYS[3].known_as(history)
    assert (key.did, key.raw, key.public.did) == (DID, KEYS[3].raw, DID)
    from tegata.model.errors import InputError

    with pytest.raises(InputError):
        KEYS[2].known_as(history)
