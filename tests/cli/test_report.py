"""`tegata scan --report`: a page that a lawyer can read and print, and that hostile names cannot turn into another."""

from __future__ import annotations

import csv
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tegata.cli.render.report import WIDTH
from tests.cli.conftest import Tegata

VOID = {"meta", "input", "rect", "line"}


class Page(HTMLParser):
    """Fails on tags that do not close; gathers tags, attributes and texts by language."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: dict[str, list[str]] = {"en": [], "ja": [], "": []}
        self._language = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if "lang" in dict(attrs):
            self._language = dict(attrs)["lang"] or ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open.pop() == tag
        if tag == "span":
            self._language = ""

    def handle_data(self, data: str) -> None:
        self.said[self._language].append(data)


def report(tegata: Tegata, source: Path, tmp_path: Path) -> Page:
    out = tmp_path / "report.html"
    ran = tegata("scan", source, "--report", out)
    assert ran.code == 0, ran
    return Page(out.read_text("utf-8"))


def test_everything_is_said_in_both_languages_and_no_value_is_shown(
    tegata: Tegata, register: Path, tmp_path: Path
) -> None:
    page = report(tegata, register, tmp_path)
    assert len(page.said["en"]) == len(page.said["ja"]) > 50
    assert "government identifiers" in page.said["en"]
    assert "公的識別番号" in page.said["ja"]
    whole = "".join(text for texts in page.said.values() for text in texts)
    with register.open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["my_number"])
    assert not [name for name in ("氏名", "住所", "email", "my_number") if row[name] in whole]


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(tegata: Tegata, register: Path, tmp_path: Path) -> None:
    page = report(tegata, register, tmp_path)
    assert not {"script", "img", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert not [a for _, attrs in page.tags for a in attrs if a.startswith("on") or a in ("src", "href")]


def test_a_column_called_like_a_script_stays_a_name(tegata: Tegata, tmp_path: Path) -> None:
    source = tmp_path / "x.csv"
    name = "<script>alert(1)</script>' onload='x e-mail"
    source.write_text(f'"{name}",n\n' + "".join(f"u{n}@example.jp,{n}\n" for n in range(50)), "utf-8")
    page = report(tegata, source, tmp_path)
    assert "script" not in {tag for tag, _ in page.tags}
    assert name in page.said[""]


def test_bars_are_as_long_as_their_share(tegata: Tegata, tmp_path: Path) -> None:
    source = tmp_path / "half.csv"
    source.write_text("email,n\n" + "".join(f"{f'u{n}@example.jp' if n % 2 else ''},{n}\n" for n in range(60)), "utf-8")
    page = report(tegata, source, tmp_path)
    widths = [attrs["width"] for tag, attrs in page.tags if tag == "rect" and not attrs.get("class")]
    assert f"{WIDTH / 2:.1f}" in widths  # half of the cells are filled
    assert f"{WIDTH:.1f}" in widths


@pytest.mark.parametrize("language", ["en", "ja"])
def test_an_existing_report_is_kept_unless_forced(
    tegata: Tegata, register: Path, tmp_path: Path, language: str
) -> None:
    out = tmp_path / "report.html"
    out.write_text("mine")
    assert tegata("scan", register, "--report", out, "--lang", language).code == 2
    assert out.read_text() == "mine"
    assert tegata("scan", register, "--report", out, "--force").code == 0
    assert out.read_text() != "mine"
