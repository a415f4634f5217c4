"""Duties with a clock: who is told what until when."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tegata.model.decision import Flow
from tegata.model.errors import UsageError
from tegata.rules import builtin_packs
from tegata.rules.duties import Duty, Term, duties, read_event
from tests.rules.pack_judge import TODAY, built_in, facts_of

JST = dt.timezone(dt.timedelta(hours=9))
MORNING = dt.datetime(2026, 11, 25, 9, 0, tzinfo=JST)
HOST: dict[str, Any] = {"provider.hosting": True, "provider.size": "large"}
INCIDENT: dict[str, Any] = {
    "incident.kind": "wrongful",
    "incident.significant": True,
    "incident.risk": "high",
    "incident.encrypted_strongly": False,
    "incident.persons": 1,
    "incident.property_risk": False,
}
PATIENTS: dict[str, Any] = {
    "data.personal": True,
    "data.categories": ["health"],
    "data.identifiers": ["contact"],
    "data.form": "identified",
    "provider.role": "controller",
}


def told(stated: dict[str, Any], **events: dt.datetime) -> list[Duty]:
    return list(duties(Flow(facts=facts_of(stated)), builtin_packs(), today=TODAY, events=events))


def clocks(found: list[Duty], pack: str) -> dict[str, str | None]:
    return {duty.stage: duty.until and duty.until.isoformat(" ", "minutes") for duty in found if duty.pack == pack}


def test_a_cloud_in_the_union_warns_notifies_and_reports() -> None:
    found = told({"provider.located_in": "IE", **HOST, **INCIDENT}, awareness=MORNING)
    assert clocks(found, "eu.nis2") == {
        "notice_to_customers": "2026-11-25 09:00+09:00",
        "early_warning": "2026-11-26 09:00+09:00",
        "incident_notification": "2026-11-28 09:00+09:00",
        "final": "2026-12-28 23:59+09:00",
        "registration": None,
        "change_of_registration": None,
    }
    assert [duty.until for duty in found if duty.until] == sorted(duty.until for duty in found if duty.until)


def test_a_month_runs_from_the_notification_that_was_made() -> None:
    made = dt.datetime(2027, 1, 31, 12, 0, tzinfo=JST)
    stated = {"provider.located_in": "IE", **HOST, **INCIDENT}
    found = told(stated, awareness=MORNING, incident_notification=made)
    assert clocks(found, "eu.nis2")["final"] == "2027-02-28 23:59+09:00"


@pytest.mark.parametrize(("kind", "final"), [("accident", "2026-12-24"), ("wrongful", "2027-01-23")])
def test_japan_counts_the_day_of_awareness(kind: str, final: str) -> None:
    stated = {"provider.appi_operator": True, "provider.located_in": "JP", "recipient.located_in": "JP", **PATIENTS}
    found = told({**stated, **INCIDENT, "incident.kind": kind}, awareness=MORNING)
    assert clocks(found, "jp.appi") == {"preliminary": "2026-11-29 23:59+09:00", "final": f"{final} 23:59+09:00"}
    assert all(duty.certain and duty.to == "PPC" for duty in found if duty.pack == "jp.appi")


@pytest.mark.parametrize(("place", "pack"), [("DE", "eu.gdpr-breach"), ("GB", "uk.gdpr-breach")])
def test_a_breach_is_told_in_seventy_two_hours(place: str, pack: str) -> None:
    stated = {"provider.located_in": place, **PATIENTS, **INCIDENT}
    assert clocks(told(stated, awareness=MORNING), pack) == {
        "notification": "2026-11-28 09:00+09:00",
        "communication": "2026-11-25 09:00+09:00",
    }
    at_processor = told({**stated, "provider.role": "processor"}, awareness=MORNING)
    assert clocks(at_processor, pack) == {"notice_to_controller": "2026-11-25 09:00+09:00"}


HOSTS = {
    "uk.nis": ("GB", {"notification": "2026-11-28 09:00+09:00", "registration": None}),
    "kr.network": ("KR", {"report": "2026-11-26 09:00+09:00"}),
    "au.soci": (
        "AU",
        {"significant": "2026-11-25 21:00+09:00", "change_of_registration": None, "annual_report": None},
    ),
}


@pytest.mark.parametrize("pack", HOSTS)
def test_clouds_and_data_centres_elsewhere(pack: str) -> None:
    place, expected = HOSTS[pack]
    assert clocks(told({"provider.located_in": place, **HOST, **INCIDENT}, awareness=MORNING), pack) == expected


def test_without_an_incident_only_standing_duties_are_told() -> None:
    found = told({"provider.located_in": "IE", **HOST, "incident.kind": "none"}, awareness=MORNING)
    assert set(clocks(found, "eu.nis2")) == {"registration", "change_of_registration"}
    assert not told({"provider.located_in": "NZ", "data.personal": False})


def test_what_is_not_known_is_told_as_perhaps_and_a_bill_not_at_all() -> None:
    stated = {"provider.located_in": "GB", **HOST, "incident.kind": "wrongful"}
    [incident] = [duty for duty in told(stated) if duty.pack == "uk.nis" and duty.stage != "registration"]
    assert not incident.certain
    assert incident.term == Term(start="awareness", hours=72)
    assert incident.until is None


@pytest.mark.parametrize(
    ("term", "last"),
    [
        (Term(start="x"), "2026-11-25T09:00:00+09:00"),
        (Term(start="x", hours=24), "2026-11-26T09:00:00+09:00"),
        (Term(start="x", days=3), "2026-11-28T23:59:59+09:00"),
        (Term(start="x", days=3, inclusive=True), "2026-11-27T23:59:59+09:00"),
        (Term(start="x", days=10, working=True), "2026-12-09T23:59:59+09:00"),
        (Term(start="x", months=3), "2027-02-25T23:59:59+09:00"),
        (Term(start="x", months=14), "2028-01-25T23:59:59+09:00"),
    ],
)
def test_last_moments(term: Term, last: str) -> None:
    assert term.after(MORNING).isoformat() == last


def test_the_end_of_a_shorter_month() -> None:
    assert Term(start="x", months=1).after(dt.datetime(2027, 1, 30, tzinfo=dt.UTC)).date() == dt.date(2027, 2, 28)


def test_a_clock_of_an_event_that_is_not_told_does_not_run() -> None:
    filing = told(
        {"provider.located_in": "VN", "recipient.located_in": "JP", **PATIENTS, "transaction.class": "vendor"}
    )
    [dossier] = [duty for duty in filing if duty.stage == "transfer_impact_dossier"]
    assert dossier.until is None
    assert dossier.term == Term(start="first_transfer", days=60)


def test_events_are_read_with_their_zone() -> None:
    assert read_event("awareness=2026-11-25T09:00+09:00") == ("awareness", MORNING)
    assert read_event("change=2026-11-25") == ("change", dt.datetime(2026, 11, 25, tzinfo=dt.UTC))
    for wrong in ("awareness", "=2026-11-25", "awareness=", "awareness=yesterday", "awareness=2026-02-30"):
        with pytest.raises(UsageError):
            read_event(wrong)


def test_a_proposal_has_no_duties() -> None:
    pack = built_in("jp/data-security")
    flow = Flow(facts=facts_of({"provider.located_in": "JP", "provider.hosting": True}))
    assert duties(flow, [pack], today=TODAY) == ()
