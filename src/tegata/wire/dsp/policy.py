"""Our conditions as ODRL duties, and back.

A condition is a duty in `obligation`: its verb is the action, each parameter a constraint, and what explains it (means,
rule, pack, citations, the sentence for people) stands beside them in one term of our own. A string parameter is a plain
right operand; every other value is a JSON literal (JSON-LD 1.1 section 4.2.2), since DSP 2025-1 takes no bare numbers.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET

from tegata.model import catalog as nouns
from tegata.model.base import digest, encode
from tegata.model.decision import Condition
from tegata.model.errors import ProtocolError
from tegata.wire.dsp import codec
from tegata.wire.dsp.limits import limits_of, standard_duty
from tegata.wire.dsp.messages import ContractAgreementMessage
from tegata.wire.dsp.odrl import Agreement, Constraint, Duty, MessageOffer, Offer, Permission, Policy

_OWN: Final = "tegata:"
_EXPLAINED: Final = "tegata:explained"
_OFFER: Final = "tegata:offer"
_DECISION: Final = "tegata:decision"

_USE: Final = (Permission(action="use"),)


def offer_for(dataset_id: str, conditions: Sequence[Condition] = ()) -> Offer:
    """The offer of a data set under conditions. Its id follows from both: other conditions are another offer."""
    name = f"{dataset_id} {digest(tuple(conditions))}"
    return Offer(
        id=uuid.uuid5(uuid.NAMESPACE_URL, name).urn,
        permission=_USE,
        obligation=tuple(duty_of(condition) for condition in conditions),
    )


def message_offer(offer: Offer, dataset_id: str) -> MessageOffer:
    """An offer of a catalogue as it stands in a request for it: nothing of it changed, its target named."""
    return MessageOffer(target=dataset_id, **msgspec.structs.asdict(offer))


def agreement_message(agreement: nouns.Agreement, *, provider_pid: str, consumer_pid: str) -> ContractAgreementMessage:
    """An agreement that this node makes as a provider. The offer and the decision behind it stand beside the policy,
    not in it: peers hold the policy against the offer, and a further term makes it another one (Eclipse EDC does)."""
    return ContractAgreementMessage(
        provider_pid=provider_pid, consumer_pid=consumer_pid, agreement=_policy(agreement), extra=_behind(agreement)
    )


def agreement_document(agreement: nouns.Agreement) -> dict[str, Any]:
    """All of an agreement as one JSON object, which both sides can make: its digest names the agreement."""
    return {**msgspec.json.decode(codec.encode(_policy(agreement))), **_behind(agreement)}


def _behind(agreement: nouns.Agreement) -> dict[str, Any]:
    return {_OFFER: agreement.offer, _DECISION: agreement.decision_digest}


def _policy(agreement: nouns.Agreement) -> Agreement:
    return Agreement(
        id=agreement.id,
        target=agreement.dataset,
        assigner=agreement.provider,
        assignee=agreement.consumer,
        timestamp=agreement.signed_at.astimezone(dt.UTC).isoformat(),
        permission=_USE,
        obligation=tuple(duty_of(condition) for condition in agreement.conditions),
    )


def read_agreement(message: ContractAgreementMessage, *, received_at: dt.datetime) -> nouns.Agreement:
    """A provider's agreement as a noun. Without a time-stamp it counts as signed when it was received; what it does not
    say of offer and decision stays empty. Its permissions and prohibitions are only in the message.

    Raises:
        ProtocolError: a duty that this node cannot carry out, or a time-stamp that is no date.
    """
    policy = message.agreement
    return nouns.Agreement(
        id=policy.id,
        dataset=policy.target,
        offer=str(message.extra.get(_OFFER, "")),
        provider=policy.assigner,
        consumer=policy.assignee,
        signed_at=received_at if policy.timestamp is UNSET else _time(policy.timestamp),
        conditions=conditions_of(policy),
        decision_digest=str(message.extra.get(_DECISION, "")),
    )


def conditions_of(policy: Policy) -> tuple[Condition, ...]:
    """The conditions of an offer or agreement: the limits of its permissions, then its duties.

    Raises:
        ProtocolError: a duty or limit is not known here. It is never passed over: what is owed would be unknown.
    """
    if policy.prohibition:
        raise ProtocolError(
            f"the prohibition of `{policy.prohibition[0].action}` is no condition that this node can carry out",
            hint="agree without it, or by hand outside this protocol",
        )
    limits = (limit for permission in policy.permission for limit in limits_of(permission))
    return (*limits, *(condition_of(duty) for duty in policy.obligation))


def asks_for(policy: Policy, verb: str) -> bool:
    """Whether a condition of this verb is among its duties."""
    return any(duty.action == _OWN + verb for duty in policy.obligation)


def duty_of(condition: Condition) -> Duty:
    """A condition as a duty."""
    explained = msgspec.json.decode(encode(condition))
    verb, params = explained.pop("verb"), explained.pop("params")
    constraints = (
        Constraint(left_operand=_OWN + name, operator="eq", right_operand=_operand(value))
        for name, value in params.items()
    )
    return Duty(action=_OWN + verb, constraint=tuple(constraints), extra={_EXPLAINED: _literal(explained)})


def condition_of(duty: Duty) -> Condition:
    """A duty as a condition; without explanation its verb explains it. Raises ProtocolError when it is not ours."""
    if (standard := standard_duty(duty)) is not None:
        return standard
    if not duty.action.startswith(_OWN):
        raise _foreign(duty, "its action is unknown here")
    verb = duty.action.removeprefix(_OWN)
    explained = _value(duty.extra.get(_EXPLAINED, _literal({"say": {"en": verb, "ja": verb}})))
    if not isinstance(explained, dict):
        raise _foreign(duty, f"`{_EXPLAINED}` is not an object")
    try:
        return msgspec.convert({**explained, "verb": verb, "params": _params(duty)}, Condition)
    except msgspec.ValidationError as error:
        raise _foreign(duty, str(error)) from error


def _params(duty: Duty) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for constraint in duty.constraint:
        left = constraint.left_operand
        if left is UNSET or not left.startswith(_OWN) or constraint.operator != "eq":
            raise _foreign(duty, "a constraint is not of the form `tegata:name` eq value")
        name = left.removeprefix(_OWN)
        if name in params:
            raise _foreign(duty, f"parameter `{name}` has two values")
        params[name] = _value(constraint.right_operand)
    return params


def _operand(value: Any) -> str | dict[str, Any]:
    return value if isinstance(value, str) else _literal(value)


def _literal(value: Any) -> dict[str, Any]:
    return {"@type": "@json", "@value": value}


def _value(operand: Any) -> Any:
    return operand["@value"] if isinstance(operand, dict) and operand == _literal(operand.get("@value")) else operand


def _time(timestamp: str) -> dt.datetime:
    try:
        time = dt.datetime.fromisoformat(timestamp)
    except ValueError as error:
        raise ProtocolError(f"the time-stamp `{timestamp}` of the agreement is no date", why=str(error)) from error
    # xsd:dateTime leaves the zone open when it is absent. UTC is the custom; the bytes as they came are the evidence.
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)


def _foreign(duty: Duty, why: str) -> ProtocolError:
    return ProtocolError(
        f"the duty `{duty.action}` cannot be carried out by this node",
        why=why,
        hint="agree without it, or by hand outside this protocol",
    )
