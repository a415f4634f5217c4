"""Text without what is recognised in it: nothing of a value is left, and all other text is."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.scan import builtin_recognisers
from tegata.scan.inside import Inside
from tegata.scan.matcher import stack
from tegata.scan.redaction import Redaction

TELLING = [r for r in builtin_recognisers().recognisers if r.in_text]
INSIDE = Inside(TELLING)
ALL = Redaction()
WORDS = ["came", "at noon", "and left.", "転倒された。", "see", "ward", "(again)", "、", "thanks!", "é", "😀"]


def found(text: str) -> set[str]:
    return {v for one in INSIDE.find(stack({0: pl.Series([text])})) for v in one.values.filter("valid")["value"]}


VALUES = [(r.id, example) for r in TELLING for example in r.examples if example in found(f"so: {example} .")]


def redacted(*cells: str | None, redaction: Redaction = ALL, **known: list[str | None]) -> list[str | None]:
    made = redaction(
        pl.Series("note", cells, dtype=pl.String), pl.DataFrame(known, schema=dict.fromkeys(known, pl.String))
    )
    assert made.name == "note"
    return made.to_list()


def test_most_kinds_are_tried() -> None:
    assert len({kind for kind, _ in VALUES}) >= len(TELLING) - 3


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from(VALUES) | st.sampled_from(WORDS), min_size=1, max_size=12))
def test_nothing_of_a_value_is_left_and_all_other_text_is(parts: list[tuple[str, str] | str]) -> None:
    text = " ; ".join(part if isinstance(part, str) else part[1] for part in parts)
    (made,) = redacted(text)
    assert made is not None
    for part in parts:
        if isinstance(part, str):
            assert part in made
        else:
            assert part[1] not in made
    assert redacted(made) == [made]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.none() | st.text(max_size=40), min_size=1, max_size=8))
def test_cells_without_a_value_are_as_they_were(cells: list[str | None]) -> None:
    for before, after in zip(cells, redacted(*cells), strict=True):
        assert after == before or (before is not None and "[" in str(after))


def test_each_value_gives_way_to_its_kind() -> None:
    assert redacted("mail a.b@example.org, or a.b@example.org.uk.") == ["mail [contact.email], or [contact.email]."]
    disguised = "４１１１ 1111\u200b 1111 1111 and ０９０－１２３４－５６７８"
    assert redacted(disguised, " as it was ", None, "") == [
        "[money.card] and [contact.phone_jp]",
        " as it was ",
        None,
        "",
    ]
    assert redacted("佐藤花子様よりa@example.orgへ") == ["[person.addressed]より[contact.email]へ"]


def test_a_longer_shape_that_is_no_value_hides_none() -> None:
    """The whole is no telephone number; what it begins with is one."""
    (made,) = redacted("phone 555-234-5678 12345678901")
    assert "555-234-5678" not in str(made)


def test_only_the_kinds_that_are_asked_for() -> None:
    text = "a@example.org has 4111 1111 1111 1111"
    assert redacted(text, redaction=Redaction(["financial"])) == ["a@example.org has [money.card]"]
    assert redacted(text, redaction=Redaction(["contact"])) == ["[contact.email] has 4111 1111 1111 1111"]


@pytest.mark.parametrize(
    ("text", "name", "made"),
    [
        ("TANAKA came, hanako did not", "Hanako Tanaka", "[name] came, [name] did not"),
        ("田中花子、田中、花子", "田中 花子", "[name]、[name]、[name]"),
        ("Annual leave of ann", "Ann Lee", "Annual leave of [name]"),
        ("林 and Ann Lee", None, "林 and Ann Lee"),
        ("only x", "x", "only x"),
        ("Émilie, DUPONT and Élan", "Émilie Dupont", "[name], [name] and Élan"),
        ("12 rue de la Paix, la", "12 rue de la Paix", "[name], la"),
    ],
)
def test_known_values_of_the_record(text: str, name: str | None, made: str) -> None:
    known = Redaction(["contact"], ["name"])
    assert redacted("Ann Lee", text, redaction=known, name=[None, name]) == ["Ann Lee", made]


def test_values_that_overlap_go_as_one() -> None:
    known = Redaction(["contact"], ["code"])
    assert redacted("at ab 12 cd@example.org", redaction=known, code=["ab 12 cd"]) == ["at [code]"]


def test_signs_of_the_program_in_the_text_are_no_values() -> None:
    (made,) = redacted("\U000f0001 a@example.org")
    assert str(made).strip() == "[contact.email]"


@pytest.mark.parametrize("size", [1, 3, 4_000])
def test_parts_make_no_difference(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.scan.redaction._AT_ONCE", size)
    cells = [f"person{n}@example.org of {n}" if n % 2 else f"nobody {n}" for n in range(9)]
    names = [f"nobody {n}" for n in range(9)]
    made = redacted(*cells, redaction=Redaction(["contact"], ["name"]), name=list(names))
    assert made == [f"[contact.email] of {n}" if n % 2 else "[name]" for n in range(9)]


def test_a_cell_of_very_many_values() -> None:
    many = " ".join(f"p{n}@example.org" for n in range(5_000))
    assert redacted(many) == [" ".join(["[contact.email]"] * 5_000)]
