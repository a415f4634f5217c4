"""How the rules of a pack meet: conflicts without a priority are refused, what can never do anything is remarked on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tegata.model.errors import PackError
from tegata.rules import builtin_packs, load_pack
from tegata.rules.faults import Faults
from tegata.rules.pack import conflicts, inspected
from tegata.rules.remarks import remarks
from tests.rules.small_pack import rule, small_pack, write

GIVEN = rule("permits", "allow", "consent.given")
DENIES = rule("denies", "deny", "transaction.evasion")


@pytest.mark.parametrize("strict", ["human_review", "deny"])
@pytest.mark.parametrize("default", ["allow", "deny"])
def test_a_permission_and_a_prohibition_without_a_priority_are_a_conflict(
    tmp_path: Path, strict: str, default: str
) -> None:
    folder = write(tmp_path, [GIVEN, {**DENIES, "outcome": strict}], {"default": default})
    with pytest.raises(PackError, match=r"`permits` and `denies` in `rules\.yaml` conflict") as error:
        load_pack(folder)
    assert (error.value.file, error.value.item) == ("rules.yaml", "permits")
    assert "`overrides: [denies]` in `permits`" in error.value.parts("en")[2]


@pytest.mark.parametrize(
    "rules",
    [
        [{**GIVEN, "overrides": ["denies"]}, DENIES],
        [GIVEN, {**DENIES, "overrides": ["permits"]}],
        [GIVEN, {**DENIES, "when": "transaction.evasion and not consent.given"}],
        [{**GIVEN, "outcome": "allow_with_conditions"}, DENIES],
        [{**GIVEN, "until": "2024-01-01"}, {**DENIES, "from": "2024-01-01"}],
        [{**GIVEN, "status": "promulgated"}, DENIES],
    ],
)
def test_a_priority_or_never_meeting_is_no_conflict(tmp_path: Path, rules: list[dict[str, Any]]) -> None:
    assert load_pack(write(tmp_path, rules)).id == "test.pack"


def test_values_of_one_fact_that_exclude_each_other_never_meet() -> None:
    rules = [
        rule("permits", "allow", 'recipient.located_in in ["JP", "KR"] and data.identifier_fields < 3'),
        rule("denies", "deny", 'recipient.located_in == "CN" or data.identifier_fields >= 3'),
    ]
    assert not conflicts(small_pack(rules))
    rules[1]["when"] = 'recipient.located_in == "KR"'
    assert list(conflicts(small_pack(rules))) == [("permits", "denies")]


def test_an_exception_to_something_else_gives_way_to_what_is_stricter() -> None:
    """Consent under one article is no permission under another: strictest wins, and nobody is misled."""
    pack = small_pack(
        [
            rule("one", "deny", "not mechanism.scc"),
            rule("consent", "allow", "consent.given", overrides=["one"]),
            rule("other", "deny", "transaction.evasion"),
        ]
    )
    assert not conflicts(pack)


def test_every_conflict_is_told_at_once_and_the_packs_of_the_package_have_none(tmp_path: Path) -> None:
    faults = Faults()
    folder = write(tmp_path, [GIVEN, DENIES, rule("reviews", "human_review", "mechanism.bcr")])
    assert inspected(folder, faults) is None
    assert [fault.parts("en")[0] for fault in faults.found] == [
        "`permits` and `denies` in `rules.yaml` conflict",
        "`permits` and `reviews` in `rules.yaml` conflict",
    ]
    assert not any(conflicts(pack) for pack in builtin_packs())


def test_rules_that_can_do_nothing_are_remarked_on() -> None:
    pack = small_pack(
        [
            rule("never", "deny", 'data.form == "encrypted" and data.form == "identified"'),
            rule("base", "deny", "consent.given"),
            rule("idle", "allow", "not consent.given and mechanism.scc", overrides=["base"]),
        ]
    )
    said = [remark.en for remark in remarks(pack)]
    assert "rule `never` can never hold" in said
    assert "`idle` overrides `base`, but the two never hold together" in said
    assert not any("never hold" in r.en for pack in builtin_packs() for r in remarks(pack))
