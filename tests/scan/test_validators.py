"""Check digits over columns against an independent implementation (python-stdnum where it has one), value by value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest
import stdnum.at.vnr
import stdnum.be.nn
import stdnum.bg.egn
import stdnum.cn.ric
import stdnum.cz.rc
import stdnum.de.idnr
import stdnum.ean
import stdnum.ee.ik
import stdnum.es.dni
import stdnum.es.nie
import stdnum.fi.hetu
import stdnum.fr.nir
import stdnum.gb.nhs
import stdnum.gr.amka
import stdnum.hr.oib
import stdnum.iban
import stdnum.ie.pps
import stdnum.imei
import stdnum.in_.aadhaar
import stdnum.it.codicefiscale
import stdnum.jp.cn
import stdnum.jp.in_
import stdnum.kr.rrn
import stdnum.luhn
import stdnum.lv.pvn
import stdnum.nl.bsn
import stdnum.pl.pesel
import stdnum.pt.cc
import stdnum.pt.nif
import stdnum.ro.cnp
import stdnum.se.personnummer
import stdnum.si.emso
import stdnum.us.itin
import stdnum.us.rtn
import stdnum.us.ssn
import stdnum.verhoeff
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.scan import builtin_recognisers
from tegata.scan.normalise import canonical
from tegata.scan.validators import VALIDATORS

Oracle = Callable[[str], bool]
DIGITS = "0123456789"


def digits(n: int, first: str = DIGITS) -> st.SearchStrategy[str]:
    return st.builds(lambda a, b: a + b, st.sampled_from(first), st.text(DIGITS, min_size=n - 1, max_size=n - 1))


def joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


PAST = st.dates(date(1930, 1, 1), date(1999, 12, 31))
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
HETU_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def fiscal_code() -> st.SearchStrategy[str]:
    return st.builds(
        lambda name, d, town, check: f"{name}{d:%y}{'ABCDEHLMPRST'[d.month - 1]}{d:%d}{town}{check}",
        st.text(LETTERS, min_size=6, max_size=6),
        PAST,
        joined(st.sampled_from("ABCDEFGHIL"), digits(3)),
        st.sampled_from(LETTERS),
    )


def dni_or_nie(value: str) -> bool:
    return bool(stdnum.es.dni.is_valid(value) or stdnum.es.nie.is_valid(value))


def luhn_80840(value: str) -> bool:
    return value[0] in "12" and bool(stdnum.luhn.is_valid("80840" + value))


def insurer(value: str) -> bool:
    return bool(stdnum.luhn.is_valid(value)) and 1 <= int(value[-6:-4]) <= 47


def issued_routing(value: str) -> bool:
    prefix = int(value[:2])
    ranges = (range(13), range(21, 33), range(61, 73), (80,))
    return bool(stdnum.us.rtn.is_valid(value)) and any(prefix in r for r in ranges)


def dea(value: str) -> bool:
    d = [int(c) for c in value[2:]]
    return (d[0] + d[2] + d[4] + 2 * (d[1] + d[3] + d[5])) % 10 == d[6]


def vin(value: str) -> bool:
    letters = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    total = sum(int(letters.get(c, c)) * w for c, w in zip(value, weights, strict=True))
    return value[8] == "0123456789X"[total % 11]


def nric(value: str) -> bool:
    total = sum(int(c) * w for c, w in zip(value[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    total += {"T": 4, "G": 4, "M": 3}.get(value[0], 0)
    table = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}
    return table[value[0]][total % 11] == value[8]


def snomed(value: str) -> bool:
    return bool(stdnum.verhoeff.is_valid(value)) and value[-3:-1] in ("00", "01", "02", "10", "11", "12")


# name -> (what the column may hold, what the independent implementation says)
def hu_taj(value: str) -> bool:
    return sum((3, 7)[n % 2] * int(c) for n, c in enumerate(value[:8])) % 10 == int(value[8])


def hu_tax(value: str) -> bool:
    return value[0] == "8" and sum(n * int(c) for n, c in enumerate(value[:9], 1)) % 11 == int(value[9])


def lu_matricule(value: str) -> bool:
    return bool(stdnum.luhn.is_valid(value[:12]) and stdnum.verhoeff.is_valid(value[:11] + value[12]))


CASES: dict[str, tuple[st.SearchStrategy[str], Oracle]] = {
    "aadhaar": (digits(12), stdnum.in_.aadhaar.is_valid),
    "aba_routing": (digits(9), issued_routing),
    "be_national_number": (
        joined(st.dates(date(2000, 1, 1), date(2019, 12, 31)).map(lambda d: f"{d:%y%m%d}"), digits(5)),
        stdnum.be.nn.is_valid,
    ),
    "card": (joined(st.just("4"), digits(15)), stdnum.luhn.is_valid),
    "cn_resident_id": (
        joined(st.just("110101"), PAST.map(lambda d: f"{d:%Y%m%d}"), digits(3), st.sampled_from(DIGITS + "X")),
        stdnum.cn.ric.is_valid,
    ),
    "corporate_number": (digits(13), stdnum.jp.cn.is_valid),
    "de_tax_id": (digits(11), stdnum.de.idnr.is_valid),
    "dea": (joined(st.just("AB"), digits(7)), dea),
    "ean13": (digits(13), stdnum.ean.is_valid),
    "es_dni": (
        joined(st.one_of(digits(8), digits(8, "XYZ")), st.sampled_from(DNI_LETTERS)),
        dni_or_nie,
    ),
    "fi_hetu": (
        joined(PAST.map(lambda d: f"{d:%d%m%y}-"), digits(3), st.sampled_from(HETU_LETTERS)),
        stdnum.fi.hetu.is_valid,
    ),
    "fr_nir": (
        joined(digits(3, "12"), st.sampled_from(["01", "07", "12"]), st.sampled_from(["2A", "2B", "75"]), digits(8)),
        stdnum.fr.nir.is_valid,
    ),
    "iban": (
        st.one_of(joined(st.sampled_from(["DE", "XX"]), digits(20)), joined(st.just("SE"), digits(22))),
        lambda value: bool(stdnum.iban.is_valid(value, check_country=False)),
    ),
    "iccid": (joined(st.just("89"), digits(17)), stdnum.luhn.is_valid),
    "imei": (digits(15), stdnum.imei.is_valid),
    "insurer_number": (st.one_of(digits(8), digits(6)), insurer),
    "invoice_number": (digits(13).map(lambda n: "T" + n), lambda value: bool(stdnum.jp.cn.is_valid(value[1:]))),
    "it_codice_fiscale": (fiscal_code(), stdnum.it.codicefiscale.is_valid),
    "itin": (
        joined(st.just("9"), digits(2), st.integers(70, 99).map(str), digits(4)),
        stdnum.us.itin.is_valid,
    ),
    "kr_rrn": (
        joined(PAST.map(lambda d: f"{d:%y%m%d}"), digits(7, "12")),
        stdnum.kr.rrn.is_valid,
    ),
    "loinc": (digits(6), stdnum.luhn.is_valid),
    "my_number": (digits(12), stdnum.jp.in_.is_valid),
    "nhs": (digits(10, "123456789"), stdnum.gb.nhs.is_valid),
    "nl_bsn": (digits(9, "123456789"), stdnum.nl.bsn.is_valid),
    "npi": (digits(10), luhn_80840),
    "pl_pesel": (joined(PAST.map(lambda d: f"{d:%y%m%d}"), digits(5)), stdnum.pl.pesel.is_valid),
    "se_personnummer": (joined(PAST.map(lambda d: f"{d:%y%m%d}"), digits(4)), stdnum.se.personnummer.is_valid),
    "sg_nric": (joined(digits(8, "STFGM"), st.sampled_from(LETTERS)), nric),
    "snomed": (
        joined(st.integers(1, 10**14).map(str), st.sampled_from(["00", "01", "12", "33"]), digits(1)),
        snomed,
    ),
    "ssn": (joined(st.sampled_from(["000", "001", "078", "666", "899", "900"]), st.sampled_from(["00", "05", "99"]),
                   st.sampled_from(["0000", "1120", "0001"])), stdnum.us.ssn.is_valid),
    "vin": (st.text("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", min_size=17, max_size=17), vin),
    "at_svnr": (joined(digits(4, "123456789"), PAST.map(lambda d: f"{d:%d%m%y}")), stdnum.at.vnr.is_valid),
    "bg_egn": (
        joined(PAST.map(lambda d: f"{d:%y}{d.month + d.day % 3 * 20:02}{d:%d}"), digits(4)),
        stdnum.bg.egn.is_valid,
    ),
    "cz_rc": (
        joined(PAST.map(lambda d: f"{d:%y}{d.month + d.day % 2 * 50:02}{d:%d}"), st.one_of(digits(3), digits(4))),
        stdnum.cz.rc.is_valid,
    ),
    "ee_ik": (joined(digits(1, "12345678"), PAST.map(lambda d: f"{d:%y%m%d}"), digits(4)), stdnum.ee.ik.is_valid),
    "gr_amka": (joined(PAST.map(lambda d: f"{d:%d%m%y}"), digits(5)), stdnum.gr.amka.is_valid),
    "hr_oib": (digits(11), stdnum.hr.oib.is_valid),
    "hu_taj": (digits(9), hu_taj),
    "hu_tax": (digits(10, "89"), hu_tax),
    "ie_pps": (joined(digits(7), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVW")), stdnum.ie.pps.is_valid),
    "lu_matricule": (
        joined(PAST.map(lambda d: f"{d:%Y%m%d}"), digits(3)).flatmap(
            lambda body: st.sampled_from([body + stdnum.luhn.calc_check_digit(body) + "0", body + "00"])
        ),
        lu_matricule,
    ),
    "lv_pk": (
        joined(st.one_of(PAST.map(lambda d: f"{d:%d%m%y}"), digits(4).map("32".__add__)), digits(5, "012")),
        stdnum.lv.pvn.is_valid,
    ),
    "pt_cc": (joined(digits(9), st.sampled_from(["ZZ", "A0", "5Q"]), digits(1)), stdnum.pt.cc.is_valid),
    "pt_nif": (digits(9, "123"), stdnum.pt.nif.is_valid),
    "ro_cnp": (
        joined(digits(1, "12"), PAST.map(lambda d: f"{d:%y%m%d}"), st.sampled_from(["01", "40", "52"]), digits(4)),
        stdnum.ro.cnp.is_valid,
    ),
    "si_emso": (
        joined(PAST.map(lambda d: f"{d:%d%m}{d.year % 1000:03}"), st.just("50"), digits(4)),
        stdnum.si.emso.is_valid,
    ),
}  # fmt: skip


def last_characters(value: str) -> list[str]:
    """The value and every other last character of the same kind: about one of them is valid."""
    alphabet = DIGITS if value[-1] in DIGITS else LETTERS.translate({ord(c): None for c in "IOQ"})
    return [value, *(value[:-1] + c for c in alphabet)]


EXAMPLES = {
    recogniser.validator: canonical(
        pl.Series([*recogniser.examples, *recogniser.counterexamples]), recogniser.normaliser
    )
    for recogniser in builtin_recognisers().recognisers
    if recogniser.validator
}
"""What a recogniser gives as right and as wrong, in the form in which its validator sees it."""


@pytest.mark.parametrize("name", sorted(VALIDATORS))
def test_agrees_with_independent_implementation(name: str) -> None:
    strategy, oracle = CASES[name]
    seen = {True: 0, False: 0}

    @settings(max_examples=15, deadline=None)
    @given(st.lists(strategy, min_size=1, max_size=12))
    def agree(values: list[str]) -> None:
        column = [*EXAMPLES[name], *(variant for value in values for variant in last_characters(value))]
        got = VALIDATORS[name](pl.Series(column)).to_list()
        expected = [bool(oracle(value)) for value in column]
        assert got == expected, [v for v, g, e in zip(column, got, expected, strict=True) if g != e][:3]
        for verdict in expected:
            seen[verdict] += 1

    agree()
    assert seen[True]
    assert seen[False]


def test_every_validator_is_used_and_tested() -> None:
    used = {r.validator for r in builtin_recognisers().recognisers if r.validator}
    assert used == set(VALIDATORS) == set(CASES)


def test_card_needs_an_issuer_range_and_its_length() -> None:
    right = ["4111111111111111", "5555555555554444", "378282246310005", "3530111333300000"]
    wrong = ["0000000000000000", "79927398713", "41111111111111117"]
    assert VALIDATORS["card"](pl.Series(right + wrong)).to_list() == [True] * 4 + [False] * 3


def test_ssn_never_issued_to_anybody() -> None:
    assert VALIDATORS["ssn"](pl.Series(["078051120", "219099999", "123456789"])).to_list() == [False, False, True]


@pytest.mark.parametrize("name", sorted(VALIDATORS))
def test_no_rows(name: str) -> None:
    assert VALIDATORS[name](pl.Series([], dtype=pl.String)).to_list() == []
