"""A recorded decision comes out the same, byte for byte, from the pack that it names; any other pack is named.

The decisions under `golden` were recorded once. A change of the engine that changes a byte of one of them breaks the
replay of every decision that was ever kept: it needs a reason, a note in the changelog, and `record()` below.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tegata.model.base import pretty, t
from tegata.model.decision import Decision, Fact, Flow
from tegata.model.errors import VerificationError
from tegata.rules import builtin_packs, decide, load_pack
from tegata.rules.pack import Vouch
from tegata.rules.replay import replay
from tests.rules.pack_judge import TODAY

GOLDEN = Path(__file__).parent / "golden"
BASE = {"data.personal": True, "provider.appi_operator": True, "relation": "none", "data.form": "identified"}
FLOWS: dict[str, tuple[dict[str, Any], dt.date]] = {
    "allowed": ({**BASE, "recipient.located_in": "JP"}, dt.date(2026, 5, 1)),
    "conditions": (
        BASE
        | {"recipient.located_in": "KR", "recipient.covered_person": False, "data.categories": ["health"]}
        | {"subjects.us_persons": {"health": 5000}, "subjects.prior_us_persons": {}},
        dt.date(2026, 5, 1),
    ),
    "review": (
        BASE
        | {"recipient.located_in": "DE", "recipient.covered_person": False, "data.categories": ["health"]}
        | {"subjects.us_persons": {"health": 500}, "subjects.prior_us_persons": {"health": 1}},
        dt.date(2026, 5, 1),
    ),
    "denied": (
        BASE
        | {"recipient.located_in": "DE", "recipient.owned_by_covered_pct": 50, "recipient.designated": False}
        | {"data.categories": ["health"], "subjects.us_persons": {"health": 500}, "subjects.prior_us_persons": {}},
        dt.date(2026, 5, 1),
    ),
    "questions": ({**BASE, "data.categories": ["health"]}, dt.date(2026, 3, 31)),
    "contradiction": (
        {**BASE, "recipient.located_in": "DE", "recipient.covered_person": False, "recipient.designated": True},
        dt.date(2026, 5, 1),
    ),
    "overdue": ({**BASE, "recipient.located_in": "JP"}, dt.date(2027, 1, 1)),
    "silent": ({"data.personal": False}, dt.date(2026, 5, 1)),
}


def made(name: str) -> Decision:
    facts, day = FLOWS[name]
    flow = Flow(facts={fact: Fact(value=value, source="stated") for fact, value in facts.items()})
    return decide(flow, [load_pack(GOLDEN / "pack")], today=day)


def record() -> None:
    """Writes the decisions anew; see above."""
    for name in FLOWS:
        (GOLDEN / f"{name}.json").write_bytes(pretty(made(name)) + b"\n")


def recorded(name: str) -> Decision:
    return msgspec.json.decode((GOLDEN / f"{name}.json").read_bytes(), type=Decision)


@pytest.mark.parametrize("name", FLOWS)
def test_a_decision_recorded_long_ago_comes_out_the_same(name: str) -> None:
    golden = recorded(name)
    replay(golden, [*builtin_packs(), load_pack(GOLDEN / "pack")])
    replay(made(name), [load_pack(GOLDEN / "pack")])


def test_a_question_that_is_put_in_better_words_since_changes_nothing_another_question_does() -> None:
    before = (GOLDEN / "questions.json").read_text("utf-8")
    worded = before.replace("In which country is the recipient, where it handles the data?", "Where is the recipient?")
    assert worded.count("Where is the recipient?") == 2
    replay(msgspec.json.decode(worded, type=Decision), [load_pack(GOLDEN / "pack")])
    other = before.replace('"name": "recipient.located_in"', '"name": "recipient.residence"')
    with pytest.raises(VerificationError, match="`per_pack`, `missing`"):
        replay(msgspec.json.decode(other, type=Decision), [load_pack(GOLDEN / "pack")])


def test_every_outcome_is_among_the_recorded_ones() -> None:
    assert {recorded(name).outcome.value for name in FLOWS} == {
        "allow",
        "allow_with_conditions",
        "needs_info",
        "human_review",
        "deny",
    }


def test_a_decision_of_the_packs_of_the_package_can_be_replayed_whatever_day_it_is() -> None:
    decision = decide(Flow(facts={"data.personal": Fact(value=True)}), builtin_packs(), today=TODAY)
    replay(decision, builtin_packs()[::-1])


DOUBT = t("signed by a stranger", "知らない署名者")
VOUCHES = (
    Vouch(),
    Vouch("did:key:zOne"),
    Vouch("did:key:zOther", until=dt.date(2025, 1, 1)),
    Vouch("did:key:zThird", doubt=DOUBT),
)


@pytest.mark.parametrize("name", ["allowed", "denied", "questions", "silent"])
@pytest.mark.parametrize("then", VOUCHES)
@pytest.mark.parametrize("since", VOUCHES)
def test_whoever_signed_the_same_pack_since_changes_nothing(name: str, then: Vouch, since: Vouch) -> None:
    facts, day = FLOWS[name]
    flow = Flow(facts={fact: Fact(value=value) for fact, value in facts.items()})
    pack = load_pack(GOLDEN / "pack")
    decision = decide(flow, [dataclasses.replace(pack, vouch=then)], today=day)
    replay(decision, [dataclasses.replace(pack, vouch=since)])


def test_a_doubt_that_made_the_outcome_cannot_be_taken_out_of_a_record() -> None:
    facts, day = FLOWS["allowed"]
    flow = Flow(facts={fact: Fact(value=value) for fact, value in facts.items()})
    pack = load_pack(GOLDEN / "pack")
    decision = decide(flow, [dataclasses.replace(pack, vouch=Vouch("did:key:zThird", doubt=DOUBT))], today=day)
    assert decision.outcome.value == "human_review"
    (said,) = decision.per_pack
    silenced = msgspec.structs.replace(decision, per_pack=(msgspec.structs.replace(said, notes=()),))
    with pytest.raises(VerificationError, match="`outcome`"):
        replay(silenced, [pack])


def test_another_pack_is_named_with_both_digests(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN / "pack", tmp_path / "pack")
    rules = tmp_path / "pack" / "rules.yaml"
    rules.write_text(rules.read_text("utf-8") + "# a comment\n", "utf-8")
    changed = load_pack(tmp_path / "pack")
    with pytest.raises(VerificationError, match="other rule packs") as error:
        replay(recorded("denied"), [changed])
    assert recorded("denied").pack_digests["xx.golden"][:19] in error.value.parts("en")[1]
    assert changed.digest[:19] in error.value.parts("ja")[1]
    with pytest.raises(VerificationError, match=r"there is no pack `xx\.golden` here"):
        replay(recorded("denied"), builtin_packs())


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"outcome": "allow"}, "`outcome`"),
        ({"facts": {"data.personal": {"value": False}}}, "`outcome`, `per_pack`"),
        ({"as_of": "2019-12-31"}, None),
        ({"path_to_yes": []}, "`path_to_yes`"),
    ],
)
def test_a_decision_that_was_altered_says_what_differs(changes: dict[str, Any], differs: str | None) -> None:
    document = msgspec.json.decode((GOLDEN / "denied.json").read_bytes()) | changes
    altered = msgspec.convert(document, Decision, strict=False)
    with pytest.raises(Exception, match=differs or "no rule pack knows the law") as error:
        replay(altered, [load_pack(GOLDEN / "pack")])
    assert isinstance(error.value, VerificationError) or differs is None
