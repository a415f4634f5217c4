"""Records inside cells are unfolded: what stands at a path is recognised, counted and told of under its column."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.profile import Find
from tegata.scan.nested import ELEMENTS, unfolding
from tegata.scan.scanning import Findings
from tests.scan.making import card, email, look, my_number, ssn, table

ROWS = range(60)


def cells(*columns: list[Any]) -> Findings:
    names = ("payload", "other")
    texts = ([one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in c] for c in columns)
    return look(table(dict(zip(names, map(list, texts), strict=False))))


def finds(found: Findings) -> dict[str, Find]:
    return {find.path: find for find in found.columns[0].finds}


def patient(n: int) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": f"p{n}",
        "name": [{"family": "Sato", "given": ["Hanako", "M"]}],
        "identifier": [{"system": "urn:example", "value": my_number(n)}],
        "birthDate": f"19{50 + n % 50}-01-02",
        "contact": {"telecom": [{"use": "home", "value": email(n)}]},
    }


def test_paths_of_fhir_resources() -> None:
    found = finds(cells([patient(n) for n in ROWS]))
    assert {path: find.recogniser for path, find in found.items()} == {
        ".name[].family": "person.family_name",
        ".name[].given": "person.given_name",
        ".identifier[].value": "jp.my_number",
        ".birthDate": "person.birth_date",
        ".contact.telecom[].value": "contact.email",
    }
    assert {find.cells for find in found.values()} == {60}


def test_subjects_are_told_apart_by_what_stands_inside() -> None:
    (contact, government) = cells([patient(n % 40) for n in ROWS]).counted.subjects
    assert (government.n, government.exact, government.residents) == (40, True, {"JP": 40})
    assert (contact.n, contact.key) == (40, ("payload.identifier[0].value",))


def test_fields_of_hl7_messages() -> None:
    messages = [
        f"MSH|^~\\&|A|B|C|D|20240101||ADT^A01|{n}|P|2.5\rPID|1||P{n:06}^^^H||DOE^JANE||19800{1 + n % 9}01|F|||"
        f"12 High Street^^Town||||||||{ssn(n + 1)}\rDG1|1||E11.{n % 9}|Diabetes"
        for n in ROWS
    ]
    found = finds(cells(messages))
    assert found[".PID[]-5 patient name"].category == "identifier.contact"
    assert found[".PID[]-19 ssn"].recogniser == "us.ssn"
    assert found[".DG1[]-3 diagnosis code"].category == "health"


def test_every_element_of_a_list_may_be_another_person() -> None:
    wards = [{"ward": n, "patients": [{"ssn": ssn(20 * n + k)} for k in range(n % 12)]} for n in ROWS]
    people = len({one["ssn"] for ward in wards for one in ward["patients"]})  # type: ignore[index, union-attr]
    (count,) = cells(wards).counted.subjects
    assert people <= count.n <= people + sum(max(0, n % 12 - ELEMENTS) for n in ROWS)
    assert not count.exact


def test_repeated_parts_without_a_name_belong_to_the_subject_of_the_row() -> None:
    rows = [{"patient_id": f"P{n}", "tests": [{"hba1c": "7.1"}, {"hba1c": "7.3"}]} for n in ROWS]
    (count,) = cells(rows).counted.subjects
    assert (count.category, count.n, count.exact) == ("health", 60, True)


def test_what_has_no_column_is_searched_as_text() -> None:
    deep: Any = {"card": card(1)}
    for _ in range(40):
        deep = {"in": deep}
    rows = [{"id": n, "in": deep if n == 7 else {"card": card(n)} if n % 20 == 0 else None} for n in range(200)]
    found = cells(rows)
    assert "financial" in found.columns[0].categories


def test_a_name_used_twice_hides_nothing() -> None:
    rows = [f'{{"a": "{card(n)}", "a": "none"}}' for n in ROWS]
    (find,) = cells(rows).columns[0].finds
    assert (find.recogniser, find.cells, find.path) == ("money.card", 60, "")


def test_keys_that_are_values_are_not_told() -> None:
    rows = [{email(n): {"visits": n}, "n": n} for n in ROWS]
    profile = cells(rows)
    assert profile.columns[0].categories == ("ordinary", "identifier.contact")
    assert "example.com" not in msgspec.json.encode(profile.columns).decode()


def test_records_that_come_late_are_met() -> None:
    late: list[str | None] = [None] * 300 + [json.dumps({"card": card(n)}) for n in range(300)]
    frame = table({"x": late, "y": [str(n) for n in range(600)]})
    (find,) = look(frame, rows=100).columns[0].finds
    assert (find.path, find.cells) == (".card", 300)


def test_a_column_of_the_same_name_is_not_hidden() -> None:
    frame = table({"a": [json.dumps({"card": card(n)}) for n in ROWS], "a.card": [str(n) for n in ROWS]})
    found = look(frame)
    assert [column.name for column in found.columns] == ["a", "a.card"]
    assert found.columns[0].categories == ("ordinary", "financial")


def test_lists_of_numbers_and_words_stay_cells() -> None:
    vector = "[" + ", ".join(f"0.{n}" for n in range(100, 130)) + "]"
    vectors = [vector.replace("0.115", f"0.{n}") for n in range(200, 240)]
    found = look(table({"face_embedding": list(vectors), "email": [email(n) for n in range(40)]}))
    assert found.columns[0].recogniser == "biometric.vector"


def test_the_table_keeps_its_columns() -> None:
    found = cells([patient(n) for n in ROWS], [str(n) for n in ROWS])
    assert [column.name for column in found.columns] == ["payload", "other"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(st.text(max_size=6), JSON, min_size=1, max_size=4), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_whatever_a_record_is_nothing_is_lost(records: list[dict[str, Any]]) -> None:
    """Every text of a record stands in one of the columns that it unfolds into, and nothing stops the scan."""
    texts = [json.dumps(record) for record in records]
    frame = table({"x": list(texts)})
    sample = pl.DataFrame({"column": [0] * len(texts), "cell": texts}, schema={"column": pl.UInt32, "cell": pl.String})
    found = unfolding(["x"], sample)
    unfolded, _ = found.applied(frame)
    for record, row in zip(records, unfolded.rows(), strict=True):
        everything = " ".join(text for text in row[1:] if text)
        for value in record.values():
            if found and isinstance(value, str):
                assert value.encode(errors="replace").decode() in everything
    assert look(frame).rows == len(texts)


def test_columns_are_bounded_and_what_is_beyond_is_searched_as_text() -> None:
    wide = {f"c{n:02}": [json.dumps({f"k{k}": card(60 * n + k) for k in range(100)})] * 3 for n in range(30)}
    found = look(table({name: list(cells) for name, cells in wide.items()}))
    assert all("financial" in column.categories for column in found.columns)


def test_a_long_text_of_many_values_is_searched_in_time() -> None:
    """What the text says of its values is asked once for each text."""
    text = "call 090-1234-5678 now " * 100_000
    (find,) = look(table({"x": [text, text + "."]})).columns[0].finds
    assert (find.recogniser, find.cells) == ("contact.phone_jp", 2)
