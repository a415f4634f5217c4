"""Flow files: read strictly, unknown never guessed."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.errors import FactError, TegataError
from tegata.rules import fact_schema, flow_template, read_flow
from tegata.rules.facts import countries


def test_nested_and_dotted_names_say_the_same() -> None:
    nested = b"as_of: 2026-01-02\nrecipient: {kind: clinic, located_in: NO}\nsubjects:\n  us_persons: {health: 3}"
    dotted = (
        b'{"as_of": "2026-01-02", "recipient.kind": "clinic", "recipient": {"located_in": "NO"},'
        b' "subjects.us_persons": {"health": 3}}'
    )
    assert read_flow(nested) == read_flow(dotted)
    flow = read_flow(nested)
    assert flow.as_of == dt.date(2026, 1, 2)
    assert flow.facts["recipient.located_in"].value == "NO"
    assert flow.facts["subjects.us_persons"].value == {"health": 3}


def test_unknown_null_and_absent_are_one() -> None:
    assert (
        read_flow(b"consent: {given: unknown, explicit: null}\nmechanism:\nas_of: unknown")
        == read_flow(b"")
        == read_flow(b"{}")
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"recipient: {kindd: x}", "did you mean `recipient.kind`?"),
        (b"recipiant: {kind: x}", "there is no fact called `recipiant`"),
        (b"recipient.located_in: jp", "JP"),
        (b"recipient.located_in: Japan", "ISO 3166"),
        (b"data.categories: [helth]", "did you mean `health`?"),
        (b"subjects.persons: {helth: 1}", "`helth` in `subjects.persons` is no category"),
        (b"subjects.persons: {health: -1}", "lies between 0"),
        (b"subjects.persons: {health: 1.5}", "cannot be"),
        (b"subjects.persons: 12", "cannot be `12`"),
        (b"data.precision_m: .nan", "cannot be"),
        (b"data.precision_m: true", "cannot be"),
        (b"consent.given: 1", "cannot be `1`"),
        (b"consent.given: no", "cannot be `no`"),
        (b"data.form: secret", "anonymised"),
        (b"as_of: tomorrow", "`as_of` cannot be `tomorrow`"),
        (b"as_of: 2025-02-30", "cannot be read"),
        (b"consent: {given: true}\nconsent.given: false", "stated twice"),
        (b"consent.given: true\nconsent.given: true", "stands twice"),
        (b"a: &a [1]\nb: *a", "anchor, alias or tag"),
        (b"a: !!python/name:os.system x", "anchor, alias or tag"),
        (b"[" * 200, "nested deeper"),
        (b"{" * 200, "nested deeper"),
        (b"- 1", "not a mapping"),
        (b"\xff\xfe", "cannot be read"),
        (b"1: 2", "is not text"),
        (b"x" * (1 << 21), "cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(text: bytes, said: str) -> None:
    with pytest.raises(FactError) as error:
        read_flow(text)
    assert said in str(error.value)


@given(st.binary(max_size=80) | st.text(alphabet="{}[]:,-&*!|> \n\"'#abc.123", max_size=80).map(str.encode))
def test_no_bytes_make_anything_but_a_flow_or_an_error_of_ours(data: bytes) -> None:
    with contextlib.suppress(TegataError):
        read_flow(data)


def test_the_template_loads_unchanged_names_every_fact_and_speaks_both_languages() -> None:
    template = flow_template()
    assert read_flow(template.encode()).facts == {}
    document = yaml.safe_load(template)
    for spec in fact_schema().specs:
        head, _, name = spec.name.rpartition(".")
        assert name in (document[head] if head else document)
        assert f"# {spec.question.en}" in template
        assert f"# {spec.question.ja}" in template


def test_the_schema_is_whole() -> None:
    schema = fact_schema()
    assert len(schema.by_name) == len(schema.specs) > 100
    assert [spec.index for spec in schema.specs] == list(range(len(schema.specs)))
    assert len(countries()) == 249
    for spec in schema.specs:
        assert spec.question.en.strip()
        assert spec.question.ja.strip()
        assert spec.why.strip()
