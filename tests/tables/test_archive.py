"""Zip archives are hostile: what comes out is counted, and nothing that they say of themselves is believed."""

from __future__ import annotations

import gc
import io
import stat
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest

from tegata.model.errors import InputError, StoreError
from tegata.tables import open_collection
from tests.tables import writing
from tests.tables.contract import FILLED, PEOPLE, rows_of

CSV = writing.as_csv(PEOPLE)


def packed(members: dict[str, str | bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as inner:
        for name, data in members.items():
            inner.writestr(name, data)
    return held.getvalue()


def left_behind() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("tegata-unpacked-*"))


@pytest.fixture(autouse=True)
def room_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "unpacked").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "unpacked"))


def test_archives_in_archives_to_a_depth(tmp_path: Path) -> None:
    nested = packed({"t.csv": CSV})
    for _ in range(4):
        nested = packed({"in.zip": nested, "t.csv": CSV})
    (tmp_path / "t.zip").write_bytes(nested)
    found = open_collection(tmp_path / "t.zip")
    assert [part.name for part in found.parts] == ["in.zip/in.zip/t.csv", "in.zip/t.csv", "t.csv"]
    assert [(one.name, one.why.en) for one in found.unread] == [
        ("in.zip/in.zip/in.zip", "an archive in 3 archives"),
    ]


def test_a_bomb_is_stopped_by_what_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.tables.packed.LEAST_ROOM", 1 << 20)
    bomb = packed({f"{n}.csv": bytes(4 << 20) for n in range(10)})
    (tmp_path / "t.zip").write_bytes(packed({"a.csv": CSV, "bomb.zip": bomb, "z.csv": CSV}))
    found = open_collection(tmp_path / "t.zip")
    assert next(part.name for part in found.parts) == "a.csv"
    assert {"bomb.zip/9.csv", "z.csv"} <= {one.name for one in found.unread}
    assert "bombs" in found.unread[-1].why.en
    on_disk = sum(file.stat().st_size for file in (tmp_path / "unpacked").rglob("*"))
    assert on_disk <= (1 << 20) + 256 * (tmp_path / "t.zip").stat().st_size


def test_stated_sizes_are_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both headers say that a megabyte of zeros has ten bytes."""
    monkeypatch.setattr("tegata.tables.packed.LEAST_ROOM", 1 << 10)
    data = bytearray(packed({"t.csv": bytes(1 << 20)}))
    local, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, local + 22, 10)
    struct.pack_into("<I", data, central + 24, 10)
    (tmp_path / "t.zip").write_bytes(data)
    found = open_collection(tmp_path / "t.zip")
    assert [one.name for one in found.unread] == ["t.csv"]


def test_members_never_choose_where_they_lie(tmp_path: Path) -> None:
    names = ["../../out.csv", "/etc/t.csv", "a\\..\\b.csv", "x" * 300 + ".csv", "t.csv"]
    writing.zip_file(tmp_path / "in" / "t.zip", dict.fromkeys(names, CSV))
    found = open_collection(tmp_path / "in" / "t.zip")
    assert len(found.parts) == len(names)
    assert {part.file.parent.parent for part in found.parts} == {tmp_path / "unpacked"}
    assert all(rows_of(part.open()) == FILLED for part in found.parts)
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["t.zip"]


def test_encrypted_linked_and_torn_members_are_named(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.csv")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a.csv", CSV)
        made.writestr("locked.csv", CSV)
        made.writestr("torn.csv", "name,n\n" + "x,1\n" * 50)
        made.writestr(link, "/etc/passwd")
    data = bytearray(path.read_bytes())
    data[data.index(b"x,1")] ^= 1  # another checksum
    central = data.index(b"locked.csv", data.index(b"PK\x01\x02")) - 46
    data[central + 8] |= 1
    path.write_bytes(data)
    found = open_collection(path)
    assert [part.name for part in found.parts] == ["a.csv"]
    assert {one.name: one.why.en.partition(":")[0] for one in found.unread} == {
        "locked.csv": "encrypted with a password",
        "torn.csv": "damaged",
        "link.csv": "a symbolic link",
    }


def test_an_archive_that_holds_itself_ends(tmp_path: Path) -> None:
    """Not a true quine: one that says it is, by naming the outer archive's own bytes again and again."""
    data = packed({"r.zip": b"PK\x03\x04"})
    for _ in range(6):
        data = packed({"r.zip": data, "s.zip": data})
    (tmp_path / "t.zip").write_bytes(data)
    found = open_collection(tmp_path / "t.zip")
    assert (len(found.parts), len(found.unread)) == (0, 8)


def test_japanese_names_as_japanese_systems_write_them(tmp_path: Path) -> None:
    path = writing.zip_file(tmp_path / "t.zip", {"abcdef.csv": CSV})
    name = "患者表".encode("cp932")
    path.write_bytes(path.read_bytes().replace(b"abcdef", name))
    assert [part.name for part in open_collection(path).parts] == ["患者表.csv"]


def test_too_many_members_and_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = writing.zip_file(tmp_path / "t.zip", {"a.csv": CSV})
    data = bytearray(path.read_bytes())
    end = data.rindex(b"PK\x05\x06")
    struct.pack_into("<HH", data, end + 8, 0xFFFF, 0xFFFF)
    (tmp_path / "many.zip").write_bytes(data)
    with pytest.raises(InputError, match="too many members"):
        open_collection(tmp_path / "many.zip")
    monkeypatch.setattr(tempfile, "tempdir", "/dev/full/nowhere")
    with pytest.raises((StoreError, OSError)):
        open_collection(path)


def test_what_was_unpacked_is_removed_when_nobody_holds_it(tmp_path: Path) -> None:
    found = open_collection(writing.zip_file(tmp_path / "t.zip", {"a.csv": CSV}))
    assert left_behind()
    del found
    gc.collect()
    assert not left_behind()
