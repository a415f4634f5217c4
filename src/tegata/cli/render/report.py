"""A profile as one HTML page for people who decide: English and Japanese, printable, nothing loaded from elsewhere.

The page needs no script: two radio buttons choose the language, for the screen and for the printer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from html import escape
from math import log10
from typing import Final

from tegata.cli.paper import harmless
from tegata.cli.render.profile import category_words, keyless, shape
from tegata.cli.render.report_style import STYLE
from tegata.model.base import Text, t
from tegata.model.profile import ColumnProfile, Evidence, Find, Link, Profile, SubjectCount, Unread
from tegata.scan import RecogniserSet

ORDINARY: Final = "ordinary"
WIDTH: Final = 90  # of a bar, in pixels
STRONGEST: Final = 15.0  # natural-log likelihood ratio at which the bar of a reason is full

HOW_TO_READ: Final = (
    t(
        "Sure is the probability, from 0 to 100 %, that the column is of this category, given all reasons below.",
        "確度は、下に挙げた根拠をすべて考慮したうえで、列がその分類である確率です（0～100 %）。",
    ),
    t(
        "Matched is the share of filled cells that have the written form of the category and pass its check digit or "
        "range, where there is one.",
        "一致は、値のあるセルのうち、書式に合い、検査数字や範囲の検査にも合格したものの割合です。",
    ),
    t(
        "A number of people without a sign is exact. With ≤ it is an upper bound: no column tells people apart, so "
        "each row is taken for another person.",
        "人数に記号がなければ正確な数、≤ が付けば上限です。個人を識別できる列がないとき、1 行を 1 人と数えます。",
    ),
    t(
        "A reason speaks for the category (bar to the right) or against it (to the left). Its number is the natural "
        "logarithm of the likelihood ratio: +2.3 makes the category ten times likelier.",
        "根拠は分類を支持する（棒が右）か否定する（左）かを示します。数値は尤度比の自然対数で、+2.3 は 10 倍です。",
    ),
    t(
        "The page holds no value of the data: only numbers, names of columns and a digest of the bytes that were read.",
        "このページにデータの値は含まれません。数、列名、読み取ったバイト列のダイジェストだけです。",
    ),
)


def page(profile: Profile, name: str, recognisers: RecogniserSet, made: dt.datetime) -> str:
    """The whole document. `name` is what the reader calls the source; `made` when the scan ended."""
    title = f"{harmless(name)} - Tegata"
    parts = (
        _head(profile, name, made),
        _summary(profile),
        _people(profile.subjects),
        _links(profile.links),
        _unread(profile.unread),
        _content(profile, recognisers),
        *(_one_of_several(table, recognisers) for table in profile.tables),
        _reading(),
    )
    return (
        f"<!doctype html>\n<html><head><meta charset='utf-8'><title>{escape(title)}</title>"
        "<meta name='viewport' content='width=device-width'>"
        f"<style>{STYLE}</style></head><body>{_CHOICE}<main>{''.join(parts)}</main></body></html>\n"
    )


def _content(profile: Profile, recognisers: RecogniserSet) -> str:
    return _columns(profile.columns) + _notes(profile.notes) + _reasons(profile.columns, recognisers)


def _one_of_several(table: Profile, recognisers: RecogniserSet) -> str:
    """A table of a data set, with its own counts."""
    title = f"<h2 class='table'><code>{escape(harmless(table.name))}</code></h2>"
    digest = f"<p>{both(shape(table))} <code>{escape(table.source_digest)}</code></p>"
    return f"{title}{digest}{_people(table.subjects)}{_content(table, recognisers)}"


def _links(links: Sequence[Link]) -> str:
    titles = (t("tables", "表"), t("told apart by", "識別に用いた列"), t("why", "根拠"))
    rows = [
        (
            "<br>".join(f"<code>{escape(harmless(name))}</code>" for name in link.tables),
            ", ".join(f"<code>{escape(harmless(name))}</code>" for name in link.key),
            "<br>".join(map(both, link.evidence)),
        )
        for link in links
    ]
    return _section(
        t("The same people in several tables", "複数の表に現れる同じ人"), _table(titles, rows) if rows else ""
    )


def _unread(parts: Sequence[Unread]) -> str:
    titles = (t("part", "部分"), t("why it was not read", "読み取れなかった理由"))
    rows = [(f"<code>{escape(harmless(one.name))}</code>", both(one.why)) for one in parts]
    return _section(t("Not read: nothing is known of it", "未読: 内容は不明"), _table(titles, rows) if rows else "")


_CHOICE: Final = (
    "<input type='radio' name='language' id='en' checked><label for='en'>English</label>"
    "<input type='radio' name='language' id='ja'><label for='ja'>日本語</label>"
)


def both(text: Text) -> str:
    """A sentence in both languages; the chosen one shows."""
    en, ja = (escape(harmless(text.say(language))) for language in ("en", "ja"))
    return en if en == ja else f"<span lang='en'>{en}</span><span lang='ja'>{ja}</span>"


def bar(share: float, words: str) -> str:
    """A bar from 0 to 1 with its figure."""
    return (
        f"<span class='figure'><svg class='bar' width='{WIDTH}' height='10' aria-hidden='true'>"
        f"<rect width='{WIDTH}' height='10' class='back'/>"
        f"<rect width='{max(0.0, min(1.0, share)) * WIDTH:.1f}' height='10'/></svg> {escape(words)}</span>"
    )


def _table(titles: Sequence[Text], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{both(title)}</th>" for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _section(title: Text, content: str) -> str:
    return f"<section><h2>{both(title)}</h2>{content}</section>" if content else ""


def _head(profile: Profile, name: str, made: dt.datetime) -> str:
    facts = (
        (t("read", "対象"), both(shape(profile))),
        (t("digest", "ダイジェスト"), f"<code>{escape(profile.source_digest)}</code>"),
        (t("scanned", "実施日時"), escape(made.isoformat(timespec="seconds"))),
        (t("recognisers", "認識器"), f"<code>{escape(profile.scanner)}</code>"),
    )
    rows = "".join(f"<dt>{both(title)}</dt><dd>{value}</dd>" for title, value in facts)
    what = t("What is in this data", "このデータに含まれるもの")
    return f"<header><p>{both(what)}</p><h1>{escape(harmless(name))}</h1><dl>{rows}</dl></header>"


def _summary(profile: Profile) -> str:
    if not profile.categories:
        said = t("No column holds personal or operational data.", "個人データや運用データの列は見つかりませんでした。")
        return f"<section class='summary'><p>{both(said)}</p></section>"
    items = "".join(f"<li>{both(category_words(one))}: {_in_columns(profile, one)}</li>" for one in profile.categories)
    kind = f"<p>{both(t('kind of table', '表の種類'))}: <code>{escape(profile.table_kind)}</code></p>"
    return _section(t("Found", "見つかったもの"), f"<ul>{items}</ul>" + (kind if profile.table_kind else ""))


def _in_columns(profile: Profile, category: str) -> str:
    columns = [("", column) for column in profile.columns]
    columns += [(f"{table.name}: ", column) for table in profile.tables for column in table.columns]
    names = [escape(harmless(f"{table}{c.name}")) for table, c in columns if c.category == category]
    return ", ".join(f"<code>{name}</code>" for name in names)


def _people(subjects: Sequence[SubjectCount]) -> str:
    titles = (t("category", "分類"), t("people or devices", "人数・台数"), t("told apart by", "識別に用いた列"))
    most = max((count.n for count in subjects), default=0)
    rows = [(both(category_words(c.category)), _number(c, most), _counted_by(c), _residents(c)) for c in subjects]
    where = t("residence", "居住国")
    return _section(t("How many people", "人数"), _table((*titles, where), rows) if rows else "")


def _number(count: SubjectCount, most: int) -> str:
    """Bars grow with the logarithm: what matters is the power of ten."""
    words = f"{count.n:,}" if count.exact else f"≤ {count.n:,}"
    return bar(log10(count.n + 1) / log10(most + 1) if most else 0.0, words)


def _counted_by(count: SubjectCount) -> str:
    if not count.key:
        return both(keyless(count))
    return ", ".join(f"<code>{escape(harmless(name))}</code>" for name in count.key)


def _residents(count: SubjectCount) -> str:
    known = ", ".join(f"{escape(country)} {n:,}" for country, n in count.residents.items())
    return known or both(t("not known", "不明"))


COLUMN_TITLES: Final = (
    t("column", "列"),
    t("category", "分類"),
    t("sure", "確度"),
    t("matched", "一致"),
    t("filled", "値あり"),
)


def _columns(columns: Sequence[ColumnProfile]) -> str:
    rows = [_column(column) for column in columns]
    return _section(t("Columns", "列"), _table(COLUMN_TITLES, rows) if rows else "")


def _categories(column: ColumnProfile) -> Sequence[str]:
    """What it is; ordinary only where it holds nothing else."""
    return [one for one in column.categories if one != ORDINARY] or [ORDINARY]


def _column(column: ColumnProfile) -> Sequence[str]:
    filled = column.rows - column.nulls
    known = column.category != ORDINARY
    return (
        f"<code>{escape(harmless(column.name))}</code>",
        " · ".join(both(category_words(category)) for category in _categories(column)),
        bar(column.confidence, f"{column.confidence:.0%}") if known else "",
        bar(column.matched / filled, f"{column.matched / filled:.0%}") if known and filled else "",
        bar(filled / column.rows, f"{filled / column.rows:.0%}") if column.rows else "",
    )


def _notes(notes: Sequence[Text]) -> str:
    items = "".join(f"<li>{both(note)}</li>" for note in notes)
    return _section(t("Read this too", "注意"), f"<ul class='notes'>{items}</ul>" if items else "")


def _reasons(columns: Sequence[ColumnProfile], recognisers: RecogniserSet) -> str:
    found = [_why(column, recognisers) for column in columns if column.evidence or column.finds]
    return _section(t("Why", "根拠"), "".join(found))


def _why(column: ColumnProfile, recognisers: RecogniserSet) -> str:
    recogniser = recognisers.by_id.get(column.recogniser)
    title = f"{both(recogniser.title)} <small>{escape(recogniser.citation)}</small>" if recogniser else ""
    return (
        f"<article><h3><code>{escape(harmless(column.name))}</code> {both(category_words(column.category))}</h3>"
        f"<p>{title}</p>{_evidence(column.evidence)}{''.join(map(_found, column.finds))}</article>"
    )


def _found(find: Find) -> str:
    title = both(t("inside its cells", "セルの中"))
    where = " ".join(f"<code>{escape(harmless(part))}</code>" for part in (find.path, find.form) if part)
    return f"<p>{title}: {both(category_words(find.category))} {where}</p>{_evidence(find.evidence)}"


def _evidence(items: Sequence[Evidence]) -> str:
    rows = "".join(f"<tr><td>{_weight(item)}</td><td>{both(item.say)}</td></tr>" for item in items)
    return f"<table class='why'>{rows}</table>"


def _weight(item: Evidence) -> str:
    """A bar that leans to the right for a reason that speaks for the category, to the left for one against it."""
    half = WIDTH / 2
    length = min(1.0, abs(item.weight) / STRONGEST) * half
    start = half if item.weight >= 0 else half - length
    words = f"{item.weight:+.1f}"
    return (
        f"<span class='figure'><svg class='bar' width='{WIDTH}' height='10' aria-hidden='true'>"
        f"<rect width='{WIDTH}' height='10' class='back'/>"
        f"<rect x='{start:.1f}' width='{length:.1f}' height='10' class='{'for' if item.weight >= 0 else 'against'}'/>"
        f"<line x1='{half}' x2='{half}' y2='10'/></svg> {words}</span>"
    )


def _reading() -> str:
    return _section(t("How to read this", "読み方"), "".join(f"<p>{both(line)}</p>" for line in HOW_TO_READ))
