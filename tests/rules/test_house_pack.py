"""The house policy: what it asks for, when it binds, and that it never loosens the law."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tegata.model.decision import Flow, Outcome
from tegata.model.profile import ColumnProfile, Profile, SourceFormat
from tegata.model.step import Drop, Generalise, Keep, Pseudonymise, RoundLocation, Step
from tegata.protect import plan_for
from tegata.protect.compile import DATA_VERBS, PROCESS_VERBS
from tegata.rules import builtin_packs, decide
from tegata.rules.expression.functions import FUNCTIONS
from tegata.rules.pack import Pack
from tegata.rules.pack_file import Dated, Definition, Example, Head, Lever, Parameter, Rule, RuleCondition
from tegata.scan.load import builtin_recognisers
from tests.rules.pack_judge import TODAY, built_in, facts_of, judged, spoilt

FOLDER = "house/minimise"
PACK = built_in(FOLDER)

REGISTER: dict[str, Any] = {
    "data.personal": True,
    "data.categories": ["financial", "geo.precise", "health", "identifier.contact", "identifier.government"],
    "relation": "none",
    "recipient.role": "processor",
}

RECOGNISERS = builtin_recognisers().recognisers

KEPT = {
    "person.age": "a number of years names nobody",
}
"""Recognisers of identifying columns that the policy lets pass as they are, with the reason."""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return PACK


def steps_for(pack: Pack, recognisers: list[Any]) -> dict[str, Step]:
    """What the plan does to a table with one column for each recogniser, named after it."""
    columns = tuple(ColumnProfile(name=r.id, category=r.category, recogniser=r.id) for r in recognisers)
    profile = Profile(
        source_digest="",
        source_bytes=0,
        source_format=SourceFormat(format="csv"),
        rows=1,
        columns=columns,
        categories=tuple(sorted({column.category for column in columns} - {"ordinary"})),
        subjects=(),
    )
    facts = {**REGISTER, "data.categories": list(profile.categories)}
    return {step.column: step for step in plan_for(judged(pack, facts).conditions, profile).steps}


def test_every_recogniser_of_identifiers_and_locations_is_minimised_or_kept_for_a_reason(pack: Pack) -> None:
    """A recogniser that is added to the scan must be dealt with here."""
    identifying = [r for r in RECOGNISERS if r.category.startswith(("identifier.", "geo.precise"))]
    steps = steps_for(pack, identifying)
    assert {r.id for r in identifying if isinstance(steps.get(r.id, Keep(column=r.id)), Keep)} == set(KEPT)


def test_every_named_recogniser_exists(pack: Pack) -> None:
    """A misspelt id would select no column and let it pass."""
    conditions = judged(pack, {**REGISTER, "data.categories": sorted({r.category for r in RECOGNISERS})}).conditions
    named = {name for condition in conditions for name in condition.params.get("recognisers", ())}
    known = {r.id for r in RECOGNISERS} | {r.id.split(".", 1)[0] for r in RECOGNISERS}
    assert named <= known


@pytest.mark.parametrize(
    ("recogniser", "step"),
    [
        ("person.name", Drop),
        ("person.address", Drop),
        ("contact.phone", Drop),
        ("contact.email", Drop),
        ("auth.password", Drop),
        ("text.free", Drop),
        ("jp.my_number", Pseudonymise),
        ("gov.jp.insurer", Pseudonymise),
        ("medical.mrn", Pseudonymise),
        ("money.account_jp", Pseudonymise),
        ("money.card", Pseudonymise),
        ("net.ip", Pseudonymise),
        ("person.birth_date", Generalise),
        ("postal_code.jp", Generalise),
        ("geo.latitude", RoundLocation),
    ],
)
def test_what_is_done_to_which_column(pack: Pack, recogniser: str, step: type[Step]) -> None:
    found = [r for r in RECOGNISERS if r.id == recogniser]
    assert type(steps_for(pack, found)[recogniser]) is step


def test_diagnoses_leave_as_they_are(pack: Pack) -> None:
    """The policy minimises identity, not the matter that the recipient needs."""
    assert "medical.icd10" not in steps_for(pack, [r for r in RECOGNISERS if r.id == "medical.icd10"])


def test_birth_dates_keep_the_year_and_locations_err_by_a_kilometre(pack: Pack) -> None:
    steps = steps_for(pack, [r for r in RECOGNISERS if r.id in ("person.birth_date", "geo.latitude")])
    assert steps["person.birth_date"] == Generalise(column="person.birth_date", to="year")
    assert steps["geo.latitude"] == RoundLocation(column="geo.latitude", min_error_m=1000)


def test_the_location_rule_waits_for_locations(pack: Pack) -> None:
    without = judged(pack, {**REGISTER, "data.categories": ["health", "identifier.contact"]})
    assert without.outcome is Outcome.ALLOW_WITH_CONDITIONS
    assert "location" not in {condition.rule for condition in without.conditions}


def test_the_outcome_rests_on_no_category(pack: Pack) -> None:
    """Silence about the categories must not lead to questions: the columns decide which step falls on them."""
    result = judged(pack, {"data.personal": True})
    assert result.outcome is Outcome.ALLOW_WITH_CONDITIONS
    assert not result.missing


def test_without_a_rule_its_step_is_gone(pack: Pack, tmp_path: Path) -> None:
    changed = spoilt(
        pack,
        FOLDER,
        tmp_path,
        "rules.yaml",
        lambda text: text.replace(
            'leaves and has(data.categories, "geo', 'leaves and false and has(data.categories, "geo'
        ),
    )
    assert not any(condition.verb == "round_location" for condition in judged(changed, REGISTER).conditions)


def test_never_looser_than_law() -> None:
    """With the policy or without it, what the laws deny stays denied."""
    facts = {
        **REGISTER,
        "provider.appi_operator": True,
        "provider.located_in": "JP",
        "provider.gdpr_subject": False,
        "recipient.located_in": "CN",
        "recipient.appi_equivalent_system": False,
        "basis.appi_27_5": "entrustment",
        "consent.given": False,
    }
    jp = built_in("jp/appi")
    alone = decide(Flow(facts=facts_of(facts), as_of=TODAY), [jp], today=TODAY)
    both = decide(Flow(facts=facts_of(facts), as_of=TODAY), [jp, PACK], today=TODAY)
    assert alone.outcome is both.outcome is Outcome.DENY
    assert not both.conditions


def test_data_without_people_passes_every_pack_of_the_package() -> None:
    facts = {
        "data.personal": False,
        "data.categories": [],
        "data.public_record": True,
        "relation": "none",
        "provider.located_in": "JP",
        "recipient.located_in": "CN",
    }
    decision = decide(Flow(facts=facts_of(facts), as_of=TODAY), builtin_packs(), today=TODAY)
    assert decision.outcome is Outcome.ALLOW
    assert not decision.missing
    assert {part.pack for part in decision.per_pack} >= {"jp.appi", "eu.gdpr-v", "house.minimise"}


def test_the_guide_names_every_function_every_verb_and_every_key() -> None:
    """docs/how-to/write-a-rule-pack.md would otherwise lie as soon as the language grows."""
    guide = (Path(__file__).parents[2] / "docs" / "how-to" / "write-a-rule-pack.md").read_text("utf-8")
    words = set(re.findall(r"[a-z_]+", guide))
    shapes = (Head, Parameter, Dated, Definition, Rule, RuleCondition, Lever, Example)
    keys = {name for shape in shapes for name in keys_of(shape)}
    assert (FUNCTIONS.keys() | DATA_VERBS.keys() | PROCESS_VERBS | keys) <= words


def keys_of(kind: type[Any]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(kind)}
