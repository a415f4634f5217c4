"""What a scan tells of a flow, and what it leaves open."""

from __future__ import annotations

from typing import Any

from tegata.model.base import t
from tegata.model.profile import ColumnProfile, Profile, SourceFormat, SubjectCount
from tegata.rules import fact_schema, profile_facts


def profile(**changes: Any) -> Profile:
    whole: dict[str, Any] = {
        "source_digest": "sha256:0",
        "source_bytes": 1,
        "source_format": SourceFormat(format="csv"),
        "rows": 100,
        "columns": (),
        "categories": (),
        "subjects": (),
    }
    return Profile(**(whole | changes))


def told(**changes: Any) -> dict[str, Any]:
    facts = profile_facts(profile(**changes))
    fact_schema().values(facts)  # every fact exists and fits its type
    assert {fact.source for fact in facts.values()} <= {"scan"}
    return {name: fact.value for name, fact in facts.items()}


def counts(category: str, n: int, **more: Any) -> SubjectCount:
    return SubjectCount(category=category, n=n, **more)


def test_nothing_personal_is_said_only_when_all_was_read() -> None:
    assert told()["data.personal"] is False
    assert "data.personal" not in told(notes=(t("sheet 2 was not read", "シート2は読んでいません"),))
    assert told(categories=("infra.operational",))["data.personal"] is False
    assert told(categories=("health",))["data.personal"] is True


def test_people_are_split_only_where_every_resident_is_known() -> None:
    facts = told(
        categories=("biometric", "health"),
        subjects=(
            counts("health", 50, residents={"US": 20, "JP": 30}, exact=True),
            counts("biometric", 50, residents={"US": 20}),
        ),
    )
    assert facts["subjects.persons"] == {"biometric": 50, "health": 50}
    assert facts["subjects.us_persons"] == {"health": 20}
    assert facts["subjects.exact"] is False
    assert "data.subject_countries" not in facts


def test_people_over_all_identifiers_are_at_most_the_rows() -> None:
    subjects = (counts("identifier.contact", 80), counts("identifier.device", 60))
    facts = told(categories=("identifier.contact", "identifier.device"), subjects=subjects)
    assert facts["subjects.persons"]["identifier"] == 100


def test_devices_are_counted_apart() -> None:
    facts = told(
        categories=("geo.precise",),
        geo_precision_m=12.5,
        subjects=(counts("geo.precise", 7, unit="device", residents={"US": 7}),),
    )
    assert (facts["subjects.devices"], facts["subjects.us_devices"], facts["data.precision_m"]) == (7, 7, 12.5)
    assert "subjects.persons" not in facts


def test_identifiers_come_from_the_columns() -> None:
    columns = (
        ColumnProfile(name="a", category="identifier.contact"),
        ColumnProfile(name="b", category="identifier.contact"),
        ColumnProfile(name="c", category="financial", recogniser="bank.account_jp"),
        ColumnProfile(name="d", category="ordinary"),
    )
    facts = told(columns=columns, categories=("financial", "identifier.contact"))
    assert facts["data.identifiers"] == ["contact", "financial_account"]
    assert facts["data.identifier_fields"] == 3
    assert facts["data.linked"] is True
