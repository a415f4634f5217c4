"""Headers are read word by word."""

from __future__ import annotations

import pytest

from tegata.scan import builtin_recognisers
from tegata.scan.headers import HeaderIndex, words

INDEX = HeaderIndex(builtin_recognisers().recognisers)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("E-Mail_Address2", ["e", "mail", "address", "2"]),
        ("patientBirthDate", ["patient", "birth", "date"]),
        ("ＩＣＤ１０", ["icd", "10"]),
        ("患者ID", ["患者", "id"]),
        ("姓（カタカナ）", ["姓", "カタカナ"]),
        ("", []),
    ],
)
def test_words(header: str, expected: list[str]) -> None:
    assert list(words(header)) == expected


@pytest.mark.parametrize(
    ("header", "recogniser"),
    [
        ("emailAddress", "contact.email"),
        ("E-mail", "contact.email"),
        ("customer_email_1", "contact.email"),
        ("患者氏名", "person.name"),
        ("自宅住所", "person.address"),
        ("SocialSecurityNumber", "us.ssn"),
        ("HbA1c", "medical.laboratory"),
        ("ENSG00000141510", "omic.expression"),
        ("P1_FT01", "infra.tag"),
    ],
)
def test_named(header: str, recogniser: str) -> None:
    assert recogniser in INDEX.match_all([header])[0]


@pytest.mark.parametrize(
    ("header", "recogniser"),
    [
        ("public", "gov.driving_licence"),
        ("duplicate", "gov.driving_licence"),
        ("ACADEMIC_YEAR_CODE", "money.cvv"),
        ("company_name", "person.name"),
        ("会社住所", "person.address"),
        ("倉庫住所", "person.address"),
        ("ip_address", "person.address"),
        ("embargo", "biometric.vector_column"),
        ("email_verified", "contact.email"),
        ("x_001", "infra.grid"),
        ("x.max", "infra.grid"),
        ("メールアドレス件数", "contact.email"),
    ],
)
def test_not_named(header: str, recogniser: str) -> None:
    match = INDEX.match_all([header])[0].get(recogniser)
    assert match is None or match.weight < 1
