"""A decision as an ODRL 2.2 policy in compact JSON-LD (https://www.w3.org/TR/odrl-model/)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from tegata.model.base import digest, encode
from tegata.model.decision import Condition, Decision, Outcome, RuleHit
from tegata.wire.dsp import codec
from tegata.wire.dsp.policy import duty_of
from tegata.wire.odrl.vocabulary import (
    BASES,
    BASIS,
    CATEGORIES,
    DATA,
    MEASURE,
    MEASURES,
    ODRL_CONTEXT,
    PREFIXES,
    PROFILE,
)

_WAITING: Final = (Outcome.NEEDS_INFO, Outcome.HUMAN_REVIEW)


def decision_policy(decision: Decision) -> dict[str, Any]:
    """What the decision allows, forbids and asks for.

    What may go is a permission to use, its conditions are duties in the words of our profile, each with the measure it
    is in DPV. What may not go is a prohibition; so is what nobody may say yes to yet, with the duty to review it, for
    a policy without rules would look like one that leaves the question open. The facts of the parties stay here.
    """
    name = digest(decision).replace("sha256:", "urn:sha256:")
    policy: dict[str, Any] = {
        "@context": [ODRL_CONTEXT, PREFIXES],
        "@type": "Set",
        "uid": name,
        "profile": PROFILE,
    }
    if decision.profile_digest:
        policy["target"] = decision.profile_digest.replace("sha256:", "urn:sha256:")
    if decision.outcome in (Outcome.ALLOW, Outcome.ALLOW_WITH_CONDITIONS):
        policy["permission"] = [{"action": "use"} | _some("constraint", list(_limits(decision)))]
        policy |= _some("obligation", [_duty(condition) for condition in decision.conditions])
    else:
        policy["prohibition"] = [{"action": "use", "tegata:because": [_because(hit) for hit in _hits(decision)]}]
        if decision.outcome in _WAITING:
            policy["obligation"] = [{"action": "reviewPolicy"}]
    return policy | _some(DATA, _data(decision)) | _some(BASIS, _bases(decision))


def _some(name: str, values: list[Any]) -> dict[str, Any]:
    return {name: values} if values else {}


def _limits(decision: Decision) -> Iterator[dict[str, Any]]:
    """The purpose and the place for which it was decided."""
    purpose, place = decision.facts.get("purpose.code"), decision.facts.get("recipient.located_in")
    if purpose is not None and str(purpose.value).startswith("dpv:"):
        yield {"leftOperand": "purpose", "operator": "isA", "rightOperand": {"@id": purpose.value}}
    if place is not None:
        yield {"leftOperand": "spatial", "operator": "eq", "rightOperand": place.value}


def _duty(condition: Condition) -> dict[str, Any]:
    duty: dict[str, Any] = msgspec.json.decode(codec.encode(duty_of(condition)))
    measure = MEASURES.get(condition.verb)
    return duty | ({MEASURE: {"@id": measure}} if measure else {})


def _hits(decision: Decision) -> Iterator[RuleHit]:
    strict = Outcome.HUMAN_REVIEW.severity
    return (hit for pack in decision.per_pack for hit in pack.rules if hit.outcome.severity >= strict)


def _because(hit: RuleHit) -> dict[str, Any]:
    said = msgspec.json.decode(encode({"rule": hit.rule, "say": hit.say, "citations": hit.citations}))
    return {"@type": "@json", "@value": said}


def _data(decision: Decision) -> list[dict[str, str]]:
    stated = decision.facts.get("data.categories")
    held = stated.value if stated is not None and isinstance(stated.value, list) else []
    return [{"@id": term} for term in sorted({CATEGORIES[name] for name in held if name in CATEGORIES})]


def _bases(decision: Decision) -> list[dict[str, str]]:
    claimed = {(name, fact.value) for name, fact in decision.facts.items() if isinstance(fact.value, bool | str)}
    return [{"@id": term} for claim, term in BASES.items() if claim in claimed]
