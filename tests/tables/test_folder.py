"""Folders: what is in them is read or named, and nothing outside of them is touched."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tegata.model.errors import InputError
from tegata.tables import open_collection
from tests.tables import writing
from tests.tables.contract import PEOPLE


def test_files_of_every_form_in_the_order_of_names(tmp_path: Path) -> None:
    writing.csv_file(tmp_path / "b" / "people.csv", PEOPLE)
    writing.json_lines(tmp_path / "b" / "a.jsonl", PEOPLE)
    writing.workbook(tmp_path / "c.xlsx", {"one": PEOPLE, "two": PEOPLE})
    writing.sqlite(tmp_path / "a.db", {"t": PEOPLE})
    writing.zip_file(tmp_path / "d.zip", {"x.csv": writing.as_csv(PEOPLE)})
    names = [part.name for part in open_collection(tmp_path).parts]
    assert names == ["a.db#t", "c.xlsx#one", "c.xlsx#two", "d.zip/x.csv", "b/a.jsonl", "b/people.csv"]


def test_what_is_no_table_is_named_with_its_reason(tmp_path: Path) -> None:
    writing.csv_file(tmp_path / "t.csv", PEOPLE)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG" + bytes(range(256)))
    (tmp_path / "torn.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    (tmp_path / "none").touch()
    os.mkfifo(tmp_path / "pipe")
    found = open_collection(tmp_path)
    assert {one.name: one.why.en for one in found.unread} == {
        "pipe": "not a regular file",
        "torn.zip": "it has no end",
    }
    picture = found.part("picture.png")
    with pytest.raises(InputError, match="binary"):
        picture.open()
    assert [note.en for note in found.notes] == ["empty files: 1"]


def test_links_are_not_followed_out_and_not_read_twice(tmp_path: Path) -> None:
    outside = writing.csv_file(tmp_path / "outside" / "secret.csv", PEOPLE)
    inside = writing.csv_file(tmp_path / "in" / "t.csv", PEOPLE)
    for name, target in (
        ("again.csv", inside),
        ("out.csv", outside),
        ("out", outside.parent),
        ("self", tmp_path / "in" / "self"),
        ("nowhere", tmp_path / "nothing"),
        ("up", tmp_path),
        ("round", tmp_path / "in"),
    ):
        (tmp_path / "in" / name).symlink_to(target)
    found = open_collection(tmp_path / "in")
    assert [part.name for part in found.parts] == ["t.csv"]
    assert sorted(one.name for one in found.unread) == ["nowhere", "out", "out.csv", "self", "up"]


def test_names_that_are_no_text_can_be_told(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.csv"
    with open(path, "w") as file:
        file.write("a,b\n1,2\n")
    (part,) = open_collection(tmp_path).parts
    assert part.name == "\\xff.csv"
    assert part.open().columns == ("a", "b")


def test_deep_folders_take_no_stack(tmp_path: Path) -> None:
    place = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1_200):
        os.mkdir("d", dir_fd=place)
        below = os.open("d", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = below
    os.close(place)
    writing.csv_file(tmp_path / "t.csv", PEOPLE)
    try:
        assert [part.name for part in open_collection(tmp_path).parts] == ["t.csv"]
    finally:  # what clears up after tests has a stack
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)


def test_what_desktops_leave_is_passed_over_and_an_empty_folder_told(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").write_bytes(bytes(range(256)))
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "._t.csv").write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match="holds no table"):
        open_collection(tmp_path)
