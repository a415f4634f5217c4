"""An ODRL policy as conditions of a contract: everything in it is understood, or the policy is refused by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from tegata.model.decision import Condition
from tegata.model.errors import ProtocolError
from tegata.wire import strict_json
from tegata.wire.dsp import codec
from tegata.wire.dsp.odrl import Offer
from tegata.wire.dsp.policy import conditions_of
from tegata.wire.dsp.term import DSP_CONTEXT
from tegata.wire.odrl.vocabulary import BASIS, DATA, MEASURE, ODRL_CONTEXT, PREFIXES, PROFILE

_MOST_BYTES: Final = 1 << 20
_MOST_DEPTH: Final = 32
_MOST_RULES: Final = 1000
_NAMES: Final = frozenset({"uid", "@id", "@type"})
_PARTIES: Final = frozenset({"target", "assigner", "assignee"})
_RULES: Final = ("permission", "prohibition", "obligation")
_POLICY: Final = _NAMES | _PARTIES | {"@context", "profile", DATA, BASIS, *_RULES}
_RULE: Final = _NAMES | _PARTIES | {"action", "constraint"}
_TERMS: Final = {
    "permission": _RULE | {"duty"},
    "prohibition": _RULE | {"tegata:because"},
    "obligation": _RULE | {MEASURE, "tegata:explained"},
}
_CONSTRAINT: Final = _NAMES | {"leftOperand", "operator", "rightOperand"}


def read_policy(data: bytes) -> tuple[Condition, ...]:
    """The conditions under which a policy permits use: limits of its permissions, their duties and its obligations.

    It takes compact JSON-LD in the published contexts of ODRL and DSP, at most 1 MiB and 1,000 rules. A policy that
    permits nothing, or forbids something, is none that a contract could carry out.

    Raises:
        ProtocolError: the document is no such policy, or holds an action, constraint, operator, term, profile or
            context that is unknown here; `what` names it.
    """
    document = strict_json.loads(data, max_bytes=_MOST_BYTES, max_depth=_MOST_DEPTH)
    policy = _object(document, "policy", _POLICY)
    _check_head(policy)
    rules = {name: [_rule(rule, name) for rule in _many(policy.get(name, ()))] for name in _RULES}
    for permission in rules["permission"]:
        rules["obligation"] += [_rule(duty, "obligation") for duty in _many(permission.pop("duty", ()))]
    if sum(map(len, rules.values())) > _MOST_RULES:
        raise _refused(f"it has more than {_MOST_RULES} rules")
    plain: dict[str, Any] = {"@type": "Offer", "@id": str(policy.get("uid", policy.get("@id", "")))}
    plain |= {name: found for name, found in rules.items() if found}
    return conditions_of(codec.decode(Offer, msgspec.json.encode(plain), max_depth=_MOST_DEPTH).message)


def _check_head(policy: dict[str, Any]) -> None:
    for context in _many(policy.get("@context", ())):
        if context not in (ODRL_CONTEXT, DSP_CONTEXT, PREFIXES):
            raise _refused(f"the context `{str(context)[:80]}` could give its words another meaning")
    if not policy.get("@context"):
        raise _refused("it names no `@context`")
    for profile in _many(policy.get("profile", ())):
        if profile != PROFILE:
            raise _refused(f"the profile `{str(profile)[:80]}` is unknown here")
    if policy.get("@type") not in ("Set", "Offer", "Agreement", "Policy"):
        raise _refused(f"a policy of type `{str(policy.get('@type'))[:80]}` is unknown here")


def _rule(rule: Any, kind: str) -> dict[str, Any]:
    """A rule in the spelling of DSP: lists where JSON-LD may leave them out, no names and parties."""
    found = _object(rule, kind, _TERMS[kind])
    if not isinstance(action := found.get("action"), str):
        raise _refused(f"the action `{str(action)[:80]}` is not a plain name")
    kept = {name: value for name, value in found.items() if name not in _NAMES | _PARTIES | {MEASURE}}
    kept["action"] = _short(action)
    constraints = [_constraint(one) for one in _many(found.get("constraint", ()))]
    return {name: value for name, value in kept.items() if name != "constraint"} | (
        {"constraint": constraints} if constraints else {}
    )


def _constraint(constraint: Any) -> dict[str, Any]:
    found = _object(constraint, "constraint", _CONSTRAINT)
    words = {name: _short(str(found[name])) for name in ("leftOperand", "operator") if name in found}
    return {name: value for name, value in found.items() if name not in _NAMES} | words


def _object(value: Any, what: str, known: Iterable[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _refused(f"`{str(value)[:80]}` is not the object of a {what}")
    for name in value:
        if name not in known:
            raise _refused(f"the term `{name[:80]}` of a {what} is unknown here")
    return value


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _short(name: str) -> str:
    return name.removeprefix("http://www.w3.org/ns/odrl/2/").removeprefix("odrl:")


def _refused(why: str) -> ProtocolError:
    return ProtocolError(f"the policy is not understood: {why}", hint="agree without it, or by hand")
