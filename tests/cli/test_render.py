from __future__ import annotations

import io

import msgspec
import pytest
from rich.cells import cell_len

from tegata.cli.paper import Paper, harmless, wrapped
from tegata.cli.render import catalog, decision, errors, profile
from tegata.cli.render.words import size_words, value_words
from tegata.model.base import Language, t
from tegata.model.errors import InputError
from tegata.model.profile import ColumnProfile, Find, Profile, SourceFormat, SubjectCount
from tegata.wire.dsp.catalog import CatalogItem
from tests.cli.samples import denial, open_question


def written(language: Language = "en") -> tuple[Paper, io.StringIO]:
    stream = io.StringIO()
    return Paper(language, stream), stream


def test_denial_tells_rule_citation_facts_and_path() -> None:
    paper, stream = written()
    decision.show(paper, denial())
    said = " ".join(stream.getvalue().split())
    assert said.startswith("denied (act of 2026-11-25, law as known on 2026-11-25)")
    assert "us.28cfr202 1: denied" in said
    assert "data brokerage with a covered person is prohibited" in said
    assert "us.202.301 28 CFR 202.301" in said
    assert "recipient.located_in = CN (participant register)" in said
    assert "subjects.us_persons = {health: 12,000} (from the scan)" in said
    assert "relation = unknown" in said
    assert "-> allowed with conditions" in said
    assert "- make it a vendor agreement transaction.class: data_brokerage -> vendor" in said


def test_denial_in_japanese_has_no_english_sentence() -> None:
    paper, stream = written("ja")
    decision.show(paper, denial())
    said = stream.getvalue()
    assert said.startswith("拒否")
    assert "対象者へのデータ仲介は禁止されている" in said
    assert "（行為の日 2026-11-25、知識の日 2026-11-25）" in said
    assert "facts used" not in said
    assert "unknown" not in said


def test_packs_that_have_no_say_share_a_line_unless_explained() -> None:
    told = denial()
    silent = msgspec.structs.replace(
        told.per_pack[0], pack="xx.act", applies=False, rules=(), notes=(t("another country", "他国"),)
    )
    told = msgspec.structs.replace(told, per_pack=(*told.per_pack, silent))
    paper, stream = written()
    decision.show(paper, told)
    assert "No say in this: xx.act (`--explain` tells why)" in stream.getvalue()
    assert "another country" not in stream.getvalue()
    paper, stream = written()
    decision.show(paper, told, explain=True)
    assert "No say in this" not in stream.getvalue()
    assert "another country" in stream.getvalue()


def test_what_holds_and_what_may_still_hold_are_told_apart() -> None:
    made = denial()
    pack = made.per_pack[0]
    certain = pack.rules[0]
    still = msgspec.structs.replace(certain, rule="us.202.401", holds=False)
    made = msgspec.structs.replace(made, per_pack=(msgspec.structs.replace(pack, rules=(certain, still)),))
    paper, stream = written()
    decision.show(paper, made)
    brief = stream.getvalue()
    assert "may still apply: us.202.401" in brief
    assert brief.count("data brokerage with a covered person is prohibited") == 1
    decision.show(paper, made, explain=True)
    explained = " ".join(stream.getvalue()[len(brief) :].split())
    assert explained.count("[may still apply]") == 1
    assert "prohibited [may still apply] us.202.401" in explained


def test_open_question_asks_and_tells_what_must_be_done() -> None:
    paper, stream = written()
    decision.show(paper, open_question())
    said = stream.getvalue()
    assert "consent.given" in said
    assert "Did the people consent?" in said
    assert "still possible: allowed with conditions, denied" in said
    assert "government identifiers do not leave" in said
    assert "house.minimise.1  house policy 1" in said
    assert "nothing to change until this is known" in said


def test_no_colour_and_no_control_characters_where_nobody_watches() -> None:
    paper, stream = written()
    decision.show(paper, denial())
    errors.show(paper, InputError("what", why="why", hint="next"))
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J\x1b[31mred", "a\x07b", "\x9b31m", "‮gpj.exe", "one\rtwo", "​hidden", "[bold]markup[/bold]"]
)
def test_titles_of_others_cannot_steer_the_terminal(hostile: str) -> None:
    paper, stream = written()
    item = CatalogItem(
        id=hostile, title=t(hostile, hostile), description=t("", ""), rows=None, offer="", endpoint="", participant=""
    )
    catalog.show_found(paper, [item])
    said = stream.getvalue()
    assert not {"\x1b", "\x07", "\x9b", "\r", "‮", "​"} & set(said)
    if "[" in hostile and "\x1b" not in hostile:
        assert "[bold]" in said  # shown as it is, not obeyed


def test_harmless_keeps_japanese_and_feigns_no_lines() -> None:
    assert harmless("東京都　新宿区 é") == "東京都　新宿区 é"
    assert harmless("title\nvalid (total-passed)") == "title valid (total-passed)"


@pytest.mark.parametrize("width", [10, 20, 37])
def test_wrapped_lines_fit_and_no_japanese_line_begins_with_a_closing_mark(width: int) -> None:
    text = (
        "個人データの第三国への移転は、十分性認定、適切な保護措置（第46条）又は例外のいずれかによらなければなりません。"
    )
    lines = list(wrapped(text + " and some western words", width))
    assert all(cell_len(line) <= width for line in lines)
    assert not any(line.startswith(("、", "。", "）")) for line in lines)
    assert "".join(lines).replace(" ", "") == text + "andsomewesternwords"


def test_table_aligns_japanese_by_columns_of_the_terminal() -> None:
    paper, stream = written()
    paper.table(("列", "b"), [("ab", "x"), ("漢字", "y")])
    lines = stream.getvalue().splitlines()
    assert lines[1].index("x") == 6  # two narrow, four of padding
    assert lines[2].index("y") == 4  # two wide characters take the same four columns


def test_what_cells_hold_stands_beside_what_columns_are() -> None:
    found = Find(recogniser="us.ssn", category="identifier.government", path=".pay.ssn", jurisdictions=("US",), cells=2)
    table = Profile(
        source_digest="sha256:0", source_bytes=1, source_format=SourceFormat(format="csv"), rows=1000,
        columns=(ColumnProfile(name="note", category="ordinary", rows=1000, finds=(found,)),),
        categories=("identifier.government",), subjects=(),
    )  # fmt: skip
    paper, stream = written()
    profile.show(paper, table, "x.csv")
    said = " ".join(stream.getvalue().split())
    assert "note.pay.ssn government identifiers <1% us.ssn (US), inside cells" in said
    assert "ordinary:" not in said


def test_profile_of_wide_table_stays_short() -> None:
    columns = tuple(ColumnProfile(name=f"c{n}", category="ordinary") for n in range(5_000))
    columns += (
        ColumnProfile(
            name="e", category="identifier.contact", recogniser="email", confidence=0.987, rows=10, matched=9
        ),
    )
    shape = Profile(
        source_digest="sha256:00",
        source_bytes=12_345,
        source_format=SourceFormat(format="csv", encoding="utf-8"),
        rows=10,
        columns=columns,
        categories=("identifier.contact",),
        subjects=(SubjectCount(category="identifier.contact", n=10),),
    )
    paper, stream = written()
    profile.show(paper, shape, "wide.csv")
    said = stream.getvalue()
    assert said.startswith("wide.csv: CSV utf-8, 10 rows, 5,001 columns, 12.3 kB")
    assert "and 4,988 more" in said
    assert "≤ 10" in said
    assert len(said.splitlines()) < 15


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "unknown"), (True, "true"), (12_000, "12,000"), (["JP", "US"], "[JP, US]"), ({"health": 3}, "{health: 3}")],
)
def test_values(value: object, words: str) -> None:
    assert value_words(value, "en") == words


@pytest.mark.parametrize(("size", "words"), [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (12_345_678, "12.3 MB")])
def test_sizes(size: int, words: str) -> None:
    assert size_words(size) == words


def test_error_in_both_languages() -> None:
    error = InputError(t("cannot read", "読めません"), why=t("empty", "空です"), hint=t("fill it", "記入してください"))
    for language, lines in (
        ("en", ["tegata: cannot read", "  because: empty", "  next: fill it"]),
        ("ja", ["tegata: 読めません", "  理由: 空です", "  次に: 記入してください"]),
    ):
        paper, stream = written(language)
        errors.show(paper, error)
        assert stream.getvalue().splitlines() == lines
