"""Encrypted fields: what the library's AES-SIV opens, and nobody else."""

from __future__ import annotations

import base64
from pathlib import Path

import polars as pl
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError, VerificationError
from tegata.model.step import Drop, Encrypt, EncryptFpe
from tegata.protect.means import Means
from tegata.protect.opening import open_fields
from tegata.protect.operations import operation
from tegata.protect.siv import Fields, Opener, different_nonces, field_key
from tegata.tables import open_source
from tests.protect.tables import KEY, protect, write

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def encrypted(step: Encrypt, *values: str | None, key: bytes = KEY, salt: bytes = b"") -> list[str | None]:
    work = operation(step, Means(key, salt=salt))
    assert work is not None
    column = pl.Series(step.column, values, dtype=pl.String)
    return work(column, column.to_frame()).to_list()


@settings(deadline=None, max_examples=50)
@given(values=st.lists(texts | st.none(), min_size=1, max_size=12), key=st.binary(min_size=16, max_size=64))
def test_a_column_is_what_the_library_makes_of_each_value(values: list[str | None], key: bytes) -> None:
    nonces, nonce = different_nonces(key, b"", "c"), different_nonces(key, b"", "c")
    made = Fields(key, nonces).column(pl.Series("c", values, dtype=pl.String))
    siv = AESSIV(field_key(key))
    for value, cell in zip(values, made, strict=True):
        own = nonce(1).tobytes()
        if value is None:
            assert cell is None
            continue
        data = value.encode()
        padded = data + b"\1" + bytes(-(len(data) + 1) % 16)
        want = own + siv.encrypt(padded, [own])
        assert base64.urlsafe_b64decode(cell[2:])[: len(want)] == want
        assert Opener(key).value(cell) == value


def test_every_length_and_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    values = ["", *(letter * n for letter in "a\0\x01é漢😀" for n in range(1, 51)), "z" * 5_000]
    for at_once in (1, 7, 1000):
        monkeypatch.setattr("tegata.protect.aes._AT_ONCE", at_once)
        made = encrypted(Encrypt(column="c"), *values)
        assert [Opener(KEY).value(str(cell)) for cell in made] == values


def test_equal_values_differ_unless_they_are_to_stay_equal() -> None:
    values = ["Kyoto", "Kyoto", "Osaka"]
    apart = encrypted(Encrypt(column="c"), *values)
    assert len(set(apart)) == 3
    assert not set(apart) & set(encrypted(Encrypt(column="d"), *values)), "another column"
    assert not set(apart) & set(encrypted(Encrypt(column="c"), *values, salt=b"next")), "another release"
    one, two, other = encrypted(Encrypt(column="c", deterministic=True, domain="town"), *values)
    assert one == two != other
    again = encrypted(Encrypt(column="d", deterministic=True, domain="town"), *values)
    assert again == [one, two, other]
    assert not set(encrypted(Encrypt(column="c", deterministic=True), *values)) & set(again)
    assert not set(encrypted(Encrypt(column="c", deterministic=True, domain="town"), *values, key=KEY[::-1])) & set(
        again
    )


def test_of_the_length_only_blocks_are_told() -> None:
    lengths = {len(str(cell)) for cell in encrypted(Encrypt(column="c"), *("x" * n for n in range(16)))}
    assert len(lengths) == 1


@pytest.mark.parametrize("place", range(2, 66))
def test_a_changed_cell_does_not_open(place: int) -> None:
    cell = str(encrypted(Encrypt(column="c"), "4111 1111 1111 1111")[0])
    for letter in "AbZ_":
        changed = cell[:place] + letter + cell[place + 1 :]
        if changed != cell:
            with pytest.raises(ValueError):
                Opener(KEY).value(changed)


@pytest.mark.parametrize(
    "cell", ["", "e-", "e-AAAA", "p-" + "A" * 64, "e-" + "A" * 63, "e-" + "é" * 64, "e-" + "A" * 66]
)
def test_what_is_no_encrypted_cell(cell: str) -> None:
    with pytest.raises(ValueError):
        Opener(KEY).value(cell)


COLUMNS = {
    "name": ["Hanako", "Ichiro", "Hanako"],
    "diary": ["came late", "", "e-mail came"],
    "card": ["4111-1111-1111-1111", "5500 0000 0000 0004", "4111-1111-1111-1111"],
    "note": ["e-mail", "as it was", "x"],
}
CODES = EncryptFpe(column="card", domain="money.card")
STEPS = (Encrypt(column="name", deterministic=True), Encrypt(column="diary"), CODES)


def test_the_holder_of_the_key_gets_the_table_back(tmp_path: Path) -> None:
    cells, _ = protect(tmp_path, COLUMNS, *STEPS)
    assert cells["name"][0] == cells["name"][2] != cells["name"][1]
    assert cells["note"] == COLUMNS["note"]
    opened = open_fields(open_source(tmp_path / "out.csv"), KEY, tmp_path / "opened.csv", codes=[CODES])
    assert opened.columns == {"name": 3, "diary": 2, "card": 3}
    back = open_source(tmp_path / "opened.csv")
    assert pl.concat(back.batches()).select(*COLUMNS).to_dict(as_series=False) == {
        name: [cell or None for cell in column] for name, column in COLUMNS.items()
    }


def test_another_key_opens_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    protect(tmp_path, COLUMNS, *STEPS)
    with pytest.raises(VerificationError, match="`name`"):
        open_fields(open_source(tmp_path / "out.csv"), KEY[::-1], tmp_path / "opened.csv")
    assert not (tmp_path / "opened.csv").exists()


def test_a_table_without_encrypted_cells(tmp_path: Path) -> None:
    source = open_source(write(tmp_path / "in.csv", {"note": ["e-mail", "e-commerce-is-long-enough"]}))
    with pytest.raises(InputError, match="encrypted"):
        open_fields(source, KEY, tmp_path / "out.csv")
    with pytest.raises(InputError, match="`card`"):
        open_fields(source, KEY, tmp_path / "out.csv", codes=[CODES])


def test_keys_of_other_uses_tell_nothing_of_it(tmp_path: Path) -> None:
    """Pseudonyms and fields of one agreement are made under different keys."""
    assert field_key(KEY)[:32] != field_key(KEY)[32:] != KEY
    with pytest.raises(InputError, match="secret key"):
        protect(tmp_path, COLUMNS, Encrypt(column="name"), Drop(column="diary"), key=b"short")
