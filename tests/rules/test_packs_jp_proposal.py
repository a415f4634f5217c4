"""The proposal of December 2025: silent as it stands, and judging as its copy is set to judge."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tegata.model.decision import Outcome
from tegata.rules import builtin_packs, load_pack, packs_beside
from tegata.rules.pack import BUILTIN, Pack
from tegata.rules.pack_file import Example
from tests.rules.pack_judge import asked, built_in, check_example, check_form, judged, rules_of, verbs_of

FOLDER = "jp/data-security"
PACK = built_in(FOLDER)

REGISTER: dict[str, Any] = {
    "provider.located_in": "JP",
    "provider.hosting": False,
    "recipient.hosting": False,
    "recipient.foreign_influence": False,
    "data.personal": True,
    "data.categories": ["health"],
    "subjects.persons": {"health": 50_000},
}
"""A hospital in Japan hands over the register of 50,000 patients."""


def sent_to(country: str, **more: Any) -> dict[str, Any]:
    return {**REGISTER, "recipient.located_in": country, **more}


def adopted(folder: Path, change: Callable[[str], str] = lambda text: text) -> Pack:
    """A copy of the pack that is set in force, with its parameters changed."""
    copy = folder / "data-security"
    shutil.copytree(BUILTIN / FOLDER, copy)
    head, parameters = copy / "pack.yaml", copy / "parameters.yaml"
    head.write_text(head.read_text("utf-8").replace("status: proposal", "status: in_force"), "utf-8")
    parameters.write_text(change(parameters.read_text("utf-8")), "utf-8")
    return load_pack(copy)


@pytest.mark.parametrize("example", PACK.files.examples, ids=lambda example: example.id)
def test_own_examples(example: Example) -> None:
    check_example(PACK, example)


def test_a_proposal_decides_nothing_and_says_so() -> None:
    result = judged(PACK, sent_to("CN"))
    assert result.outcome is Outcome.ALLOW
    assert not result.rules
    assert any("proposal" in note.en for note in result.notes)
    assert PACK.id not in {pack.id for pack in builtin_packs()}


def test_a_copy_in_force_judges_beside_the_packs_of_the_package(tmp_path: Path) -> None:
    pack = adopted(tmp_path)
    beside = packs_beside(builtin_packs(), [tmp_path / "data-security"])
    assert [other.digest for other in beside if other.id == PACK.id] == [pack.digest]
    near, far = judged(pack, sent_to("DE")), judged(pack, sent_to("CN"))
    assert near.outcome is Outcome.ALLOW_WITH_CONDITIONS
    assert verbs_of(near) == {
        ("handler-safeguards", "apply_security_requirements"),
        ("handler-safeguards", "insert_clause"),
    }
    assert far.outcome is Outcome.HUMAN_REVIEW
    assert "recipient-of-concern" in rules_of(far)


def test_its_parameters_can_be_set(tmp_path: Path) -> None:
    def set_own(text: str) -> str:
        return text.replace("health: 10000", "health: 60000").replace("[CN, ", "[").replace("value: 30\n", "value: 7\n")

    pack = adopted(tmp_path, set_own)
    assert judged(pack, sent_to("CN")).outcome is Outcome.ALLOW
    more = {"subjects.persons": {"health": 60_001}}
    assert judged(pack, sent_to("CN", **more)).outcome is Outcome.ALLOW_WITH_CONDITIONS
    assert judged(pack, sent_to("RU", **more)).outcome is Outcome.HUMAN_REVIEW
    hosted = judged(pack, sent_to("JP", **{"recipient.hosting": True}))
    assert [c.params["within_days"] for c in hosted.conditions if c.verb == "report"] == [7]


@pytest.mark.parametrize(("n", "outcome"), [(10_000, Outcome.ALLOW), (10_001, Outcome.ALLOW_WITH_CONDITIONS)])
def test_more_people_than_the_number(tmp_path: Path, n: int, outcome: Outcome) -> None:
    assert judged(adopted(tmp_path), sent_to("DE", **{"subjects.persons": {"health": n}})).outcome is outcome


def test_control_by_a_state_counts_wherever_the_recipient_sits(tmp_path: Path) -> None:
    pack = adopted(tmp_path)
    assert judged(pack, sent_to("SG", **{"recipient.foreign_influence": True})).outcome is Outcome.HUMAN_REVIEW
    unsaid = {name: value for name, value in sent_to("SG").items() if name != "recipient.foreign_influence"}
    assert asked(judged(pack, unsaid)) == {"recipient.foreign_influence"}


def test_a_cloud_in_japan_has_duties_of_its_own(tmp_path: Path) -> None:
    pack = adopted(tmp_path)
    few = {"subjects.persons": {"health": 1}, "recipient.hosting": True}
    duties = {("host-duties", "apply_security_requirements"), ("host-duties", "report")}
    assert verbs_of(judged(pack, sent_to("JP", **few))) == duties
    assert judged(pack, sent_to("US", **few)).outcome is Outcome.ALLOW


def test_every_rule_is_cited_with_an_address_and_speaks_both_languages() -> None:
    check_form(PACK)
    assert all("open" in parameter.cite for parameter in PACK.files.parameters), "no number of the proposal is settled"
