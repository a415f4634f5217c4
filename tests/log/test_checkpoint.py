"""Checkpoint notes: only the log's own key over this text, in this one form."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.log import EMPTY_ROOT, leaf_hash, open_checkpoint, sign_checkpoint
from tegata.log.note import MAX_NOTE
from tegata.model.errors import UsageError, VerificationError
from tegata.trust import SigningKey

KEY, OTHER = SigningKey.generate(bytes(32)), SigningKey.generate(bytes([1]) * 32)
ROOT = leaf_hash(b"root")
SIGNED = sign_checkpoint(KEY.did, 7, ROOT, KEY)


def _resigned(text: str, *, by: SigningKey = KEY, name: str = KEY.did) -> str:
    """A note over any text, signed as our own signer does."""
    line = sign_checkpoint(name, 7, ROOT, by).note.rpartition("— ")[2]
    key_id = base64.b64decode(line.split(" ")[1])[:4]
    return f"{text}\n— {name} {base64.b64encode(key_id + by.sign(text.encode())).decode()}\n"


def test_what_is_signed_opens() -> None:
    assert open_checkpoint(SIGNED.note, KEY.public, KEY.did) == SIGNED
    assert SIGNED.note.startswith(f"{KEY.did}\n7\n{base64.b64encode(ROOT).decode()}\n\n— {KEY.did} ")
    assert _resigned(SIGNED.note.partition("\n\n")[0] + "\n") == SIGNED.note


def test_signatures_of_others_and_extension_lines_are_passed_over() -> None:
    cosigned = SIGNED.note + SIGNED.note.rpartition("\n\n")[2].replace(KEY.did, "witness.example.com")
    assert open_checkpoint(cosigned, KEY.public, KEY.did).size == 7
    extended = _resigned(f"{KEY.did}\n7\n{SIGNED.root}\nextension\n")
    assert open_checkpoint(extended, KEY.public, KEY.did).size == 7


def test_another_key_or_log_is_refused() -> None:
    with pytest.raises(VerificationError):
        open_checkpoint(SIGNED.note, OTHER.public, KEY.did)
    with pytest.raises(VerificationError):
        open_checkpoint(SIGNED.note, KEY.public, OTHER.did)
    with pytest.raises(VerificationError):  # signed by the right key, but for the log of somebody else
        open_checkpoint(_resigned(f"{OTHER.did}\n7\n{SIGNED.root}\n"), KEY.public, KEY.did)


def test_a_bad_signature_of_the_key_spoils_a_good_one() -> None:
    good = SIGNED.note.rpartition("\n\n")[2]
    bad = sign_checkpoint(KEY.did, 8, ROOT, KEY).note.rpartition("\n\n")[2]
    for lines in (good + bad, bad + good):
        with pytest.raises(VerificationError):
            open_checkpoint(SIGNED.note.rpartition("\n\n")[0] + "\n\n" + lines, KEY.public, KEY.did)


@pytest.mark.parametrize(
    "text",
    [
        "\n7\nROOT\n",
        "DID\n07\nROOT\n",
        "DID\n+7\nROOT\n",
        "DID\n-7\nROOT\n",
        "DID\n７\nROOT\n",
        "DID\n7 \nROOT\n",
        "DID\n\nROOT\n",
        "DID\n7\n",
        "DID\n7\nROOT\n\n",
        "DID\n7\nROOT\n\nextension\n",
        "DID\n7\nROOT\r\n",
        "DID\n7\nROOT\t\n",
        "DID\n7\nROOT\nextension\x7f\x00\n",
        "DID\n99999999999999999999999\nROOT\n",
        "DID\n7\nAAAA\n",
        "DID\n7\n" + "A" * 42 + "B=\n",  # stray trailing bits: a second spelling of the same hash
        "DID\n7\n" + "A" * 43 + "\n",  # no padding
    ],
)
def test_signed_text_that_is_not_a_checkpoint_is_refused(text: str) -> None:
    note = _resigned(text.replace("DID", KEY.did).replace("ROOT", SIGNED.root))
    with pytest.raises(VerificationError):
        open_checkpoint(note, KEY.public, KEY.did)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        SIGNED.note[:-1],
        SIGNED.note + "\n",
        SIGNED.note + "not a signature line\n",
        SIGNED.note + "— name AAAA\n",
        SIGNED.note.replace("— ", "- "),
        SIGNED.note.replace("\n\n", "\n"),
        SIGNED.note.replace("\n", "\r\n"),
        "\ud800" + SIGNED.note,
        SIGNED.note.partition("\n\n")[0] + "\n",
        SIGNED.note + "— a AAAAAAAA\n" * (MAX_NOTE // 10),
    ],
)
def test_notes_of_another_form_are_refused(note: str) -> None:
    with pytest.raises(VerificationError):
        open_checkpoint(note, KEY.public, KEY.did)


@settings(deadline=None, max_examples=400)
@given(at=st.integers(0, len(SIGNED.note) - 1), letter=st.characters(codec="utf-8"))
def test_no_changed_letter_is_accepted(at: int, letter: str) -> None:
    changed = SIGNED.note[:at] + letter + SIGNED.note[at + 1 :]
    if changed != SIGNED.note:
        with pytest.raises(VerificationError):
            open_checkpoint(changed, KEY.public, KEY.did)


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "a\u3000b", "a\x00b", "a\ud800b"])
def test_an_origin_that_a_signature_line_cannot_carry_is_refused(origin: str) -> None:
    with pytest.raises(UsageError):
        sign_checkpoint(origin, 0, EMPTY_ROOT, KEY)
