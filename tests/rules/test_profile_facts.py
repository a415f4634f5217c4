"""What a scan tells of a flow, and what it leaves open."""

from __future__ import annotations

from typing import Any

from tegata.model.base import t
from tegata.model.profile import ColumnProfile, Link, Profile, SourceFormat, SubjectCount, Unread
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


def us_persons(n: int, residents: dict[str, int], **more: Any) -> int | None:
    subjects = (counts("health", n, residents=residents, **more),)
    return told(categories=("health",), subjects=subjects).get("subjects.us_persons", {}).get("health")


def test_us_persons_are_told_only_where_everybody_is_known_to_belong_somewhere() -> None:
    single: dict[str, Any] = {"exact": True, "one_country": True}
    assert us_persons(50, {"US": 20, "JP": 30}, **single) == 20
    assert us_persons(50, {"US": 20, "JP": 25}, **single) is None  # five may belong anywhere: not guessed, asked
    assert us_persons(50, {"JP": 50}, **single) == 0
    assert us_persons(50, {}, **single) is None


def test_us_persons_are_never_counted_short() -> None:
    """Half of them belong to both countries, the others to nobody knows which: all may be US persons."""
    assert us_persons(100, {"US": 50, "JP": 50}, exact=True) is None
    assert us_persons(100, {"US": 100, "JP": 100}, exact=True) is None
    assert us_persons(100, {"US": 10, "JP": 90}, one_country=True) is None  # an upper bound of people: no splitting it


def test_countries_are_told_only_where_everybody_has_one() -> None:
    def countries(*subjects: Any) -> Any:
        return told(categories=("biometric", "health"), subjects=subjects).get("data.subject_countries")

    split = counts("health", 50, residents={"US": 20, "JP": 30}, one_country=True)
    assert countries(split) == ["JP", "US"]
    assert countries(split, counts("biometric", 50, residents={"US": 20}, one_country=True)) is None
    assert countries(counts("health", 50, residents={"US": 25, "JP": 25})) is None


def test_total_of_identifiers_needs_all_of_them() -> None:
    known = counts("identifier.contact", 40, residents={"US": 40}, exact=True, one_country=True)
    facts = told(categories=("identifier.contact",), subjects=(known, counts("identifier.auth", 90)))
    assert facts["subjects.us_persons"] == {"identifier.contact": 40}
    assert facts["subjects.persons"]["identifier"] == 100


def test_rows_about_several_people_bound_nothing() -> None:
    facts = told(
        categories=("identifier.call", "identifier.contact"),
        subjects=(counts("identifier.call", 150), counts("identifier.contact", 80)),
    )
    assert facts["subjects.persons"]["identifier"] == 230


def test_people_over_all_identifiers_are_at_most_the_rows() -> None:
    subjects = (counts("identifier.contact", 80), counts("identifier.device", 60))
    facts = told(categories=("identifier.contact", "identifier.device"), subjects=subjects)
    assert facts["subjects.persons"]["identifier"] == 100


def test_devices_are_counted_apart() -> None:
    facts = told(
        categories=("geo.precise",),
        geo_precision_m=12.5,
        subjects=(counts("geo.precise", 7, unit="device", residents={"US": 7}, exact=True, one_country=True),),
    )
    assert (facts["subjects.devices"], facts["subjects.us_devices"], facts["data.precision_m"]) == (7, 7, 12.5)
    assert "subjects.persons" not in facts


def test_identifiers_come_from_the_columns() -> None:
    columns = (
        ColumnProfile(name="a", category="identifier.contact", listed="contact"),
        ColumnProfile(name="b", category="identifier.contact", listed="contact"),
        ColumnProfile(name="c", category="financial", recogniser="money.wallet", listed="financial_account"),
        ColumnProfile(name="d", category="financial", recogniser="money.bank_code"),
        ColumnProfile(name="e", category="identifier.call", listed="call_detail"),
        ColumnProfile(name="f", category="ordinary"),
    )
    facts = told(columns=columns, categories=("financial", "identifier.call", "identifier.contact"))
    assert facts["data.identifiers"] == ["call", "contact", "financial_account"]
    assert facts["data.identifier_fields"] == 4
    assert facts["data.linked"] is True


def test_of_several_tables_the_columns_of_all_count() -> None:
    ssn = ColumnProfile(name="ssn", category="identifier.government", listed="government")
    card = ColumnProfile(name="card", category="financial", listed="financial_account")
    facts = told(categories=("financial",), tables=(profile(columns=(ssn,)), profile(columns=(card,))))
    assert facts["data.identifiers"] == ["financial_account", "government"]
    assert facts["data.identifier_fields"] == 2
    assert "data.linked" not in facts  # one field in each table: nothing says that they are of the same people
    assert told(categories=("financial",), tables=(profile(columns=(ssn, card)),))["data.linked"] is True
    tables = (profile(name="a", columns=(ssn,)), profile(name="b", columns=(card,)))
    by_key = told(categories=("financial",), tables=tables, links=(Link(tables=("a", "b"), key=("id",), evidence=()),))
    assert by_key["data.linked"] is True


def test_what_was_not_read_leaves_open_all_that_it_could_change() -> None:
    missing = (Unread(name="scan.pdf", why=t("it is a PDF document", "PDF 文書です")),)
    ssn = ColumnProfile(name="ssn", category="identifier.government", listed="government")
    subjects = (counts("identifier.government", 40, exact=True, residents={"US": 40}, one_country=True),)
    held = {"columns": (ssn, ssn), "categories": ("identifier.government",), "subjects": subjects}
    assert told(**held, unread=missing) == {"data.personal": True, "data.linked": True}
    assert told(unread=missing) == {}
