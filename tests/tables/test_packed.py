"""Tables packed with gzip or zstd: read as what was packed, bound to the packed bytes; bombs and stumps are told."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from tegata.model.errors import InputError, NoTableError
from tegata.scan import scan_collection
from tegata.tables import open_collection, open_source, packed
from tegata.zstd import library as zstd
from tests.tables import writing
from tests.tables.contract import FILLED, PEOPLE, SourceContract, Table, rows_of


class TestCsvGz(SourceContract):
    def write(self, folder: Path, table: Table) -> Path:
        return gz(folder / "t.csv.gz", csv_of(table))


class TestCsvZst(SourceContract):
    def write(self, folder: Path, table: Table) -> Path:
        folder.mkdir(exist_ok=True, parents=True)
        path = folder / "t.csv.zst"
        path.write_bytes(zst(csv_of(table)))
        return path


class TestJsonLinesGz(SourceContract):
    keeps_columns = False

    def write(self, folder: Path, table: Table) -> Path:
        return gz(folder / "t.jsonl.gz", writing.json_lines(folder / "t.jsonl", table).read_bytes())


class TestXmlGz(SourceContract):
    keeps_columns = False

    def write(self, folder: Path, table: Table) -> Path:
        return gz(folder / "t.xml.gz", writing.xml(folder / "t.xml", table).read_bytes())


def csv_of(table: Table) -> bytes:
    return writing.as_csv(table).encode()


def gz(path: Path, data: bytes) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(gzip.compress(data, mtime=0))
    return path


def zst(data: bytes, level: int = 3, **options: int) -> bytes:
    parameters = {zstd.CompressionParameter[name]: value for name, value in options.items()}
    return zstd.compress(data, options={zstd.CompressionParameter.compression_level: level, **parameters})


def noisy(rows: int) -> bytes:
    """A table that packs badly."""
    cells = (hashlib.sha256(b"%d" % n).hexdigest() for n in range(rows))
    return csv_of([("patient_id", "email"), *((f"P-{n:06}", f"{cell}@example.org") for n, cell in enumerate(cells))])


def test_the_digest_is_that_of_the_file_as_it_lies_there(tmp_path: Path) -> None:
    path = gz(tmp_path / "t.csv.gz", csv_of(PEOPLE))
    source, told = open_source(path), list[tuple[int, int]]()
    list(source.batches(lambda done, of: told.append((done, of))))
    assert source.digest == "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


def test_several_members_and_padding_are_one_file(tmp_path: Path) -> None:
    """As `cat a.gz b.gz`, and as bgzip writes VCF (RFC 1952, 2.2)."""
    data = csv_of(PEOPLE)
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(data[:20]) + gzip.compress(data[20:]) + gzip.compress(b"") + bytes(512))
    assert rows_of(open_source(path)) == FILLED


def test_a_document_is_known_by_what_was_packed(tmp_path: Path) -> None:
    """Packed it is far smaller than what says whether the first line is all that there is."""
    lines = [json.dumps({"email": f"a{n}@example.org", "pad": " " * 2_000}) for n in range(3_000)]
    assert (
        sum(frame.height for frame in open_source(gz(tmp_path / "a.gz", "\n".join(lines).encode())).batches()) == 3_000
    )
    assert rows_of(open_source(gz(tmp_path / "b.gz", b'[{"a": 1}, {"a": 2}]'))) == [("1",), ("2",)]


def test_in_folders_and_archives(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    gz(folder / "a.csv.gz", csv_of(PEOPLE))
    writing.zip_file(folder / "z.zip", {"b.csv.gz": gzip.compress(csv_of(PEOPLE))})
    found = open_collection(folder)
    assert [part.name for part in found.parts] == ["a.csv.gz", "z.zip/b.csv.gz"]
    assert [rows_of(part.open()) for part in found.parts] == [FILLED, FILLED]


@pytest.mark.parametrize("stump", [30, 3_000, -1])
def test_a_stump_is_told_as_far_as_it_goes(tmp_path: Path, stump: int) -> None:
    rows = [
        (f"P-{n:06}", f"a{hashlib.sha256(bytes([n % 251])).hexdigest()[: n % 9]}{n}@example.org") for n in range(9_000)
    ]
    path = gz(tmp_path / "t.csv.gz", csv_of([("patient_id", "email"), *rows]))
    path.write_bytes(path.read_bytes()[:stump])
    if stump == 30:
        with pytest.raises(InputError, match="cut off"):
            scan_collection(open_collection(path), torn=True)
        return
    profile = scan_collection(open_collection(path), torn=True)
    assert 0 < profile.rows <= len(rows)
    assert "cut off" in profile.unread[0].why.en
    assert "health" in profile.categories
    with pytest.raises(InputError, match="cut off"):
        list(open_source(path).batches())


def test_damage_is_noticed(tmp_path: Path) -> None:
    """The last record is changed, and the sum that stands behind it (RFC 1952, 2.3.1) no longer holds."""
    path = tmp_path / "t.csv.gz"
    data = bytearray(gzip.compress(csv_of(PEOPLE), compresslevel=0))
    data[data.rindex(b"Zo")] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        list(open_source(path).batches())
    path.write_bytes(gzip.compress(csv_of(PEOPLE)) + b"behind")
    with pytest.raises(InputError, match="damaged"):
        list(open_source(path).batches())


def test_a_bomb_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "LEAST_ROOM", 1 << 16)
    path = gz(tmp_path / "t.csv.gz", b"a,b\n" + b"1,2\n" * 600_000)
    with pytest.raises(InputError, match="256 times"):
        list(open_source(path).batches())
    profile = scan_collection(open_collection(path), torn=True)
    assert 0 < profile.rows < 600_000
    assert "256 times" in profile.unread[0].why.en


def test_what_is_read_in_any_order_is_named(tmp_path: Path) -> None:
    pl.DataFrame({"a": ["x"]}).write_parquet(tmp_path / "t.parquet")
    path = gz(tmp_path / "t.parquet.gz", (tmp_path / "t.parquet").read_bytes())
    with pytest.raises(NoTableError, match="parquet, compressed with gzip"):
        open_collection(path)
    with pytest.raises(InputError, match="gzip"):
        list(open_source(gz(tmp_path / "t.gz.gz", gzip.compress(b"a,b\n1,2\n"))).batches())


@pytest.mark.parametrize("level", [-5, 1, 3, 19])
def test_zstd_of_every_common_level(tmp_path: Path, level: int) -> None:
    data = noisy(500)
    path = tmp_path / "t.csv.zst"
    path.write_bytes(zst(data, level))
    source = open_source(path)
    assert len(rows_of(source)) == 500
    assert source.digest == "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def test_several_frames_and_frames_to_skip_are_one_file(tmp_path: Path) -> None:
    """As `cat a.zst b.zst`, and as pzstd writes (RFC 8878, 3.1)."""
    data = csv_of(PEOPLE)
    skipped = b"\x50\x2a\x4d\x18" + (7).to_bytes(4, "little") + b"nothing"
    path = tmp_path / "t.csv.zst"
    path.write_bytes(zst(data[:20]) + skipped + zst(data[20:]) + zst(b""))
    assert rows_of(open_source(path)) == FILLED


def dictionary() -> zstd.ZstdDict:
    return zstd.train_dict([b"patient %d, ward %d\n" % (n, n % 7) * 9 for n in range(999)], 2_000)


HARMS = {
    "cut in a frame": (lambda: zst(noisy(9_000))[:-9], "cut off"),
    "cut at once": (lambda: zst(noisy(10))[:9], "cut off"),
    "a changed byte": (lambda: _flipped(zst(noisy(10), checksum_flag=1)), "damaged"),
    "something behind": (lambda: zst(noisy(10)) + b"behind", "damaged"),
    "a dictionary": (lambda: zstd.compress(noisy(10), zstd_dict=dictionary()), "damaged.*[Dd]ictionary"),
    "a window of 128 MiB": (lambda: _wide(noisy(10)), "damaged.*memory"),
}


def _wide(data: bytes) -> bytes:
    """With a size that is not told, so that the whole window counts."""
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    return packer.compress(data) + packer.flush()


def _flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize("name", HARMS)
def test_zstd_that_cannot_be_unpacked_is_told(tmp_path: Path, name: str) -> None:
    harm, said = HARMS[name]
    path = tmp_path / "t.csv.zst"
    path.write_bytes(harm())
    with pytest.raises(InputError, match=said):
        list(open_source(path).batches())


def test_a_bomb_of_zstd_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that it is small, and would be 10,000 times as large."""
    monkeypatch.setattr(packed, "LEAST_ROOM", 1 << 16)
    path = tmp_path / "t.csv.zst"
    path.write_bytes(zst(b"a,b\n" + b"1,2\n" * 600_000))
    with pytest.raises(InputError, match="256 times"):
        list(open_source(path).batches())
