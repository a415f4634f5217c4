"""Recogniser files are checked to the last field: a mistake names the file and the record."""

from __future__ import annotations

from pathlib import Path

import pytest

from tegata.model.categories import CATEGORIES
from tegata.model.errors import InputError
from tegata.scan import builtin_recognisers, load_recognisers
from tegata.scan.load import BUILTIN, check_patterns

GOOD = """
lists:
  colour: [red, green]
recognisers:
- id: example.badge
  title: {en: badge, ja: バッジ}
  category: identifier.auth
  citation: house rule 1
  names: [badge, "{colour}"]
  patterns: ['B{colour}[0-9]{4}']
"""


def load(tmp_path: Path, text: str) -> object:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    return load_recognisers([path])


def test_lists_fill_patterns_and_names(tmp_path: Path) -> None:
    known = load(tmp_path, GOOD).by_id["example.badge"]  # type: ignore[attr-defined]
    assert known.patterns == ("B(?:red|green)[0-9]{4}",)
    assert known.names == ("badge", "red", "green")


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("category: identifier.auth", "category: identifier.badge", "unknown category"),
        ("citation: house rule 1", "citation: x\n  validator: crc", "unknown validator"),
        ("citation: house rule 1", "citation: x\n  weight: 3", "unknown field"),
        ("  citation: house rule 1\n", "", "missing required field"),
        ("'B{colour}", "'(?=B){colour}", "does not compile"),
        ("'B{colour}", "'B{color}", "unknown list"),
        ("citation: house rule 1", "citation: x\n  chance: 0", "shares between 0 and 1"),
        ("citation: house rule 1", "citation: x\n  needs: [example.lamp]", "unknown recogniser"),
        ("citation: house rule 1", "citation: x\n  tables: {lamps: 2}", "unknown table kind"),
    ],
)
def test_mistakes_are_refused(tmp_path: Path, wrong: str, right: str, message: str) -> None:
    assert wrong in GOOD
    with pytest.raises(InputError) as caught:
        load(tmp_path, GOOD.replace(wrong, right))
    assert message in str(caught.value)
    assert "example.badge" in str(caught.value)


def test_an_id_twice_and_broken_yaml_are_refused(tmp_path: Path) -> None:
    twice = GOOD + GOOD[GOOD.index("- id") :]
    with pytest.raises(InputError, match="used twice"):
        load(tmp_path, twice)
    with pytest.raises(InputError, match=r"own\.yaml"):
        load(tmp_path, "recognisers: [")
    with pytest.raises(InputError, match=r"away\.yaml"):
        load_recognisers([tmp_path / "away.yaml"])


def test_digest_names_exactly_this_set(tmp_path: Path) -> None:
    one = load(tmp_path, GOOD)
    other = load(tmp_path, GOOD.replace("house rule 1", "house rule 2"))
    assert one.digest == load(tmp_path, GOOD).digest  # type: ignore[attr-defined]
    assert one.digest != other.digest  # type: ignore[attr-defined]


def test_norway_is_a_country_and_no_truth_value(tmp_path: Path) -> None:
    known = load(tmp_path, GOOD.replace("names: [badge", "jurisdictions: [NO]\n  names: [no, badge"))
    recogniser = known.by_id["example.badge"]  # type: ignore[attr-defined]
    assert (recogniser.jurisdictions, recogniser.names[0]) == (("NO",), "no")


def test_builtin_recognisers_cover_every_category() -> None:
    known = builtin_recognisers()
    assert {r.category for r in known.recognisers} == set(CATEGORIES)
    assert len(known.recognisers) >= 100


def test_the_eight_listed_identifiers_of_28_cfr_202_234_are_covered() -> None:
    listed = {r.listed for r in builtin_recognisers().recognisers if r.listed}
    kinds = {"government", "financial_account", "device", "contact", "advertising", "auth", "network", "call_detail"}
    assert listed == kinds


def test_every_table_kind_can_be_reached() -> None:
    known = builtin_recognisers()
    for table in known.tables:
        assert all(group.of for group in table.all_of)
        assert table.title.en
        assert table.title.ja


def test_patterns_of_the_program_compile() -> None:
    check_patterns(BUILTIN, builtin_recognisers().recognisers)
