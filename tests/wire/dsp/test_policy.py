"""Conditions as duties: nothing lost, valid by the official schema, nothing foreign passed over."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.base import Text
from tegata.model.catalog import Agreement
from tegata.model.decision import Citation, Condition
from tegata.model.errors import ProtocolError
from tegata.wire.dsp import messages as m
from tegata.wire.dsp import odrl, policy
from tegata.wire.dsp.codec import decode, encode
from tests.wire.dsp.schemas import schema_says

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
WORDS = st.text(max_size=8)
TEXTS = st.builds(Text, en=WORDS, ja=WORDS)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.just({"@type": "@json", "@value": 1}),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
CONDITIONS = st.builds(
    Condition,
    verb=WORDS,
    params=st.dictionaries(WORDS, JSON, max_size=3),
    means=st.lists(WORDS, max_size=2).map(tuple),
    rule=WORDS,
    pack=WORDS,
    citations=st.lists(st.builds(Citation, ref=WORDS, url=WORDS), max_size=2).map(tuple),
    say=TEXTS,
)
AGREEMENTS = st.builds(
    Agreement,
    id=WORDS,
    dataset=WORDS,
    offer=WORDS,
    provider=WORDS,
    consumer=WORDS,
    signed_at=st.datetimes(timezones=st.just(dt.UTC) | st.just(dt.timezone(dt.timedelta(hours=9)))).filter(
        lambda time: 1 < time.year < 9999
    ),
    conditions=st.lists(CONDITIONS, max_size=3).map(tuple),
    decision_digest=WORDS,
)


def _sent(agreement: Agreement) -> m.ContractAgreementMessage:
    """As the consumer gets it, after a check by the official schema."""
    raw = encode(policy.agreement_message(agreement, provider_pid="p", consumer_pid="c"))
    assert schema_says("negotiation/contract-agreement-message", json.loads(raw))
    return decode(m.ContractAgreementMessage, raw).message


@given(AGREEMENTS)
def test_an_agreement_survives_the_wire(agreement: Agreement) -> None:
    assert policy.read_agreement(_sent(agreement), received_at=NOW) == agreement


@given(AGREEMENTS)
def test_the_policy_of_an_agreement_holds_nothing_that_its_offer_did_not(agreement: Agreement) -> None:
    """Peers hold the one against the other; whose it is, and when it was made, is all that may differ."""
    sent = json.loads(encode(_sent(agreement).agreement))
    offer = json.loads(encode(policy.offer_for(agreement.dataset, agreement.conditions)))
    for term in ("@type", "@id", "target", "assigner", "assignee", "timestamp"):
        sent.pop(term), offer.pop(term, None)
    assert sent == offer


@given(st.lists(CONDITIONS, max_size=3))
def test_an_offer_carries_its_conditions_and_is_named_by_them(conditions: list[Condition]) -> None:
    offer = policy.offer_for("urn:uuid:1", conditions)
    assert policy.conditions_of(offer) == tuple(conditions)
    assert offer == policy.offer_for("urn:uuid:1", list(conditions))
    changed = Condition(verb="drop", say=Text(en="", ja=""))
    others = [policy.offer_for("urn:uuid:2", conditions), policy.offer_for("urn:uuid:1", [*conditions, changed])]
    assert offer.id not in {other.id for other in others}
    request = m.ContractRequestMessage(
        consumer_pid="c", callback_address="https://c.example", offer=policy.message_offer(offer, "urn:uuid:1")
    )
    assert schema_says("negotiation/contract-request-message", json.loads(encode(request)))


def test_an_offer_is_asked_for_as_it_stood_in_the_catalogue() -> None:
    raw = b'{"@id":"o","permission":[{"action":"use"}],"own:tier":"gold","prohibition":[{"action":"own:sell"}]}'
    offer = msgspec.structs.replace(msgspec.json.decode(raw, type=odrl.Offer), extra={"own:tier": "gold"})
    asked = json.loads(encode(policy.message_offer(offer, "urn:uuid:1")))
    assert asked == {**json.loads(raw), "@type": "Offer", "target": "urn:uuid:1"}


DUTY = policy.duty_of(Condition(verb="drop", params={"column": "name"}, say=Text(en="drop it", ja="除く")))


def test_verb_and_parameters_are_plain_odrl() -> None:
    written = json.loads(encode(DUTY))
    assert written["action"] == "tegata:drop"
    assert written["constraint"] == [{"leftOperand": "tegata:column", "operator": "eq", "rightOperand": "name"}]


def test_a_duty_without_explanation_is_explained_by_its_verb() -> None:
    bare = msgspec.structs.replace(DUTY, extra={})
    condition = policy.condition_of(bare)
    assert condition == Condition(verb="drop", params={"column": "name"}, say=Text(en="drop", ja="drop"))


def test_other_peoples_typed_values_are_kept_as_they_are() -> None:
    five = {"@type": "xsd:integer", "@value": "5"}
    constraint = odrl.Constraint(left_operand="tegata:n", operator="eq", right_operand=five)
    assert policy.condition_of(msgspec.structs.replace(DUTY, constraint=(constraint,))).params == {"n": five}


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "delete"},
        {"constraint": (odrl.Constraint(left_operand="spatial", operator="eq", right_operand="EU"),)},
        {"constraint": (odrl.Constraint(left_operand="tegata:n", operator="lteq", right_operand="5"),)},
        {"constraint": (odrl.Constraint(any_of=()),)},
        {"constraint": DUTY.constraint * 2},
        {"extra": {"tegata:explained": "text"}},
        {"extra": {"tegata:explained": {"say": {"en": 1}}}},
        {"extra": {"tegata:explained": {"say": {"en": "", "ja": ""}, "unknown": 1}}},
    ],
)
def test_foreign_duties_are_refused_not_passed_over(changes: dict[str, Any]) -> None:
    offer = odrl.Offer(
        id="o",
        permission=(odrl.Permission(action="use"),),
        obligation=(DUTY, msgspec.structs.replace(DUTY, **changes)),
    )
    with pytest.raises(ProtocolError, match="cannot be carried out") as refused:
        policy.conditions_of(offer)
    assert refused.value.status == 400


FOREIGN = odrl.Agreement(id="a", target="d", assigner="p", assignee="c", permission=(odrl.Permission(action="use"),))


def _foreign(timestamp: Any) -> m.ContractAgreementMessage:
    agreement = msgspec.structs.replace(FOREIGN, timestamp=timestamp)
    return m.ContractAgreementMessage(provider_pid="p", consumer_pid="c", agreement=agreement)


@pytest.mark.parametrize(
    ("timestamp", "signed_at"),
    [
        ("2023-01-01T01:00:00Z", dt.datetime(2023, 1, 1, 1, tzinfo=dt.UTC)),
        ("2023-01-01T01:00:00+09:00", dt.datetime(2022, 12, 31, 16, tzinfo=dt.UTC)),
        ("2023-01-01T01:00:00", dt.datetime(2023, 1, 1, 1, tzinfo=dt.UTC)),
        (msgspec.UNSET, NOW),
    ],
)
def test_time_stamps_of_peers(timestamp: Any, signed_at: dt.datetime) -> None:
    noun = policy.read_agreement(_foreign(timestamp), received_at=NOW)
    assert noun.signed_at == signed_at
    assert (noun.offer, noun.decision_digest, noun.conditions) == ("", "", ())


@pytest.mark.parametrize("timestamp", ["on 2023-01-01T01:00:00Z", "2023-02-30T01:00:00Z", "-2023-01-01T01:00:00Z"])
def test_time_stamps_that_are_no_dates(timestamp: str) -> None:
    with pytest.raises(ProtocolError, match="no date"):
        policy.read_agreement(_foreign(timestamp), received_at=NOW)
