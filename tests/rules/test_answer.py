"""One line of text as a fact, as people write it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.errors import FactError
from tegata.rules import fact_schema
from tegata.rules.answer import fact_and_part, read_answer, read_number
from tegata.rules.facts import FactSpec

SCHEMA = fact_schema()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("data.personal", "yes", True),
        ("data.personal", "はい", True),
        ("data.personal", " N\n", False),
        ("data.personal", "unknown", None),
        ("data.personal", "", None),
        ("data.form", "encrypted", "encrypted"),
        ("recipient.located_in", "NO", "NO"),
        ("data.subject_countries", "US, DE", ["DE", "US"]),
        ("data.subject_countries", '["US","DE"]', ["DE", "US"]),
        ("data.subject_countries", "none", []),
        ("data.precision_m", "12.5", 12.5),
        ("subjects.us_devices", "1000", 1000),
        ("subjects.us_persons", "health=1000, financial: 20", {"financial": 20, "health": 1000}),
        ("subjects.us_persons", "{health: 1000}", {"health": 1000}),
        ("subjects.us_persons", "none", {}),
    ],
)
def test_what_people_write_is_understood(name: str, text: str, value: Any) -> None:
    assert read_answer(SCHEMA.spec(name), text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("data.personal", "maybe"),
        ("recipient.located_in", "Germany"),
        ("data.subject_countries", "US, Germany"),
        ("subjects.us_devices", "many"),
        ("subjects.us_devices", "1.5"),
        ("subjects.us_devices", "-1"),
        ("subjects.us_persons", "health"),
        ("subjects.us_persons", "wealth=1"),
        ("data.precision_m", "{"),
    ],
)
def test_what_does_not_fit_is_refused(name: str, text: str) -> None:
    with pytest.raises(FactError, match=name.split(".", 1)[0]):
        read_answer(SCHEMA.spec(name), text)


@given(st.sampled_from(SCHEMA.specs), st.text(max_size=40))
def test_whatever_is_written_ends_in_a_value_or_a_sentence(spec: FactSpec, text: str) -> None:
    try:
        value = read_answer(spec, text)
    except FactError as error:
        japanese = error.parts("ja")[0]
    else:
        japanese = "読めた"
        written = str(value).lower() if isinstance(value, bool) else str(value)
        assert value is None or read_answer(spec, written) == value
    assert japanese


def test_one_number_of_a_count_has_a_name_of_its_own() -> None:
    spec, part = fact_and_part(SCHEMA, "subjects.us_persons.health")
    assert (spec.name, part, read_number(spec, part, " 12 ")) == ("subjects.us_persons", "health", 12)
    assert read_number(spec, part, "unknown") is None
    assert fact_and_part(SCHEMA, "data.form")[1] == ""
    for wrong in ("subjects.us_persons.wealth", "subjects.us_person.health"):
        with pytest.raises(FactError):
            fact_and_part(SCHEMA, wrong)
    for text in ("1.5", "true", "2026-01-01", "x", "-1"):
        with pytest.raises(FactError):
            read_number(spec, part, text)
