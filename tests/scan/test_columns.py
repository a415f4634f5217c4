"""What single columns are taken for, with the mistakes of other scanners as cases."""

from __future__ import annotations

import pytest

from tests.scan.making import card, categories, kinds, look, my_number, ssn, table

N = range(60)


def one(header: str, values: list[str | None]) -> tuple[str, str]:
    column = look(table({header: values})).columns[0]
    return column.category, column.recogniser


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("email_verified", [str(n % 2) for n in N]),
        ("email_count", [str(n % 7) for n in N]),
        ("ACADEMIC_YEAR_CODE", [str(1990 + n % 30) for n in N]),
        ("scenario_code", [f"SCN-{n:03}" for n in N]),
        ("public", ["yes" if n % 3 else "no" for n in N]),
        ("policy", [f"A{n % 9}" for n in N]),
        ("product_code", [f"{'ABCDE'[n % 5]}{n:02}" for n in N]),
        ("jan_code", ["4901234567894", "4902777323176", "4902220770199"] * 20),
        ("法人番号", ["7000012050002", "1180301018771", "8700110005901"]),
        ("os_version", [f"{n % 17}.{n % 9}.{n % 4}.{n % 7}" for n in N]),
        ("HTTP_STATUS", ["200", "404", "500", "301"] * 15),
        ("temperature", [f"{n / 7:.4f}" for n in N]),
        ("乱数", [str(n * 7919 % 10**12).zfill(12) for n in N]),
        ("電話番号フラグ", [str(n % 2) for n in N]),
        ("age", [str(118 + 25 * n) for n in N]),
        ("weight", [f"{20 + n / 10}" for n in N]),
        ("treatment", ["control", "nitrogen"] * 30),
        ("build_sha", [f"{n * 2654435761 % 2**32:08x}" for n in N]),
        ("race_time", [f"{n}:{n % 60:02}" for n in N]),
    ],
)
def test_ordinary(header: str, values: list[str | None]) -> None:
    assert one(header, values)[0] == "ordinary"


@pytest.mark.parametrize(
    ("header", "values", "recogniser"),
    [
        ("c17", [my_number(n) for n in N], "jp.my_number"),
        ("c17", [f"{my_number(n)[:4]}-{my_number(n)[4:8]}-{my_number(n)[8:]}" for n in N], "jp.my_number"),
        ("個人番号", [my_number(n) for n in N], "jp.my_number"),
        ("c17", [card(n) for n in N], "money.card"),
        ("x", [ssn(n) for n in N], "us.ssn"),
        ("SSN", [ssn(n) for n in N], "us.ssn"),
        ("x", [f"user{n}@example.com" for n in N], "contact.email"),
        ("x", [f"192.0.2.{n}" for n in N], "net.ip"),
        ("x", [f"02:00:5e:10:00:{n:02x}" for n in N], "device.mac"),
        ("x", ["DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606"], "money.iban"),
        ("お名前", ["佐藤 太郎", "鈴木 花子", "高橋 健"], "person.name"),
        ("生年月日", ["昭和55年3月1日", "平成2年12月24日", "令和元年5月1日"], "person.birth_date"),
        ("date_of_birth", ["1980-03-01", "1990-12-24"], "person.birth_date"),
        ("病名", ["気管支喘息", "糖尿病", "胃炎"], "medical.diagnosis"),
        ("前科", ["なし", "あり"], "special.criminal"),
        ("c17", ["38001011006", "48502142715", "39912315235"], "gov.ee.isikukood"),
        ("CPR-nr", ["010180-1234", "311299-0001"], "gov.dk.cpr"),
        ("αριθμός ταυτότητας", ["AB 123456", "ΑΚ 654321"], "gov.gr.identity_card"),
    ],
)
def test_recognised(header: str, values: list[str | None], recogniser: str) -> None:
    assert one(header, values)[1] == recogniser


@pytest.mark.parametrize(
    ("header", "category"),
    [
        ("氏名", "identifier.contact"),
        ("フリガナ", "identifier.contact"),
        ("生年月日", "identifier.contact"),
        ("携帯電話番号", "identifier.contact"),
        ("mail_address", "identifier.contact"),
        ("マイナンバー", "identifier.government"),
        ("保険者番号", "identifier.government"),
        ("socialSecurityNumber", "identifier.government"),
        ("口座番号", "financial"),
        ("病名", "health"),
        ("宗教", "special.creed"),
        ("IMEI", "identifier.device"),
        ("ip_address", "identifier.network"),
        ("password", "identifier.auth"),
        ("IDFA", "identifier.advertising"),
        ("rsid", "omic.genomic"),
    ],
)
def test_header_speaks_without_rows(header: str, category: str) -> None:
    found = look(table({header: [], "x": []}))
    assert categories(found)[header] == category
    assert found.rows == 0


def test_column_without_a_value_holds_nothing() -> None:
    found = look(table({"氏名": [None, None], "n": ["1", "2"]}))
    assert categories(found)["氏名"] == "ordinary"
    assert found.columns[0].nulls == 2


def test_latitude_needs_longitude() -> None:
    lat, lon = [f"{35 + n / 1000:.5f}" for n in N], [f"{139 + n / 1000:.5f}" for n in N]
    assert categories(look(table({"user_id": [f"u{n}" for n in N], "lat": lat})))["lat"] == "ordinary"
    found = look(table({"user_id": [f"u{n}" for n in N], "lat": lat, "lon": lon}))
    assert categories(found) == {"user_id": "ordinary", "lat": "geo.precise", "lon": "geo.precise"}


def test_coordinates_of_places_are_not_personal() -> None:
    lat, lon = [f"{35 + n / 1000:.5f}" for n in N], [f"{139 + n / 1000:.5f}" for n in N]
    places = {"施設名": [f"第{n}公園" for n in N], "緯度": lat, "経度": lon}
    found = look(table(places))
    assert set(categories(found).values()) == {"ordinary"}
    assert any("belong to places" in note.en for note in found.notes)
    people = look(table({**places, "メールアドレス": [f"u{n}@example.com" for n in N]}))
    assert categories(people)["緯度"] == "geo.precise"


@pytest.mark.parametrize(("decimals", "precise"), [(0, False), (1, False), (2, True), (5, True)])
def test_precision_by_decimals_really_used(decimals: int, *, precise: bool) -> None:
    """28 CFR 202.242: two decimals err by 787 m at most, one by 7.9 km; zeros at the end add nothing."""
    lat = [f"{35 + n / 10**decimals:.{decimals}f}" + ("000" if decimals else "") for n in N]
    lon = [f"{100 + n / 10**decimals:.{decimals}f}" + ("000" if decimals else "") for n in N]
    found = look(table({"user_id": [f"u{n}" for n in N], "lat": lat, "lon": lon}))
    assert (categories(found)["lat"] == "geo.precise") is precise
    assert found.precision_m == pytest.approx(78_715 / 10**decimals, rel=0.01)


def test_pair_in_one_cell() -> None:
    found = look(table({"user_id": ["u1", "u2"], "位置情報": ["35.68124,139.76713", "34.70249,135.49595"]}))
    assert kinds(found)["位置情報"] == "geo.pair"
    assert found.precision_m == pytest.approx(0.787, rel=0.01)


def test_full_width_dashes_and_invisible_characters() -> None:
    wide = [f"{my_number(n)}".translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)}) for n in N]
    dashed = [f"０９０−{n:04}ー{n:04}" for n in N]
    hidden = ["\u200b".join(my_number(n)) for n in N]
    found = kinds(look(table({"a": wide, "b": dashed, "c": hidden})))
    assert found == {"a": "jp.my_number", "b": "contact.phone_jp", "c": "jp.my_number"}


def test_few_proven_cells_in_another_column_are_told() -> None:
    notes: list[str | None] = [f"call back on day {n}" for n in range(500)]
    notes[7], notes[300] = card(1), card(2)
    found = look(table({"note": notes}))
    assert found.columns[0].category == "ordinary"
    (find,) = found.columns[0].finds
    assert (find.recogniser, find.cells, find.form) == ("money.card", 2, "#" * 16)
    assert any("`note`" in note.en for note in found.notes)


def test_statistical_guesses_need_corroboration() -> None:
    assert one("x", ["佐藤 太郎"] * 50)[0] == "ordinary"
    assert one("browser", ["Safari", "Chrome", "Firefox"] * 20)[0] == "ordinary"


def test_kind_of_listed_identifier_is_told() -> None:
    found = look(table({"card_number": [card(n) for n in range(30)], "bank code": ["0001"] * 30, "x": ["a b"] * 30}))
    assert [column.listed for column in found.columns] == ["financial_account", "", ""]


def test_evidence_explains_the_decision() -> None:
    column = look(table({"個人番号": [my_number(n) for n in N]})).columns[0]
    by_kind = {item.kind: item for item in column.evidence}
    assert set(by_kind) == {"header", "pattern", "checksum"}
    assert all(item.weight > 0 for item in column.evidence)
    assert by_kind["checksum"].say.en == "60 of 60 pass the check, as would 10.0% of random ones"
    assert "検査に合格" in by_kind["checksum"].say.ja


def test_wrong_check_digits_take_the_evidence_away() -> None:
    wrong = [my_number(n)[:-1] + str((int(my_number(n)[-1]) + 1) % 10) for n in N]
    assert one("c17", wrong)[0] == "ordinary"
