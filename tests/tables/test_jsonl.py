"""JSON lines and lists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tegata.model.errors import InputError
from tegata.tables import digest_file, open_source
from tests.shared_data import shared_data


def read(path: Path, data: bytes) -> tuple[tuple[str, ...], list[tuple[str | None, ...]]]:
    path.write_bytes(data)
    source = open_source(path)
    rows = [row for frame in source.batches() for row in frame.rows()]
    assert source.digest == digest_file(path)
    return source.columns, rows


def test_nested_objects_become_dotted_columns(tmp_path: Path) -> None:
    data = (
        '{"id": 1, "name": {"first": "花子", "last": ""}}\n\n{"id": 2.50, "tags": ["a", 1.10], "on": true}\r\n{"x": {}}'
    )
    columns, rows = read(tmp_path / "t.jsonl", data.encode())
    assert columns == ("id", "name.first", "name.last", "tags", "on", "x")
    assert rows == [
        ("1", "花子", None, None, None, None),
        ("2.50", None, None, '["a",1.10]', "true", None),
        (None, None, None, None, None, "{}"),
    ]


def test_a_key_that_comes_late_is_a_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.tables.jsonl.BLOCK", 64)
    columns, rows = read(tmp_path / "t.jsonl", b'{"a": "x"}\n' * 50 + b'{"ssn": "y"}\n')
    assert columns == ("a", "ssn")
    assert len(rows) == 51
    assert rows[-1] == (None, "y")


def test_paths_that_look_alike_stay_apart(tmp_path: Path) -> None:
    columns, rows = read(tmp_path / "t.jsonl", b'{"a.b": "1", "a": {"b": "2"}}\n{"a": "3"}\n')
    assert columns == ("a.b", "a.b_2", "a")
    assert rows == [("1", "2", None), (None, None, "3")]


def test_a_list_of_objects(tmp_path: Path) -> None:
    assert read(tmp_path / "t.json", b'\xef\xbb\xbf[\n {"a": 1},\n {"b": null, "a": 123456789012345678901}\n]\n') == (
        ("a", "b"),
        [("1", None), ("123456789012345678901", None)],
    )


def test_a_long_list_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.tables.jsonl.MAX_DOCUMENT", 10)
    with pytest.raises(InputError, match="one long JSON document"):
        read(tmp_path / "t.json", b'[{"a": 1}, {"a": 2}]')


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1}\n{"a": 1, "a": 2}\n', "line 2: a name occurs twice"),
        (b'{"a": 1}\n[1]\n', "line 2: not an object"),
        (b'{"a": NaN}\n', "line 1: NaN"),
        (b'{"a": 1}\n{"a": 1\n', "line 2"),
        (b'{\n"a": 1,\n}\n', "line 3"),
        (b"[1, 2]", "something else than objects"),
        (b'{"a": "\\ud800"}\n', "half a character"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", "nested too deeply"),
    ],
)
def test_malformed(tmp_path: Path, data: bytes, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        read(tmp_path / "t.jsonl", data)


def test_deep_objects_stay_text(tmp_path: Path) -> None:
    columns, rows = read(tmp_path / "t.jsonl", b'{"a":' * 40 + b"1" + b"}" * 40)
    assert columns == (".".join("a" * 32),)
    assert rows == [('{"a":' * 8 + "1" + "}" * 8,)]


def test_a_line_without_end_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.tables.jsonl.BLOCK", 64)
    monkeypatch.setattr("tegata.tables.jsonl.MAX_RECORD", 1000)
    with pytest.raises(InputError, match="line 2: longer than 16 MiB"):
        read(tmp_path / "t.jsonl", b'{"a": 1}\n{"a": "' + b"x" * 5000 + b'"}\n')


def test_hostile_json_never_escapes_as_another_error() -> None:
    """RFC 8259 torture files: read, or refused with our own error."""
    read_files = 0
    for path in sorted(shared_data("jsonparsing").rglob("*.json")):
        try:
            list(open_source(path).batches())
            read_files += 1
        except InputError:
            continue
    assert read_files > 10


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"a": 1, "b": {"c": "x"}}, [{"a": "1", "b.c": "x"}]),
        (
            {"made": "2024", "people": [{"n": "x"}, {"n": "y"}]},
            [{"made": "2024", "n": "x"}, {"made": "2024", "n": "y"}],
        ),
        ({"a": [{"n": 1}], "b": [{"n": 2}]}, [{"a": '[{"n":1}]', "b": '[{"n":2}]'}]),
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_one_document_that_holds_a_table(
    tmp_path: Path, document: object, expected: list[dict[str, str]], indent: int | None
) -> None:
    (tmp_path / "t.json").write_text(json.dumps(document, indent=indent))
    frames = list(open_source(tmp_path / "t.json").batches())
    assert [row for frame in frames for row in frame.to_dicts()] == expected


def feature(geometry: object, /, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "id": 7, "geometry": geometry, "properties": properties}


@pytest.mark.parametrize("lines", [True, False])
def test_features_have_places_in_columns(tmp_path: Path, lines: bool) -> None:
    """A route is told by its finest position; RFC 7946 writes longitude first."""
    features = [
        feature({"type": "Point", "coordinates": [139.76, 35.681]}, name="x"),
        feature({"type": "LineString", "coordinates": [[1, 2], [139.123456, 35.5], [3, 4]]}, name="y"),
        feature(None, geometry="mine"),
        feature({"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [5.5, 6.25]}]}),
    ]
    text = (
        "\n".join(map(json.dumps, features))
        if lines
        else json.dumps({"type": "FeatureCollection", "features": features})
    )
    (tmp_path / "t.geojson").write_text(text)
    rows = [row for frame in open_source(tmp_path / "t.geojson").batches() for row in frame.to_dicts()]
    assert [(row["geometry.longitude"], row["geometry.latitude"]) for row in rows] == [
        ("139.76", "35.681"),
        ("139.123456", "35.5"),
        (None, None),
        ("5.5", "6.25"),
    ]
    assert rows[1]["geometry.coordinates"] == "[[1,2],[139.123456,35.5],[3,4]]"
    assert [row["name"] for row in rows] == ["x", "y", None, None]
    assert rows[2]["properties.geometry"] == "mine"
