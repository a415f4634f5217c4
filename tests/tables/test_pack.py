"""Archives of parts: what other programs make of them, and what is not taken from others."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError
from tegata.model.plan import MANIFEST_VERSION, Manifest, PackedFile
from tegata.tables.file_names import FileNames, are_harmless
from tegata.tables.pack import MANIFEST, Pack, _Entry
from tegata.tables.unpack import digest_folder, is_packed, unpack


def manifest_of(files: dict[str, bytes]) -> bytes:
    packed = tuple(
        PackedFile(
            name=name,
            file=name,
            digest=f"sha256:{hashlib.sha256(data).hexdigest()}",
            size=len(data),
            format="csv",
            rows=0,
        )
        for name, data in files.items()
    )
    return msgspec.json.encode(Manifest(version=MANIFEST_VERSION, files=packed))


def written(folder: Path, files: dict[str, bytes]) -> Path:
    """An archive of these files, with its manifest."""
    folder.mkdir(exist_ok=True)
    out = folder / "data.zip"
    with out.open("wb") as archive:
        pack = Pack(archive)
        for number, (name, data) in enumerate((*files.items(), (MANIFEST, manifest_of(files)))):
            (folder / str(number)).write_bytes(data)
            pack.add(name, folder / str(number))
        pack.close()
    return out


FILES = {"a.csv": b"x\n1\n", "日本/患者.csv": "氏名\n佐藤\n".encode(), "empty.bin": b""}


def test_any_program_opens_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path / "out", FILES)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()[:-1]} == FILES


def test_a_folder_is_the_archive_that_it_came_from(tmp_path: Path) -> None:
    out = written(tmp_path / "out", FILES)
    unpack(out, tmp_path / "folder")
    assert digest_folder(tmp_path / "folder") == (
        f"sha256:{hashlib.sha256(out.read_bytes()).hexdigest()}",
        out.stat().st_size,
    )
    assert (tmp_path / "folder" / "日本" / "患者.csv").read_bytes() == FILES["日本/患者.csv"]


@pytest.mark.parametrize("change", ["more", "fewer", "other", "elsewhere"])
def test_a_folder_that_was_changed_is_another(tmp_path: Path, change: str) -> None:
    out, folder = written(tmp_path / "out", FILES), tmp_path / "folder"
    unpack(out, folder)
    before = digest_folder(folder)
    if change == "other":
        (folder / "a.csv").write_bytes(b"x\n2\n")
        assert digest_folder(folder) != before
        return
    if change == "more":
        (folder / "b.csv").write_bytes(b"")
    if change == "fewer":
        (folder / "a.csv").unlink()
    if change == "elsewhere":
        said = (folder / MANIFEST).read_bytes().replace(b'"file":"a.csv"', b'"file":"../a.csv"')
        (folder / MANIFEST).write_bytes(said)
    with pytest.raises(InputError):
        digest_folder(folder)


@pytest.mark.parametrize("limit", ["_ALL", "_MANY"])
def test_wide_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    """A lower limit makes a small archive one of the forms that are for more than 4 GiB, or for 65,535 files."""
    monkeypatch.setattr(f"tegata.tables.pack.{limit}", 1)
    out = written(tmp_path / "out", FILES).read_bytes()
    assert b"PK\x06\x06" in out
    assert b"PK\x06\x07" in out


def test_past_four_gibibytes_other_programs_read_it(tmp_path: Path) -> None:
    """Only its lists are made here: the rest is a hole, and nothing of it is written."""
    with (tmp_path / "x.zip").open("wb") as file:
        pack = Pack(file)
        pack._entries.append(_Entry(b"a.csv", (4 << 30) + 5, 7, 5 << 30))
        pack.size = file.seek(10 << 30)
        pack.close()
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        (found,) = archive.infolist()
    assert (found.file_size, found.compress_size, found.header_offset) == ((4 << 30) + 5, (4 << 30) + 5, 5 << 30)


def forged(path: Path, files: dict[str, bytes], said: bytes | None = None, method: int = zipfile.ZIP_STORED) -> Path:
    """As somebody else may send it."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr(MANIFEST, manifest_of(files) if said is None else said)
    return path


BAD: dict[str, tuple[dict[str, bytes], bytes | None, int]] = {
    "leads out": ({"../a.csv": b"1"}, None, zipfile.ZIP_STORED),
    "absolute": ({"/etc/passwd": b"1"}, None, zipfile.ZIP_STORED),
    "backslash": ({"..\\a.csv": b"1"}, None, zipfile.ZIP_STORED),
    "device": ({"con.csv": b"1"}, None, zipfile.ZIP_STORED),
    "twice by case": ({"a.csv": b"1", "A.CSV": b"1"}, None, zipfile.ZIP_STORED),
    "file and folder": ({"a": b"1", "a/b": b"1"}, None, zipfile.ZIP_STORED),
    "bomb": ({"a.csv": bytes(1 << 22)}, None, zipfile.ZIP_DEFLATED),
    "no manifest": ({"a.csv": b"1"}, b"{}", zipfile.ZIP_STORED),
    "deep": ({"a.csv": b"1"}, b"[" * 100_000, zipfile.ZIP_STORED),
    "other version": (
        {"a.csv": b"1"},
        manifest_of({"a.csv": b"1"}).replace(b"parts/1", b"parts/2"),
        zipfile.ZIP_STORED,
    ),
    "other bytes": ({"a.csv": b"1"}, manifest_of({"a.csv": b"2"}), zipfile.ZIP_STORED),
    "another file": ({"a.csv": b"1"}, manifest_of({"b.csv": b"1"}), zipfile.ZIP_STORED),
    "one too many": ({"a.csv": b"1", "b.csv": b"1"}, manifest_of({"a.csv": b"1"}), zipfile.ZIP_STORED),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_as_it_says_leaves_nothing(tmp_path: Path, name: str) -> None:
    files, said, method = BAD[name]
    archive = forged(tmp_path / "x.zip", files, said, method)
    with pytest.raises(InputError):
        unpack(archive, tmp_path / "in" / "folder")
    assert sorted(path.name for path in tmp_path.rglob("*")) in (["x.zip"], ["in", "x.zip"])


@given(st.binary(max_size=400), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_damage_is_told(tmp_path_factory: pytest.TempPathFactory, damage: bytes, place: int) -> None:
    folder = tmp_path_factory.mktemp("damage")
    whole = written(folder / "out", FILES).read_bytes()
    at = place % len(whole)
    (folder / "x.zip").write_bytes(whole[:at] + damage + whole[at + len(damage) :])
    is_packed(folder / "x.zip")
    try:
        unpack(folder / "x.zip", folder / "in")
    except InputError:
        assert not (folder / "in").exists()
    else:
        assert (folder / "in" / "a.csv").read_bytes() == FILES["a.csv"]


@given(st.lists(st.text(max_size=40), max_size=20))
@settings(deadline=None)
def test_names_are_harmless_whatever_the_parts_are_called(parts: list[str]) -> None:
    names = FileNames([MANIFEST])
    given_names = [names.table(part, ".csv") if n % 2 else names.other(part) for n, part in enumerate(parts)]
    assert are_harmless([*given_names, MANIFEST])


def test_deep_folders_below_the_name_of_a_file() -> None:
    names = FileNames()
    given = [names.other("x"), names.table("x/" + "/".join(["日本" * 50] * 14) + "/z", ".csv")]
    assert are_harmless(given)
    assert "/" not in given[1]


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("visits.csv", "visits.csv"),
        ("clinic.xlsx#Visits", "clinic.xlsx/Visits.csv"),
        ("public.visits", "public.visits.csv"),
        ("a/b.parquet", "a/b.csv"),
        ("../../etc/passwd", "etc/passwd.csv"),
        ("old.csv.gz", "old.csv"),
    ],
)
def test_names_of_tables(part: str, name: str) -> None:
    assert FileNames().table(part, ".csv") == name


def test_what_is_no_archive_of_parts(tmp_path: Path) -> None:
    assert not is_packed(tmp_path / "missing.zip")
    (tmp_path / "plain.zip").write_bytes(b"")
    assert not is_packed(tmp_path / "plain.zip")
