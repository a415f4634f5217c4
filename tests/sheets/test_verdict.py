"""A verdict on paper: one verdict, the same bytes; text that can be taken out; nothing that steers the reader."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.base import Language, Text
from tegata.model.evidence import Check, Entry, Verification
from tegata.sheets import package
from tegata.sheets.letters import markup
from tegata.sheets.package import PackageContent, package_sheet
from tegata.sheets.verdict import About, verdict_sheet
from tegata.trust import seal, verify_passport
from tests.trust.samples import AT_HAND, KEY, TRUSTED, but, sound

pytest.importorskip("reportlab", reason="reportlab is not installed")
ABOUT = About("register.passport.jws", "sha256:" + "5a" * 32)
RESULT = verify_passport(seal(sound(), KEY), AT_HAND, TRUSTED)
NAMES = ("山田 花子・𠮷野", "김철수", "李小龙", "Zoë <b>&amp;</b>", "\u202egnp.exe", "a\x00b", "𝔘", "\ud800")


def text_of(document: bytes, folder: Path) -> str:
    """What poppler takes out of it, without white space."""
    if shutil.which("pdftotext") is None:
        pytest.skip("poppler-utils is not installed")
    (folder / "it.pdf").write_bytes(document)
    done = subprocess.run(["pdftotext", "-layout", folder / "it.pdf", "-"], capture_output=True, check=True)
    return re.sub(r"\s", "", done.stdout.decode())


@pytest.mark.parametrize("language", ["en", "ja"])
def test_everything_that_was_found_can_be_taken_out_as_text(tmp_path: Path, language: Language) -> None:
    document = verdict_sheet(RESULT, ABOUT, language)
    assert verdict_sheet(RESULT, ABOUT, language) == document
    assert document.startswith(b"%PDF-1.")
    text, passport = text_of(document, tmp_path), RESULT.passport
    assert passport is not None
    said = [check.say for check in RESULT.checks] + [one.condition.say for one in passport.obligations]
    wanted = [re.sub(r"\s", "", one.say(language)) for one in said]
    wanted += [ABOUT.digest, passport.id, passport.provider, passport.recipient, passport.data_digest, "TOTAL-PASSED"]
    letters = "".join(sorted(set(text)))
    assert [one for one in wanted if one not in text] == [], letters
    assert not set("〓") & set(text)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_names_from_anywhere_neither_break_nor_steer_it(tmp_path: Path, language: Language) -> None:
    assert RESULT.passport is not None
    name = " ".join(NAMES)
    result = but(RESULT, passport=but(RESULT.passport, title=Text(en=name, ja=name)))
    text = text_of(verdict_sheet(result, ABOUT, language), tmp_path)
    for shown in ("山田花子", "김철수", "李小龙", "Zoë<b>&amp;</b>", "〓gnp.exe", "a〓b"):
        assert shown in text


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(), max_size=200))
def test_no_letter_is_read_as_markup(text: str) -> None:
    set_ = re.sub(r'<font name="[A-Za-z0-9-]+">|</font>', "", markup(text))
    assert "<" not in set_
    assert ">" not in set_
    assert not re.search(r"&(?!amp;|lt;|gt;)", set_)
    assert not re.search(r"[\x00-\x1f\ud800-\udfff\u202a-\u202e]", set_)


@pytest.mark.parametrize(("verdict", "word"), [("total-failed", "NOT valid"), ("indeterminate", "not certain")])
def test_a_verdict_that_is_not_good_is_no_less_plain(tmp_path: Path, verdict: str, word: str) -> None:
    failed = Check(name="signature", verdict="failed", say=Text(en="it does not hold " * 300, ja="x"))
    result = Verification(verdict=verdict, sub_indication="SIG_CRYPTO_FAILURE", checks=(failed,))
    text = text_of(verdict_sheet(result, ABOUT, "en"), tmp_path)
    assert word.replace(" ", "") in text
    assert "(SIG_CRYPTO_FAILURE)" in text
    assert text.count("itdoesnothold") == 300


def test_what_is_too_much_to_list_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MOST_LINES", 40)
    at = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
    body = {"digest": "sha256:" + "0" * 64}
    entries = {n: Entry(kind="release", at=at, subject=f"urn:{n}", body=body, salt="") for n in range(47)}
    question = Text(en="everything about it", ja="すべて")
    content = PackageContent(question, KEY.did, 9_999, "cm9vdA==", entries)
    text = text_of(package_sheet(RESULT, content, "en"), tmp_path)
    assert "urn:39" in text
    assert "urn:40" not in text
    assert "and7more" in text
