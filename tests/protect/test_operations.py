"""Each operation against what it promises."""

from __future__ import annotations

import datetime as dt
import hmac
import math
import string

import polars as pl
import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.step import Generalise, Mask, RoundLocation, TopBottomCode
from tegata.protect.dates import coarser
from tegata.protect.grid import LARGEST_ERROR_M, decimals_for, largest_error_m
from tegata.protect.means import Means
from tegata.protect.operations import operation
from tegata.protect.pseudonym import Pseudonyms
from tests.protect.tables import KEY

words = st.text(alphabet=string.ascii_letters + string.digits + "漢字−ー\n ", min_size=1, max_size=20)


def apply(step: Mask | Generalise | RoundLocation | TopBottomCode, *values: str | None) -> list[str | None]:
    work = operation(step, Means(KEY))
    assert work is not None
    column = pl.Series("c", values, dtype=pl.String)
    return work(column, column.to_frame()).to_list()


@settings(deadline=None, max_examples=60)
@given(values=st.lists(words | st.none(), min_size=1, max_size=10), shown=st.integers(0, 6))
def test_mask_shows_length_and_tail_only(values: list[str | None], shown: int) -> None:
    for value, masked in zip(values, apply(Mask(column="c", show_last=shown), *values), strict=True):
        if value is None:
            assert masked is None
            continue
        tail = value[len(value) - shown :] if len(value) > shown else ""
        assert masked == "*" * (len(value) - len(tail)) + tail


@settings(deadline=None, max_examples=60)
@given(values=st.lists(words | st.none(), min_size=1, max_size=10), key=st.binary(min_size=16, max_size=64))
def test_pseudonym_is_the_cmac_of_the_library(values: list[str | None], key: bytes) -> None:
    own = hmac.digest(key, b"tegata-pseudonym/2\0person.name", "sha256")
    want = [None if v is None else "p-" + cmac(own, v.encode()) for v in values]
    assert pseudonyms(key, "person.name", *values) == want


def test_every_length_and_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values of 0 to 200 bytes, of one to four bytes a character, in parts of one to all."""
    own = hmac.digest(KEY, b"tegata-pseudonym/2\0", "sha256")
    values = ["", *(letter * n for letter in "a\0\x01é漢😀" for n in range(1, 51))]
    want = ["p-" + cmac(own, value.encode()) for value in values]
    for at_once in (1, 7, 1000):
        monkeypatch.setattr("tegata.protect.aes._AT_ONCE", at_once)
        assert pseudonyms(KEY, "", *values) == want


def pseudonyms(key: bytes, domain: str, *values: str | None) -> list[str | None]:
    return Pseudonyms(key, domain).column(pl.Series("c", values, dtype=pl.String)).to_list()


def cmac(key: bytes, value: bytes) -> str:
    """Of the value, a one and zeros up to whole blocks."""
    mac = CMAC(algorithms.AES(key))
    mac.update(value + b"\1" + bytes(-(len(value) + 1) % 16))
    return mac.finalize().hex()


@settings(deadline=None, max_examples=60)
@given(first=words, second=words, key=st.binary(min_size=16), other_key=st.binary(min_size=16))
def test_pseudonyms_join_within_a_key_and_a_kind_only(first: str, second: str, key: bytes, other_key: bytes) -> None:
    one, two = pseudonyms(key, "kind", first, second)
    assert (one == two) == (first == second)
    assert pseudonyms(key, "other kind", first) != [one]
    # HMAC fills a key up with zeros to the block size (RFC 2104): keys that differ in those only are one key
    if key.rstrip(b"\0") != other_key.rstrip(b"\0"):
        assert pseudonyms(other_key, "kind", first) != [one]


def era(date: dt.date) -> tuple[str, str, int]:
    """Kanji, letter and year in the era, by the first days of the eras."""
    for first, kanji, letter in (
        (dt.date(2019, 5, 1), "令和", "R"),
        (dt.date(1989, 1, 8), "平成", "H"),
        (dt.date(1926, 12, 25), "昭和", "S"),
        (dt.date(1912, 7, 30), "大正", "T"),
    ):
        if date >= first:
            return kanji, letter, date.year - first.year + 1
    return "明治", "M", date.year - 1867


FULL_WIDTH = str.maketrans(string.digits + "/.", "０１２３４５６７８９／．")


@settings(deadline=None, max_examples=60)
@given(date=st.dates(dt.date(1873, 1, 1), dt.date(2099, 12, 31)), pick=st.integers(0, 100))
def test_a_date_in_any_writing_loses_its_day(date: dt.date, pick: int) -> None:
    y, m, d = date.year, date.month, date.day
    kanji, letter, n = era(date)
    nengo = "元" if n == 1 else str(n)
    writings = [
        f"{date}", f"{date:%Y/%m/%d}", f"{y}/{m}/{d}", f"{date:%Y%m%d}", f"{y}.{m}.{d}", f"{y}年{m}月{d}日",
        f"{kanji}{nengo}年{m}月{d}日", f"{letter}{n}.{m}.{d}", f"{letter.lower()}{n}/{m}/{d}", f"{kanji[0]}{n}.{m}.{d}",
        f"{letter}{n:02d}-{m:02d}-{d:02d}", f"{date}T09:30:00+09:00", f"{date} 09:30", f" {date} ", f"{y}-{m:02d}",
        f"{y}年{m}月", f"{kanji}{nengo}年{m}月", f"{kanji} {n}年{m}月{d}日",
    ]  # fmt: skip
    text = writings[pick % len(writings)]
    frame = pl.DataFrame({"c": [text, text.translate(FULL_WIDTH)]})
    year, month, decade = (
        frame.select(coarser(pl.col("c"), unit)).to_series().to_list() for unit in ("year", "year_month", "decade")
    )
    assert year == [str(y)] * 2
    assert month == [f"{y}-{m:02d}"] * 2
    assert decade == [f"{y // 10 * 10}s"] * 2


@pytest.mark.parametrize(
    ("text", "year", "month"),
    [
        ("03/04/2024", "2024", None),
        ("31/12/2024", "2024", "2024-12"),
        ("12/31/2024", "2024", "2024-12"),
        ("4.4.2024", "2024", "2024-04"),
        ("㍻31年4月30日", "2019", "2019-04"),
        ("令和2年度", "2020", None),
        ("1985", "1985", None),
        ("昭和55年", "1980", None),
        ("4-Apr-2024", "2024", "2024-04"),
        ("4 April 2024 09:30", "2024", "2024-04"),
    ],
)
def test_writings_that_tell_less(text: str, year: str, month: str | None) -> None:
    assert apply(Generalise(column="c", to="year"), text) == [year]
    assert apply(Generalise(column="c", to="year_month"), text) == [month]


@pytest.mark.parametrize(
    "text",
    ["2024-13-01", "2024-01-32", "平成32年1月1日", "昭和65年1月1日", "31/31/2024", "01/02/85", "soon", "12345",
     "1985-01-02 Ann", "Ann 1985-01-02", "x1985", "R6", "20241301", "0850102"],
)  # fmt: skip
@pytest.mark.parametrize("to", ["year", "year_month", "decade"])
def test_what_is_no_date_becomes_null(text: str, to: str) -> None:
    assert apply(Generalise(column="c", to=to), text) == [None]  # type: ignore[arg-type]


@settings(deadline=None, max_examples=60)
@given(values=st.lists(words | st.none(), min_size=1, max_size=8), n=st.integers(1, 6))
def test_first_chars(values: list[str | None], n: int) -> None:
    assert apply(Generalise(column="c", to="first_chars", n=n), *values) == [v and v[:n] for v in values]


@settings(deadline=None, max_examples=60)
@given(number=st.floats(-1e9, 1e9), width=st.integers(1, 1000))
def test_number_range_holds_the_number(number: float, width: int) -> None:
    (text,) = apply(Generalise(column="c", to="number_range", n=width), repr(number))
    assert text is not None
    low, high = map(int, text.split(".."))
    assert low <= number < high + 1
    assert high - low == width - 1
    assert low % width == 0


def test_number_range_of_writings() -> None:
    step = Generalise(column="c", to="number_range", n=10)
    assert apply(step, "1,234", "１２", " 5 ", "40人", "inf", "nan", "", "1e400") == [
        "1230..1239", "10..19", "0..9", None, None, None, None, None,
    ]  # fmt: skip


limit = st.none() | st.integers(-50, 150) | st.floats(-50, 150)


@settings(deadline=None, max_examples=80)
@given(numbers=st.lists(st.integers(-99, 200) | st.floats(-99, 200), min_size=1, max_size=8), low=limit, high=limit)
def test_no_number_beyond_the_limits_leaves(numbers: list[float], low: float | None, high: float | None) -> None:
    if low is None and high is None:
        high = 90
    if low is not None and high is not None and low >= high:
        low = None
    made = apply(TopBottomCode(column="c", bottom=low, top=high), *map(repr, numbers))
    for number, text in zip(numbers, made, strict=True):
        if low is not None and number <= low:
            assert text == f"<={low:.15g}"
        elif high is not None and number >= high:
            assert text == f">={high:.15g}"
        else:
            assert text == repr(number)


def test_coding_of_writings() -> None:
    step = TopBottomCode(column="c", bottom=18, top=1200)
    values = ["1,234", "９", " 25 ", "40人", "inf", "-inf", "nan", "1e400", None]
    assert apply(step, *values) == [">=1200", "<=18", " 25 ", None, None, None, None, None, None]


def haversine(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres between two places on a sphere of the mean radius of the earth."""
    (p, q), (r, s) = [tuple(map(math.radians, place)) for place in (a, b)]
    h = math.sin((r - p) / 2) ** 2 + math.cos(p) * math.cos(r) * math.sin((s - q) / 2) ** 2
    return 2 * 6_371_008 * math.asin(math.sqrt(h))


@settings(deadline=None, max_examples=60)
@given(error=st.floats(1, LARGEST_ERROR_M), latitude=st.floats(-85, 85), longitude=st.floats(-179, 179))
def test_the_corner_of_every_cell_is_far_enough(error: float, latitude: float, longitude: float) -> None:
    decimals = decimals_for(error)
    assert largest_error_m(decimals) >= error
    assert decimals_for(largest_error_m(decimals)) == decimals
    half = 10.0**-decimals / 2
    assert (
        haversine((latitude, longitude), (latitude + half, longitude + half)) >= error * 0.99
    )  # the earth is no sphere


def test_a_thousand_metres_need_one_decimal() -> None:
    """Two decimals lie within 787 m: that is still precise (28 CFR 202.242)."""
    assert [decimals_for(error) for error in (50, 500, 1000, 5000, 50_000, 500_000)] == [3, 2, 1, 1, 0, -1]


@settings(deadline=None, max_examples=60)
@given(error=st.sampled_from([50, 500, 1000, 5000, 50_000, 500_000]), degrees=st.floats(-180, 180))
def test_rounding_stays_within_half_a_cell(error: float, degrees: float) -> None:
    (text,) = apply(RoundLocation(column="c", min_error_m=error), f"{degrees:.9f}")
    assert text is not None
    decimals = decimals_for(error)
    assert abs(float(text) - degrees) <= 10.0**-decimals / 2 + 1e-9
    assert text != "-0.0"
    assert len(text.partition(".")[2]) <= max(0, decimals)


def test_pairs_and_what_is_no_place() -> None:
    step = RoundLocation(column="c", min_error_m=1000)
    assert apply(step, "35.658,139.745", "(35.658, 139.745)", "35.658 139.745", "３５．６５８", "-0.04") == [
        "35.7,139.7", "35.7,139.7", "35.7,139.7", "35.7", "0.0",
    ]  # fmt: skip
    assert apply(step, "181", "35.658,139.745,12", "35°39'29\"N", "Tokyo", "1e2", "nan", None) == [None] * 7


def test_every_step_says_what_it_guarantees() -> None:
    from tegata.model.step import Drop, Encrypt, EncryptFpe, Keep, Pseudonymise, RedactText, ShiftDates, Tokenise
    from tegata.protect.guarantee import guarantee

    steps = [
        Drop(column="c"), Keep(column="c"),
        RedactText(column="c"), RedactText(column="c", known=("d",)),
        Pseudonymise(column="c"), EncryptFpe(column="c"),
        *(Encrypt(column="c", deterministic=same, held_in=place) for same in (True, False) for place in ("", "JP")),
        Mask(column="c"), Mask(column="c", show_last=4),
        RoundLocation(column="c", min_error_m=1000),
        Tokenise(column="c"), ShiftDates(column="c", subject=("p",)), ShiftDates(column="c", subject=("p",), days=30),
        TopBottomCode(column="c", top=90), TopBottomCode(column="c", bottom=18),
        TopBottomCode(column="c", bottom=18, top=90),
        *(Generalise(column="c", to=to, n=3) for to in ("year", "year_month", "decade", "first_chars", "number_range")),
    ]  # fmt: skip
    texts = [guarantee(step) for step in steps]
    assert len({text.en for text in texts}) == len({text.ja for text in texts}) == len(steps)
    assert "at least 5,529 m" in texts[12].en
