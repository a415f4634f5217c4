"""Secrets under a passphrase: what the program age writes is read, what is written age reads, nothing else opens."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError
from tegata.trust.age import MAGIC, RANDOM_SIZE, decrypt, encrypt

RANDOM = bytes(range(RANDOM_SIZE))
SEALED = encrypt(b"a secret", "correct horse", RANDOM, work=8)


@given(secret=st.binary(max_size=3000), words=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@settings(max_examples=25, deadline=None)
def test_age_reads_what_is_written(secret: bytes, words: str) -> None:
    pyrage = pytest.importorskip("pyrage")
    assert pyrage.passphrase.decrypt(encrypt(secret, words, RANDOM, work=8), words) == secret


@pytest.mark.soak  # age takes half a GiB and some seconds for its own passphrases
def test_what_age_writes_is_read() -> None:
    pyrage = pytest.importorskip("pyrage")
    assert decrypt(pyrage.passphrase.encrypt(b"from elsewhere", "correct horse"), "correct horse") == b"from elsewhere"


def test_no_changed_byte_opens() -> None:
    for place in range(len(SEALED)):
        for bit in (1,):
            changed = bytearray(SEALED)
            changed[place] ^= bit
            if b"scrypt" in changed and b" 8\n" not in changed:
                continue  # another cost: it would take its time
            with pytest.raises(InputError):
                decrypt(bytes(changed), "correct horse")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        MAGIC,
        SEALED[:-1],
        SEALED + b"\0",
        SEALED.replace(b" 8\n", b" 31\n"),  # would take 2 TiB of memory
        SEALED.replace(b" 8\n", b" 08\n"),
        SEALED.replace(b"---", b"-> X25519 abc\n---"),
        SEALED.replace(b"\n", b"\r\n"),
    ],
)
def test_what_is_not_under_one_passphrase_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        decrypt(data, "correct horse")


def test_a_wrong_passphrase_is_told() -> None:
    with pytest.raises(InputError, match="passphrase is wrong"):
        decrypt(SEALED, "correct horsf")
