"""The proposal of December 2025: silent as it stands, and judging as its copy is set to judge."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tegata.model.decision import Outcome
from tegata.rules import builtin_packs, load_pack, packs_beside
from tegata.rules.pack import BUILTIN, Pack
from tegata.rules.pack_file import Parameter
from tests.rules.pack_judge import asked, built_in, judged, rebuilt, rules_of, verbs_of

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


def adopted(proposal: Pack, **values: Any) -> Pack:
    """The proposal set in force, with the values of some of its parameters changed."""
    head = msgspec.structs.replace(proposal.files.head, status="in_force")
    return rebuilt(proposal, head=head, parameters=tuple(_set(p, values) for p in proposal.files.parameters))


def _set(parameter: Parameter, values: dict[str, Any]) -> Parameter:
    if parameter.id not in values:
        return parameter
    dated = msgspec.structs.replace(parameter.values[-1], value=values[parameter.id])
    return msgspec.structs.replace(parameter, values=(dated,))


def copied(folder: Path) -> Pack:
    """A copy of the pack's folder that is set in force."""
    copy = folder / "data-security"
    shutil.copytree(BUILTIN / FOLDER, copy)
    head = copy / "pack.yaml"
    head.write_text(head.read_text("utf-8").replace("status: proposal", "status: in_force"), "utf-8")
    return load_pack(copy)


def test_a_proposal_decides_nothing_and_says_so() -> None:
    result = judged(PACK, sent_to("CN"))
    assert result.outcome is Outcome.ALLOW
    assert not result.rules
    assert any("proposal" in note.en for note in result.notes)
    assert PACK.id not in {pack.id for pack in builtin_packs()}


def test_a_copy_in_force_judges_beside_the_packs_of_the_package(tmp_path: Path) -> None:
    pack = copied(tmp_path)
    beside = packs_beside(builtin_packs(), [tmp_path / "data-security"])
    assert [other.digest for other in beside if other.id == PACK.id] == [pack.digest]
    assert judged(pack, sent_to("CN")) == judged(adopted(PACK), sent_to("CN"))


def test_handlers_keep_it_from_leaking_and_ask_a_person_about_states_of_concern() -> None:
    near, far = judged(adopted(PACK), sent_to("DE")), judged(adopted(PACK), sent_to("CN"))
    assert near.outcome is Outcome.ALLOW_WITH_CONDITIONS
    assert verbs_of(near) == {
        ("handler-safeguards", "apply_security_requirements"),
        ("handler-safeguards", "insert_clause"),
    }
    assert far.outcome is Outcome.HUMAN_REVIEW
    assert "recipient-of-concern" in rules_of(far)


def test_its_parameters_can_be_set() -> None:
    own = {"thresholds": {"health": 60_000}, "states_of_concern": ["RU"], "siting_report_days": 7}
    pack = adopted(PACK, **own)
    assert judged(pack, sent_to("CN")).outcome is Outcome.ALLOW
    more = {"subjects.persons": {"health": 60_001}}
    assert judged(pack, sent_to("CN", **more)).outcome is Outcome.ALLOW_WITH_CONDITIONS
    assert judged(pack, sent_to("RU", **more)).outcome is Outcome.HUMAN_REVIEW
    hosted = judged(pack, sent_to("JP", **{"recipient.hosting": True}))
    assert [c.params["within_days"] for c in hosted.conditions if c.verb == "report"] == [7]


def test_as_it_stands_a_site_is_reported_in_thirty_days() -> None:
    hosted = judged(adopted(PACK), sent_to("JP", **{"recipient.hosting": True}))
    assert [c.params["within_days"] for c in hosted.conditions if c.verb == "report"] == [30]


@pytest.mark.parametrize(
    ("category", "most"),
    [
        ("omic.genomic", 100),
        ("omic.other", 1000),
        ("biometric", 1000),
        ("geo.precise", 1000),
        ("health", 10_000),
        ("financial", 10_000),
    ],
)
def test_more_people_than_the_number(category: str, most: int) -> None:
    def found(n: int) -> Outcome:
        more = {"data.categories": [category], "subjects.persons": {category: n}}
        return judged(adopted(PACK), sent_to("DE", **more)).outcome

    assert (found(most), found(most + 1)) == (Outcome.ALLOW, Outcome.ALLOW_WITH_CONDITIONS)


def test_control_by_a_state_counts_wherever_the_recipient_sits() -> None:
    pack = adopted(PACK)
    assert judged(pack, sent_to("SG", **{"recipient.foreign_influence": True})).outcome is Outcome.HUMAN_REVIEW
    unsaid = {name: value for name, value in sent_to("SG").items() if name != "recipient.foreign_influence"}
    assert asked(judged(pack, unsaid)) == {"recipient.foreign_influence"}


@pytest.mark.parametrize("side", ["provider", "recipient"])
def test_a_cloud_in_japan_has_duties_of_its_own(side: str) -> None:
    duties = {("host-duties", "apply_security_requirements"), ("host-duties", "report")}
    host = {**sent_to("US"), "data.personal": False, f"{side}.hosting": True}
    assert verbs_of(judged(adopted(PACK), {**host, "provider.located_in": "JP", f"{side}.located_in": "JP"})) == duties
    abroad = {**host, f"{side}.located_in": "US"}
    assert judged(adopted(PACK), abroad).outcome is Outcome.ALLOW
    assert not judged(adopted(PACK), {**abroad, "data.personal": True, "subjects.persons": {"health": 1}}).rules


def test_handlers_abroad_and_data_without_people_are_left_alone() -> None:
    abroad = judged(adopted(PACK), sent_to("DE", **{"provider.located_in": "US"}))
    machines = judged(adopted(PACK), sent_to("DE", **{"data.personal": False}))
    assert not abroad.applies
    assert not machines.applies
