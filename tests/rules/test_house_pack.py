"""The house policy: what it asks for, when it binds, and that it never loosens the law."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tegata.model.decision import Condition, Flow, Outcome
from tegata.rules import builtin_packs, decide
from tegata.rules.pack import Pack
from tegata.scan.load import builtin_recognisers
from tests.rules.pack_judge import TODAY, built_in, definition, facts_of, judged, outcome, spoilt

FOLDER = "house/minimise"
PACK = built_in(FOLDER)

REGISTER: dict[str, Any] = {
    "data.personal": True,
    "data.categories": ["financial", "geo.precise", "health", "identifier.contact", "identifier.government"],
    "relation": "none",
    "recipient.role": "processor",
}

KEPT = {
    "person.age": "a number of years names nobody",
}
"""Recognisers of identifying columns that the policy lets pass as they are, with the reason."""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return PACK


@pytest.mark.parametrize("example", PACK.files.examples, ids=lambda example: example.id)
def test_own_examples(pack: Pack, example: Any) -> None:
    assert outcome(pack, example.facts) == example.expect["outcome"]
    for name, expected in example.expect.get("definition", {}).items():
        assert definition(pack, name, example.facts) is expected, name


def asked_of(condition: Condition, recogniser: Any) -> bool:
    """Whether a data condition falls on the columns that a recogniser names."""
    categories = condition.params.get("categories", ())
    below = any(recogniser.category == head or recogniser.category.startswith(head + ".") for head in categories)
    return below or recogniser.id in condition.params.get("recognisers", ())


def all_conditions(pack: Pack) -> tuple[Condition, ...]:
    everything = {"data.categories": ["geo.precise", "identifier.contact", "identifier.network", "identifier.auth"]}
    return judged(pack, {**REGISTER, **everything}).conditions


def test_every_recogniser_of_identifiers_and_locations_is_minimised_or_kept_for_a_reason(pack: Pack) -> None:
    """A recogniser that is added to the scan must be dealt with here."""
    conditions = all_conditions(pack)
    handled = {r.id for r in builtin_recognisers().recognisers if any(asked_of(c, r) for c in conditions)}
    identifying = {
        r.id for r in builtin_recognisers().recognisers if r.category.startswith(("identifier.", "geo.precise"))
    }
    assert identifying - handled == set(KEPT)


def test_every_named_recogniser_exists(pack: Pack) -> None:
    named = {name for condition in all_conditions(pack) for name in condition.params.get("recognisers", ())}
    assert named <= {recogniser.id for recogniser in builtin_recognisers().recognisers}


@pytest.mark.parametrize(
    ("verb", "recogniser"),
    [
        ("drop", "person.name"),
        ("drop", "person.address"),
        ("drop", "contact.phone"),
        ("drop", "contact.email"),
        ("pseudonymise", "jp.my_number"),
        ("pseudonymise", "gov.jp.insurer"),
        ("pseudonymise", "medical.mrn"),
        ("pseudonymise", "money.account_jp"),
        ("pseudonymise", "money.card"),
        ("generalise", "person.birth_date"),
        ("generalise", "postal_code.jp"),
        ("round_location", "geo.latitude"),
    ],
)
def test_what_is_done_to_which_column(pack: Pack, verb: str, recogniser: str) -> None:
    [found] = [r for r in builtin_recognisers().recognisers if r.id == recogniser]
    assert {c.verb for c in all_conditions(pack) if asked_of(c, found)} == {verb}


def test_birth_dates_keep_the_year_and_locations_err_by_a_kilometre(pack: Pack) -> None:
    by_rule = {condition.rule: condition.params for condition in all_conditions(pack)}
    assert by_rule["birth-dates"]["to"] == "year"
    assert by_rule["location"]["min_error_m"] == 1000


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


def test_every_rule_is_cited_with_an_address_and_speaks_both_languages(pack: Pack) -> None:
    said = [rule.say for rule in pack.files.rules]
    said += [condition.say for rule in pack.files.rules for condition in rule.conditions]
    assert all(text.en.strip() and any("\u3040" <= letter <= "\u9fff" for letter in text.ja) for text in said)
    assert all(citation.url.startswith("https://") for rule in pack.files.rules for citation in rule.cite)
    assert all(condition.means for rule in pack.files.rules for condition in rule.conditions)
