"""XML tables: what repeats is a record, and nothing that a document declares is followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tegata.model.errors import InputError
from tegata.tables import digest_file, open_source


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def rows(path: Path) -> list[dict[str, str | None]]:
    return [row for frame in open_source(path).batches() for row in frame.to_dicts()]


def test_elements_and_attributes_become_columns(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.xml",
        """<?xml version="1.0"?>
        <export made="2024"><patients clinic="A">
          <patient id="1"><name>花子 &amp; 太郎</name><phone>1</phone><phone>2</phone>
            <home><town>津</town></home></patient>
          <patient id="2"><name/><note kind="x">said <b>so</b></note></patient>
        </patients></export>""",
    )
    source = open_source(path)
    assert source.columns == (
        "export.@made", "patients.@clinic", "@id", "name", "phone", "home.town", "note.@kind", "note.b", "note.#text",
    )  # fmt: skip
    assert rows(path) == [
        dict(zip(source.columns, ("2024", "A", "1", "花子 & 太郎", '["1","2"]', "津", None, None, None), strict=True)),
        dict(zip(source.columns, ("2024", "A", "2", None, None, None, "x", "so", "said"), strict=True)),
    ]
    list(source.batches())
    assert source.digest == digest_file(path)


@pytest.mark.parametrize(
    ("stated", "codec"),
    [
        ("Shift_JIS", "cp932"),
        ("EUC-JP", "euc_jp"),
        ("UTF-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("ISO-8859-1", "latin-1"),
    ],
)
def test_encodings_as_stated(tmp_path: Path, stated: str, codec: str) -> None:
    name = "é" if codec == "latin-1" else "髙橋" if codec == "cp932" else "高橋"
    path = write(tmp_path / "t.xml", f'<?xml version="1.0" encoding="{stated}"?><a><r>{name}</r><r>x</r></a>', codec)
    assert [row["r"] for row in rows(path)] == [name, "x"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a><r/><r/></a>', "DTD"),
        ('<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><a><r>&z;</r></a>', "DTD"),
        ("<a>" * 70 + "</a>" * 70, "nested more than 64"),
        ("<a><r>&nobody;</r></a>", "undefined entity"),
        ("<a><r></a>", "mismatched tag"),
        ("<a/><b/>", "junk after"),
        ("", "no element found"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        list(open_source(write(tmp_path / "t.xml", '<?xml version="1.0"?>' + text)).batches())


def test_encodings_that_are_none(tmp_path: Path) -> None:
    for name in ("nobody", "hex", "rot13"):
        with pytest.raises(InputError, match="unknown encoding"):
            open_source(write(tmp_path / "t.xml", f'<?xml version="1.0" encoding="{name}"?><a/>'))


def test_a_record_without_end_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "t.xml", '<?xml version="1.0"?><a><r>' + "x" * (17 << 20) + "</r><r/></a>")
    with pytest.raises(InputError, match="longer than 16 MiB"):
        open_source(path)


def test_text_between_records_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "t.xml", '<?xml version="1.0"?><a>Hanako <r>1</r><r>2</r></a>')
    assert [note.en for note in open_source(path).notes] == ["text between the records of the XML was not read"]
