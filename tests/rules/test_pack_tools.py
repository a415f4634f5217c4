"""What authors of packs are told: all faults with their places, failing examples with the reason, changes in words."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tegata.model.errors import PackError, UsageError
from tegata.rules import Pack, builtin_packs, load_pack
from tegata.rules.examples import run_examples, untried
from tegata.rules.explain import explain
from tegata.rules.faults import Faults
from tegata.rules.means import Wanted, mapping
from tegata.rules.pack import TEMPLATE, inspected, read_pack
from tegata.rules.pack_diff import pack_diff
from tegata.rules.remarks import remarks
from tests.rules.pack_judge import spoilt
from tests.rules.small_pack import rule, small_pack, write

PACKS = builtin_packs()
PACK = "us.28cfr202"
ON = dt.date(2026, 11, 25)


def copy_of(template: Path, folder: Path, *changes: tuple[str, str, str]) -> Path:
    """The template with text changed: (file, old, new), each of which must occur."""
    shutil.copytree(template, folder)
    for file, old, new in changes:
        text = (folder / file).read_text("utf-8")
        assert old in text, old
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    return folder


# ---------------------------------------------------------------------------------------------- faults


def places(folder: Path) -> set[tuple[str, str, int]]:
    faults = Faults()
    assert inspected(folder, faults) is None
    return {(fault.file, fault.item, fault.column) for fault in faults.found}


def test_all_faults_are_told_at_once_each_with_file_id_and_column(tmp_path: Path) -> None:
    folder = copy_of(
        TEMPLATE,
        tmp_path / "own",
        ("rules.yaml", "when: leaves\n", "when: leaves and nothing\n"),
        ("rules.yaml", "leaves and has(", "leaves andd has("),
        ("parameters.yaml", "cite: Data policy, section 3", "cite: ' '"),
        ("definitions.yaml", "data.personal and", "data.persnal and"),
        ("pack.yaml", "applies: data.personal", "applies: data.form"),
        ("levers.yaml", "to: JP", "to: Japan"),
    )
    assert places(folder) == {
        ("rules.yaml", "no-secrets", 8),
        ("parameters.yaml", "record_years", 0),
        ("definitions.yaml", "leaves", 1),
        ("pack.yaml", "applies", 1),
        ("levers.yaml", "approved-recipient", 0),
    }, "`records` rests on what is faulty itself: no fault of its own"


def test_misshapen_items_are_told_file_by_file(tmp_path: Path) -> None:
    folder = copy_of(
        TEMPLATE,
        tmp_path / "own",
        ("rules.yaml", "outcome: deny", "outcome: perhaps"),
        ("rules.yaml", "overrides: [approved-countries]", "overides: [approved-countries]"),
        ("rules.yaml", "- id: no-secrets", "- id: records"),
        ("pack.yaml", "review_after: 2027-12-31", "review_after: soon"),
    )
    assert places(folder) == {
        ("pack.yaml", "", 0),
        ("rules.yaml", "approved-countries", 0),
        ("rules.yaml", "own-group", 0),
        ("rules.yaml", "records", 0),
    }


def test_missing_files_and_circles_do_not_end_the_check(tmp_path: Path) -> None:
    assert places(tmp_path) == {("pack.yaml", "", 0)}
    circle = [{"id": n, "cite": "s. 1", "when": m} for n, m in (("a", "b"), ("b", "a"))]
    folder = write(tmp_path / "circle", [rule("r", "deny", "a"), rule("s", "deny", "nothing")], definitions=circle)
    found = places(folder)
    assert ("rules.yaml", "s", 1) in found
    assert {file for file, _, _ in found} == {"definitions.yaml", "rules.yaml"}
    assert ("rules.yaml", "r", 1) not in found


def test_loading_raises_the_first_of_the_faults(tmp_path: Path) -> None:
    folder = copy_of(TEMPLATE, tmp_path / "own", ("rules.yaml", "leaves and has(", "leaves andd has("))
    with pytest.raises(PackError) as error:
        load_pack(folder)
    assert (error.value.file, error.value.item, error.value.column) == ("rules.yaml", "no-secrets", 8)


# ---------------------------------------------------------------------------------------------- examples


def test_the_template_has_no_faults_nothing_idle_and_passes() -> None:
    pack = load_pack(TEMPLATE)
    assert remarks(pack) == ()
    assert all(run.passed for run in run_examples(pack))


def test_a_definition_without_words_is_remarked_on(tmp_path: Path) -> None:
    words = "  say:\n" + "".join((TEMPLATE / "definitions.yaml").read_text("utf-8").partition("  say:\n")[2:])
    folder = copy_of(TEMPLATE, tmp_path / "own", ("definitions.yaml", words, ""))
    (said,) = remarks(load_pack(folder))
    assert said.en.startswith("definition `leaves` does not say in words what it means")


LIKE = """
- {id: first, section: s, facts: {data: {personal: true}, subjects.persons: {health: 1}}, expect: {outcome: allow}}
- {id: second, section: s, like: first, facts: {data.personal: unknown, data.form: encrypted}, expect: {outcome: allow}}
- {id: third, section: s, like: second, facts: {subjects: {persons: {}}, relation: none}, expect: {outcome: allow}}
"""


def test_an_example_like_another_has_its_facts_but_for_its_own(tmp_path: Path) -> None:
    whole = (TEMPLATE / "examples.yaml").read_text("utf-8")
    folder = copy_of(TEMPLATE, tmp_path / "own", ("examples.yaml", whole, whole + LIKE))
    first, second, third = (one.facts for one in load_pack(folder).examples[-3:])
    assert first == {"data": {"personal": True}, "subjects.persons": {"health": 1}}
    same = {"data.personal": "unknown", "data.form": "encrypted"}
    assert second == same | {"subjects.persons": {"health": 1}}
    assert third == same | {"subjects.persons": {}, "relation": "none"}


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("like: first", "like: third", "no example `third` stands before it"),
        ("like: first", "like: second", "no example `second` stands before it"),
        ("data.form: encrypted", "data.forn: encrypted", "there is no fact called `data.forn`"),
    ],
)
def test_an_example_that_is_like_none_is_a_fault(tmp_path: Path, old: str, new: str, why: str) -> None:
    whole = (TEMPLATE / "examples.yaml").read_text("utf-8")
    folder = copy_of(TEMPLATE, tmp_path / "own", ("examples.yaml", whole, whole + LIKE.replace(old, new)))
    with pytest.raises(PackError) as error:
        load_pack(folder)
    assert (error.value.file, error.value.item) == ("examples.yaml", "second")
    assert error.value.parts("en")[1] == why


def test_examples_that_are_read_later_are_those_of_the_bytes_that_were_read_first(tmp_path: Path) -> None:
    folder, faults = copy_of(TEMPLATE, tmp_path / "own"), Faults()
    pack, whole = read_pack(folder, faults, examples_later=True), load_pack(folder)
    (folder / "examples.yaml").write_text("[]", "utf-8")
    assert pack is not None
    assert pack.examples == whole.examples != ()


def test_a_fault_in_examples_is_told_at_once_or_when_they_are_asked_for(tmp_path: Path) -> None:
    folder = copy_of(TEMPLATE, tmp_path / "own", ("examples.yaml", "expect:", "expects:"))
    with pytest.raises(PackError, match=r"examples\.yaml"):
        load_pack(folder)
    pack = read_pack(folder, Faults(), examples_later=True)
    assert pack is not None
    with pytest.raises(PackError, match=r"examples\.yaml"):
        _ = pack.examples


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_examples_of_the_package_come_out_as_they_say(pack: Pack) -> None:
    assert {run.id: run.failures for run in run_examples(pack) if not run.passed} == {}


def test_a_moved_threshold_fails_the_examples_beside_it(tmp_path: Path) -> None:
    def lower(text: str) -> str:
        return text.replace("[JP, DE, FR, GB]", "[JP, FR, GB]")

    folder = copy_of(TEMPLATE, tmp_path / "own")
    (folder / "parameters.yaml").write_text(lower((folder / "parameters.yaml").read_text("utf-8")), "utf-8")
    failed = {run.id: run.failures for run in run_examples(load_pack(folder)) if not run.passed}
    assert list(failed) == ["approved-country"]
    (said,) = failed["approved-country"]
    assert said.en.startswith("the outcome is `deny`, not `allow_with_conditions`")
    assert "`approved-countries`" in said.en
    assert "`approved-countries`" in said.ja


def example(**changes: Any) -> dict[str, Any]:
    return {"id": "e", "section": "s. 1", "facts": {"consent.given": True}, "expect": {"outcome": "deny"}} | changes


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (example(), ""),
        (example(facts={}), "the outcome is `needs_info`, not `deny` (missing: `consent.given`)"),
        (example(facts={"consent.givn": True}), "did you mean `consent.given`?"),
        (example(expect={"outcome": "no"}), "there is no outcome `no`"),
        (example(expect={}), "expects neither"),
        (example(expect={"outcom": "deny"}), "nothing called `outcom`"),
        (example(expect={"definition": {"d": False}}), "`d` is true, not false"),
        (example(facts={}, expect={"definition": {"d": True}}), "`d` is unknown, not true"),
        (example(expect={"definition": {"x": True}}), "there is no definition `x`"),
    ],
)
def test_a_failing_example_says_why(changed: dict[str, Any], said: str) -> None:
    definitions = [{"id": "d", "cite": "s. 1", "when": "consent.given"}]
    pack = small_pack([rule("r", "deny", "d")], definitions=definitions, examples=[changed])
    (run,) = run_examples(pack)
    assert run.passed is (not said)
    assert said in " ".join(failure.en for failure in run.failures)


def test_rules_that_nobody_tried_are_remarked_on() -> None:
    rules = [rule("r", "deny", "consent.given"), rule("s", "deny", "data.personal")]
    idle = {"id": "idle", "cite": "s. 2", "values": [{"from": "2020-01-01", "value": 1}]}
    pack = small_pack(rules, examples=[example()], parameters=[idle])
    assert untried(pack, run_examples(pack)) == ("s",)
    assert [remark.en for remark in remarks(pack)] == [
        "nothing uses parameter `idle`",
        "rule `s` holds in no example",
        "`changelog.yaml` says nothing of version `1`",
    ]


# ---------------------------------------------------------------------------------------------- differences


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_a_pack_does_not_differ_from_itself(pack: Pack) -> None:
    assert pack_diff(pack, pack) == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "item", "said"),
    [
        (
            "parameters",
            "health: 10000",
            "health: 5000",
            "thresholds",
            ("value from 2025-01-08.health", "10000", "5000"),
        ),
        ("parameters", "CU, IR", "IR", "countries_of_concern", ("value from 2025-01-08", None, None)),
        ("pack", "review_after: 2027", "review_after: 2028", PACK, ("review_after", "2027-03-31", "2028-03-31")),
        ("rules", "from: 2025-10-06", "from: 2025-11-06", "s401-duties", ("from", "2025-10-06", "2025-11-06")),
        ("rules", "outcome: deny", "outcome: human_review", "s301-brokerage", ("outcome", "deny", "human_review")),
    ],
)
def test_one_change_is_told_as_one_change(
    tmp_path: Path, file: str, old: str, new: str, item: str, said: tuple[str, str | None, str | None]
) -> None:
    before = next(pack for pack in PACKS if pack.id == PACK)
    after = spoilt(before, "us/28cfr202", tmp_path, f"{file}.yaml", lambda text: text.replace(old, new, 1))
    (change,) = pack_diff(before, after)
    field, was, becomes = said
    assert (change.file, change.item, change.field) == (f"{file}.yaml", item, field)
    assert was in (None, change.before)
    assert becomes in (None, change.after)
    assert f"{change.before} -> {change.after}" in change.say.en
    (back,) = pack_diff(after, before)
    assert (back.before, back.after) == (change.after, change.before)


def test_comments_do_not_differ_but_new_and_lost_rules_do(tmp_path: Path) -> None:
    before = load_pack(TEMPLATE)
    folder = copy_of(TEMPLATE, tmp_path / "own", ("pack.yaml", "# A policy", "# Some policy"))
    assert pack_diff(before, load_pack(folder)) == ()
    (folder / "levers.yaml").unlink()
    (change,) = pack_diff(before, load_pack(folder))
    assert (change.kind, change.item) == ("removed", "approved-recipient")
    (change,) = pack_diff(load_pack(folder), before)
    assert (change.kind, change.say.en) == ("added", "change on the path to yes `approved-recipient` is new")


# ---------------------------------------------------------------------------------------------- mapping, explaining


def test_every_condition_and_every_definition_of_a_rule_with_conditions_is_in_the_table() -> None:
    rows = mapping(PACKS)
    for pack in PACKS:
        own = [row for row in rows if row.pack == pack.id]
        for found in pack.files.rules:
            mine = [row for row in own if row.rule == found.id]
            assert {(row.verb, row.say) for row in mine} == {(c.verb, c.say) for c in found.conditions}
            used = pack.checked.uses[f"rules.yaml/{found.id}"].definitions
            assert {row.definition for row in mine} - {""} == (set(used) if found.conditions else set())


def test_a_filter_keeps_what_it_names_and_what_falls_on_everything() -> None:
    rows = mapping(PACKS)
    for category in ("health", "special.race", "identifier.contact"):
        for row in rows:
            heads = any(category == c or category.startswith(c + ".") for c in row.categories)
            assert Wanted(category=category).keeps(row) is (heads or not row.categories)
    assert [row for row in rows if Wanted().keeps(row)] == list(rows)
    assert not any(Wanted(jurisdiction="XX").keeps(row) for row in rows)


def test_every_means_of_every_pack_stands_in_the_mapping_and_no_other() -> None:
    rows = mapping(PACKS)
    for pack in PACKS:
        written = {
            (r.id, c.verb, re.sub("^(technique|procedure|standard):", "", means))
            for r in pack.files.rules
            for c in r.conditions
            for means in c.means
        }
        mapped = {
            (row.rule, row.verb, means)
            for row in rows
            if row.pack == pack.id
            for means in (*row.techniques, *row.standards, *row.procedures)
        }
        assert mapped == written


def test_an_explanation_holds_all_that_a_rule_rests_on() -> None:
    (found,) = explain(PACKS, "us.28cfr202/s301-brokerage", ON)
    assert found.in_force
    assert {"provider_us_person", "recipient_covered", "covered_data", "bulk"} - {
        d.id for d in found.provision.definitions
    } <= {"bulk"}
    thresholds = next(parameter for parameter in found.parameters if parameter.id == "thresholds")
    assert thresholds.value["health"] == 10_000
    assert "recipient.covered_person" in {fact.name for fact in found.provision.facts}
    assert found.provision.showing("holds")
    assert "s801-licence" in found.provision.excepted_by
    (early,) = explain(PACKS, "s301-brokerage", dt.date(2025, 4, 7))
    assert not early.in_force


def test_a_rule_that_no_pack_has_is_named_with_its_neighbour() -> None:
    with pytest.raises(UsageError, match="did you mean `s301-brokerage`"):
        explain(PACKS, "s301-brokrage", ON)
