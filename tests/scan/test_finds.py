"""Values among other text are found, counted and told of; ordinary prose stays ordinary."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.profile import Find
from tegata.scan import builtin_recognisers
from tegata.scan.inside import Inside
from tegata.scan.matcher import stack
from tegata.scan.recogniser import Recogniser
from tests.scan.making import card, email, iban, look, my_number, nric, pesel, ssn, table

KNOWN = builtin_recognisers().recognisers
INSIDE = Inside(KNOWN)
MAKERS = {
    "jp.my_number": my_number,
    "money.card": card,
    "money.iban": iban,
    "us.ssn": ssn,
    "gov.pl.pesel": pesel,
    "gov.sg.nric": nric,
    "contact.email": email,
    "contact.phone_jp": lambda n: f"090-{1000 + n}-{2000 + n}",
}
AMONG: dict[str, Callable[[str], str]] = {
    "English": lambda value: f"The caller gave {value}, and will ring again.",
    "Japanese": lambda value: f"本人から{value}と申告があり、確認済みです。",
    "form": lambda value: f"Name: on file\nData: {value}\nWard: 3",
    "JSON": lambda value: f'{{"ref": "{value}", "amount": 1200}}',
    "XML": lambda value: f"<record><data>{value}</data></record>",
    "twice": lambda value: f"{value} {value}",
    "end of a sentence": lambda value: f"It is No.{value}.",
}


def values(recogniser: Recogniser, *texts: str) -> list[tuple[str, bool]]:
    """What one recogniser finds in texts, and whether it is proven."""
    found = INSIDE.find(stack({0: pl.Series(texts)}))
    return [
        pair
        for one in found
        if one.recogniser is recogniser
        for pair in one.values.sort("row").select("value", "valid").iter_rows()
    ]


def finds(*texts: str | None) -> dict[str, Find]:
    return {find.recogniser: find for find in look(table({"x": list(texts)})).columns[0].finds}


@pytest.mark.parametrize("among", AMONG)
@pytest.mark.parametrize("kind", MAKERS)
def test_found_among_other_text(kind: str, among: str) -> None:
    found = finds(*(AMONG[among](MAKERS[kind](n)) for n in range(1, 31)))
    assert found[kind].cells == 30


@pytest.mark.parametrize("recogniser", [r for r in KNOWN if r.in_text], ids=lambda r: r.id)
def test_every_recogniser_finds_an_example_in_a_sentence(recogniser: Recogniser) -> None:
    """And its counterexamples, where it has a proof, are never taken for proven."""
    texts = [f"see {example}." for example in recogniser.examples]
    assert any(valid for _, valid in values(recogniser, *texts))
    if recogniser.proves:
        wrong = values(recogniser, *(f"see {example}." for example in recogniser.counterexamples))
        assert not any(valid for _, valid in wrong)


@pytest.mark.parametrize("around", ["{}7", "7{}", "{}-7", "7-{}", "7.{}", "x{}", "{}x", "_{}"])
def test_a_part_of_a_longer_number_or_word_is_no_value(around: str) -> None:
    known = {r.id: r for r in KNOWN}
    assert not values(known["jp.my_number"], f"see {around.format(my_number(5))} there")


@given(before=st.text(max_size=20), after=st.text(max_size=20), n=st.integers(1, 10_000))
@settings(max_examples=150, deadline=None)
def test_whatever_stands_beside_it(before: str, after: str, n: int) -> None:
    """Blanks around a value are enough, whatever the rest of the cell is."""
    known = {r.id: r for r in KNOWN}
    text = f"{before} {my_number(n)} {after}"
    assert (my_number(n), True) in values(known["jp.my_number"], text)


def test_one_number_that_passes_a_weak_check_is_chance_unless_the_text_says_what_it_is() -> None:
    assert not finds(f"order {my_number(3)} was sent", *["nothing here"] * 20)
    assert set(finds(f"マイナンバー {my_number(3)} を受領", *["nothing here"] * 20)) == {"jp.my_number"}
    assert set(finds(f"my-number {my_number(3)} received", *["nothing here"] * 20)) == {"jp.my_number"}


def test_the_same_number_again_proves_nothing_more() -> None:
    assert not finds(*[f"order {my_number(3)} was sent"] * 200)


def test_numbers_of_which_one_in_ten_passes_are_no_find() -> None:
    assert not finds(*(f"order {n * 7_919_111 % 10**12:012} was sent" for n in range(1, 2000)))


def test_what_a_few_cells_are_is_a_find_and_what_most_are_is_the_column() -> None:
    few = finds(*(card(n) if n % 50 == 0 else f"day {n}" for n in range(500)))
    assert few["money.card"].cells == 10
    assert look(table({"x": [card(n) for n in range(60)]})).columns[0].finds == ()


def test_cells_of_free_text_are_searched_under_any_header() -> None:
    rows = [f"asthma; tell the mother, 090-{1000 + n}-2222" for n in range(40)]
    (column,) = look(table({"diagnosis": list(rows)})).columns
    assert column.category == "health"
    assert column.categories == ("health", "identifier.contact")


def test_telephones_of_facilities_are_those_of_nobody() -> None:
    rows = 40
    frame = table({
        "施設名": [f"第{n}公園" for n in range(rows)],
        "住所": [f"高松市番町{n}丁目" for n in range(rows)],
        "備考": [f"予約は087-839-{2000 + n}へ" if n % 4 == 0 else "なし" for n in range(rows)],
    })  # fmt: skip
    assert look(frame).columns[2].finds == ()


def test_people_named_in_text_are_counted_once_each() -> None:
    texts = [f"call {email(n % 20)} or {email(n % 20 + 1)}" for n in range(100)]
    (count,) = look(table({"x": list(texts)})).counted.subjects
    assert (count.category, count.n, count.exact, count.key) == ("identifier.contact", 21, False, ("x",))


def test_a_key_column_and_text_meet_in_the_same_person() -> None:
    """The number in the text is that of somebody who is counted already: nobody is counted twice."""
    numbers = [my_number(n) for n in range(40)]
    notes = [f"関係者 {my_number(n + 10)}" for n in range(40)]
    (count,) = look(table({"個人番号": list(numbers), "note": list(notes)})).counted.subjects
    assert (count.n, count.exact) == (50, False)
    assert count.residents == {"JP": 50}


def test_finds_do_not_depend_on_how_the_table_is_cut() -> None:
    rows = [f"ring 090-{1000 + n}-{n:04}, card {card(n)}" if n % 7 == 0 else f"day {n}" for n in range(900)]
    frame = table({"x": list(rows), "y": list(reversed(rows))})
    whole = look(frame)
    for cut in (7, 100, 899):
        part = look(frame, rows=cut)
        assert [column.finds for column in part.columns] == [column.finds for column in whole.columns]
        assert part.counted.subjects == whole.counted.subjects


PROSE = (
    "Version 10.2.7.1 of 2024-03-01 fixed 12 defects (#1234) in 3 modules.",
    "ISO 13616-1:2020, sections 5.1-5.3; see pp. 112-118 and RFC 5321.",
    "The order 2024-0000123 of 1,250,000 yen was shipped at 09:15:22.",
    "平成30年4月1日から令和5年3月31日までの契約番号第1234-56号を更新した。",
    "第12回定例会は10:00-12:00、議案第3号から第15号までを審議しました。",
    "部品番号 AB-1234-5678 を 250 個、単価 1,980 円で発注。",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6 was created at 1700000000000",
)


def test_ordinary_prose_stays_ordinary() -> None:
    assert finds(*PROSE) == {}


def test_people_are_found_where_a_text_addresses_them() -> None:
    said = finds(*(f"{name}様から電話があり、折り返しを希望。" for name in ("佐藤花子", "鈴木一郎", "高橋", "田中 実")))
    assert said["person.addressed"].cells == 4
    assert not finds("お客様から電話があり、皆様に連絡。", "部長さんが神様の話をした。", "小学校の先生が来た。")
    western = finds("Dr. Mary Smith will call", "ask Mrs Jones", "Mr. John Doe was late")
    assert western["person.addressed"].category == "identifier.contact"


def test_a_single_honorific_is_no_corroboration() -> None:
    assert not finds("Dr. Martin Luther College", "Grand Valley University", "Ohio State University")


def test_addresses_in_text() -> None:
    assert set(finds(*[f"転居先は東京都千代田区千代田1-{n}です" for n in range(1, 5)])) == {"person.address"}
    assert set(finds("she moved to 12 High Street last year", "no news")) == {"person.address"}


def test_a_header_that_rules_a_kind_out_rules_out_its_finds() -> None:
    rows = [f"東京都千代田区千代田1-{n} 倉庫棟" for n in range(1, 40)]
    assert look(table({"warehouse_address": list(rows)})).columns[0].finds == ()
    assert look(table({"memo": list(rows)})).columns[0].finds != ()
