"""Which act may follow: each rule of the scheme, and what it refuses when it is broken."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tegata.model.errors import InputError, UsageError
from tegata.trust.accreditation import make_list, read_act
from tegata.trust.accreditation.listing import Plan
from tests.trust.accreditation.acts import (
    ACCREDITOR,
    ALL,
    ASSESSMENT,
    BODY,
    GRANT,
    INCIDENT,
    MET,
    NOW,
    PROVIDER,
    RECOGNITION,
    SCHEME,
    SERVICE,
    SUSPENSION,
    TERMS,
    act,
    register,
)
from tests.trust.lists.samples import DAY, STAMPS

WITHDRAWN = GRANT | {"status": "withdrawn", "since": "2026-05-02T00:00:00Z", "assessment": ""}
AGAIN = GRANT | {"since": "2026-05-20T00:00:00Z"}
READY = ALL[:6]


def agreement(equivalences: list[dict[str, Any]]) -> dict[str, Any]:
    return {"territory": "EU", "location": "https://other.example/list.xml", "equivalences": equivalences}


def test_what_the_acts_add_up_to() -> None:
    found = register(*ALL)
    standing = found.standing("acme-seals")
    assert standing is not None
    assert (standing.status, standing.level) == ("suspended", "qualified")
    assert [event.kind for event in found.events] == ["incident"]


@pytest.mark.parametrize(
    ("before", "then", "changes", "why"),
    [
        ((), ACCREDITOR, {}, "no scheme yet"),
        ((), SCHEME, {"base": "https://trust.example/scheme/"}, "slash"),
        ((), SCHEME, {"territory": "Japan"}, "two letters"),
        ((), SCHEME, {"name": {"ja": "名"}}, "in English is missing"),
        ((), SCHEME, {"name": {"en": " padded"}}, "space around"),
        (ALL[:1], BODY, {}, "no accreditor"),
        (ALL[:2], BODY, {"until": "2025-12-31"}, "at no time"),
        (ALL[:2], ACCREDITOR, {"id": "Not An Id"}, "no id"),
        (ALL[:3], SERVICE, {}, "no provider"),
        (ALL[:4], SERVICE, {"certificates": []}, "no certificate"),
        (ALL[:5], SERVICE, {"kind": "other"}, "keeps its provider and its kind"),
        (ALL[:5], SERVICE, {"certificates": [msgspec.to_builtins(STAMPS.certificate.der)]}, "never taken away"),
        (ALL[:5], ASSESSMENT, {"body": "nobody"}, "no body"),
        (ALL[:5], ASSESSMENT, {"on": "2025-12-31"}, "was not accredited on"),
        (ALL[:5], ASSESSMENT, {"level": "general"}, "was not accredited on"),
        (ALL[:5], ASSESSMENT, {"on": "2026-07-01"}, "do not follow"),
        (ALL[:5], ASSESSMENT, {"criteria": {"facility": MET, "technical": MET}}, "nothing of `operational`"),
        (READY, ASSESSMENT, {}, "there already"),
        (READY, GRANT, {"assessment": ""}, "no assessment"),
        (READY, GRANT, {"level": "specified"}, "another service or level"),
        (READY, GRANT, {"since": "2026-02-01T00:00:00Z"}, "is good from"),
        (READY, GRANT, {"since": "2026-04-01T00:00:00"}, "does not lie behind"),
        (READY, GRANT, {"since": "2027-12-01T00:00:00Z"}, "more than a year ahead"),
        (READY, SUSPENSION, {}, "nothing was granted"),
        (ALL, SUSPENSION, {}, "does not lie behind"),
        (ALL[:7], SUSPENSION, {"level": "general"}, "only by a grant"),
        ((*ALL[:7], WITHDRAWN), AGAIN, {}, "takes a new assessment"),
        (ALL, RECOGNITION, {}, "added to, not rewritten"),
        (ALL[:1], RECOGNITION, {"agreement": agreement([])}, "names of their own"),
        (ALL[:1], RECOGNITION, {"agreement": agreement([{"id": "seals", "terms": []}])}, "newest to the oldest"),
        (
            ALL[:1],
            RECOGNITION,
            {"agreement": agreement([{"id": "seals", "terms": [TERMS, TERMS]}])},
            "newest to the oldest",
        ),
        (READY, INCIDENT, {"subject": "nobody"}, "no service or provider"),
        (READY, INCIDENT, {"evidence": "sha256:short"}, "no digest"),
    ],
)
def test_what_may_not_follow_is_refused_in_words(
    before: tuple[dict[str, Any], ...], then: dict[str, Any], changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        register(*before).after(act(then, **changes), NOW)


def test_an_unmet_criterion_grants_nothing() -> None:
    unmet = ASSESSMENT | {"criteria": ASSESSMENT["criteria"] | {"technical": MET | {"met": False}}}  # type: ignore[operator]
    with pytest.raises(UsageError, match="`technical` is not met"):
        register(*ALL[:5], unmet).after(act(GRANT), NOW)


def test_what_is_general_rests_on_the_providers_word_and_a_suspension_ends() -> None:
    general = GRANT | {"level": "general", "assessment": ""}
    later = {"since": "2026-05-10T00:00:00Z"}
    found = register(
        *READY, general, general | {"status": "suspended", "since": "2026-05-01T00:00:00Z"}, general | later
    )
    standing = found.standing("acme-seals")
    assert standing is not None
    assert standing.status == "granted"


def test_after_a_withdrawal_a_new_assessment_opens_the_way() -> None:
    new = ASSESSMENT | {"id": "acme-again", "on": "2026-05-15"}
    found = register(*ALL[:7], WITHDRAWN, new, AGAIN | {"assessment": "acme-again"})
    assert len(found.decisions["acme-seals"]) == 3


@pytest.mark.parametrize("data", [None, [], "scheme", {}, {"act": "other"}, SCHEME | {"more": 1}, SCHEME | {"base": 1}])
def test_what_is_no_act_is_refused_in_words(data: Any) -> None:
    with pytest.raises(InputError):
        read_act(data)


def test_only_what_was_decided_is_listed() -> None:
    plan = Plan(3, NOW, NOW + 90 * DAY)
    assert make_list(register(*READY), plan).providers == ()
    listed = make_list(register(*ALL), plan)
    (service,) = listed.providers[0].services
    assert [standing.status.rpartition("/")[2] for standing in service.standings] == ["suspended", "granted"]
    assert service.standings[0].additional == ("https://trust.example/scheme/SvcInfoExt/qualified",)
    assert PROVIDER["names"] == listed.providers[0].names
