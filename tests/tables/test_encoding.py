"""Which encoding a text is in, and damaged text."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError
from tegata.tables import open_source
from tegata.tables.encoding import Transcoder

TEXT = "氏名,住所,備考\n" + "山田太郎,東京都港区芝公園四丁目,ｶﾅ半角とＡＢＣ\n鈴木花子,大阪府大阪市北区,なし\n" * 40


@pytest.mark.parametrize(
    ("codec", "detected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp932", "cp932"),
        ("euc_jp", "euc_jp"),
        ("utf-16", "utf-16"),
    ],
)
def test_japanese_text(tmp_path: Path, codec: str, detected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.encode(codec))
    monkeypatch.setattr("tegata.tables.csv.BLOCK", 301)  # an odd number: characters of two bytes are cut
    source = open_source(path)
    rows = [row for frame in source.batches() for row in frame.rows()]
    assert source.format.encoding == detected
    assert source.notes == ()
    assert source.columns == ("氏名", "住所", "備考")
    assert rows == [tuple(line.split(",")) for line in TEXT.splitlines()[1:]]


def test_japanese_that_comes_late_is_recognised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.tables.encoding._SAMPLE", 1000)
    monkeypatch.setattr("tegata.tables.encoding.BLOCK", 1001)
    path = tmp_path / "t.csv"
    path.write_bytes(b"name,place\n" + b"x y,z\n" * 5000 + "山田太郎,東京都\n".encode("cp932"))
    source = open_source(path)
    assert source.format.encoding == "cp932"
    assert list(source.batches())[-1].rows()[-1] == ("山田太郎", "東京都")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_without_mark(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("name,place\nÅsa,Malmö\nBo,Lund\n".encode(codec))
    source = open_source(path)
    assert source.format.encoding == codec
    assert next(iter(source.batches())).rows() == [("Åsa", "Malmö"), ("Bo", "Lund")]


def test_western_text_is_read_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("nom,ville,prix\nHélène,Orléans,3 €\nBjörn,Göteborg,4 €\n".encode("cp1252"))
    source = open_source(path)
    assert next(iter(source.batches())).rows()[0] == ("Hélène", "Orléans", "3 €")
    assert [note.en for note in source.notes] == [
        "the text encoding could not be recognised and was read as cp1252: letters beyond ASCII may be wrong"
    ]
    assert "cp1252" in source.notes[0].ja


@pytest.mark.parametrize("place", ["first block", "later block"])
def test_a_wrong_byte_is_named_by_offset_and_line(tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = "山田太郎,東京都\n".encode()
    count = 3 if place == "first block" else 200
    data = "氏名,住所\n".encode() + line * count + b"\xff\xfe,x\n" + line * 300
    monkeypatch.setattr("tegata.tables.csv.BLOCK", 1000)
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        list(open_source(path).batches())
    assert f"offset {data.index(0xFF)} (line {count + 2})" in str(caught.value)
    assert all("`" in part or part for part in caught.value.parts("ja"))


def test_a_wrong_byte_in_cp932(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = "山田太郎,東京都\n".encode("cp932")
    data = "氏名,住所\n".encode("cp932") + line * 200 + (wrong := b"\x81\x20") + b",x\n" + line * 300
    monkeypatch.setattr("tegata.tables.csv.BLOCK", 1001)
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match=rf"offset {data.index(wrong)} \(line 202\)"):
        list(open_source(path).batches())


@settings(deadline=None, max_examples=60)
@given(
    text=st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=60),
    codec=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-8-sig"]),
    size=st.integers(1, 7),
)
def test_blocks_may_cut_characters_anywhere(text: str, codec: str, size: int) -> None:
    data = text.encode(codec)
    transcoder = Transcoder(Path("t"), codec)
    parts = [transcoder.feed(data[start : start + size]) for start in range(0, len(data), size)]
    joined = b"".join([*parts, transcoder.feed(b"", final=True)]).decode()
    assert joined == data.decode(codec)


@settings(deadline=None, max_examples=60)
@given(
    line=st.integers(0, 30),
    column=st.integers(0, 4),
    size=st.integers(1, 40),
    codec=st.sampled_from(["cp932", "utf-8"]),
)
def test_the_place_of_a_wrong_byte_is_exact(line: int, column: int, size: int, codec: str) -> None:
    good = "漢字,かな\n".encode(codec)
    before = good * line + "漢".encode(codec) * column
    data = before + (b"\xff" if codec == "utf-8" else b"\x81\x20") + good
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    with TemporaryDirectory() as folder:
        path = Path(folder, "t")
        path.write_bytes(data)
        transcoder = Transcoder(path, codec)
        with pytest.raises(InputError, match=rf"offset {len(before)} \(line {line + 1}\)"):
            [transcoder.feed(part) for part in parts]


@pytest.mark.parametrize("codec", ["cp932", "euc_jp"])
@pytest.mark.parametrize("most", ["utf-8", "other"])
def test_two_encodings_in_one_file_are_told_not_mistaken(tmp_path: Path, codec: str, most: str) -> None:
    """Bytes of one read in the other are letters too, only wrong ones: nobody would recognise a name in them."""
    first, second = ("utf-8", codec) if most == "utf-8" else (codec, "utf-8")
    head, *lines = TEXT.splitlines(keepends=True)
    path = tmp_path / "t.csv"
    path.write_bytes((head + "".join(lines)).encode(first) + "".join(lines[:3]).encode(second))
    source = open_source(path)
    with pytest.raises(InputError, match=f"line {2 + len(lines)}"):
        list(source.batches())
    assert source.format.encoding == first
    assert source.columns == ("氏名", "住所", "備考")


def test_one_name_in_another_encoding_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("患者氏名,n\n".encode() + b"x,1\n" * 50 + "佐藤花子,2\n".encode("cp932"))
    with pytest.raises(InputError, match="line 52"):
        list(open_source(path).batches())


WRONG = [b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\xe0\x80", b"\xf0\x9f\x98", b"\x80", b"\xf4\x90\x80\x80", b"\xc3"]


@settings(deadline=None, max_examples=150)
@given(
    text=st.text(alphabet="aé漢😀\n", max_size=8),
    wrong=st.sampled_from(WRONG),
    after=st.text(alphabet="aé漢😀\n", max_size=4),
    cuts=st.lists(st.integers(0, 60), max_size=3),
)
def test_what_stands_before_a_wrong_byte_is_given_wherever_blocks_end(
    text: str, wrong: bytes, after: str, cuts: list[int]
) -> None:
    """As Python's own decoder of the whole says it: surrogates, overlong forms and stray bytes are none."""
    data = text.encode() + wrong + after.encode()
    with pytest.raises(UnicodeDecodeError) as want:
        data.decode()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    blocks = [data[start:end] for start, end in itertools.pairwise(edges)]
    with TemporaryDirectory() as folder:
        path = Path(folder, "t")
        path.write_bytes(data)
        got: list[bytes] = []
        with pytest.raises(InputError, match=f"offset {want.value.start} "):
            got.extend(read(path, blocks))
    assert text.encode().startswith(b"".join(got))


def read(path: Path, blocks: list[bytes]) -> Iterator[bytes]:
    transcoder = Transcoder(path, "utf-8")
    for number, block in enumerate(blocks, 1):
        yield from transcoder.texts(block, final=number == len(blocks))
