"""A scan in words: what stands in which column, about how many people, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tegata.cli.paper import Paper
from tegata.cli.render.words import size_words
from tegata.model.base import Text, t
from tegata.model.categories import CATEGORIES
from tegata.model.profile import ColumnProfile, Find, Profile, SubjectCount

ORDINARY = "ordinary"
MOST_NAMES = 12

COLUMN_TITLES = (
    t("COLUMN", "列"),
    t("CATEGORY", "分類"),
    t("SURE", "確度"),
    t("MATCHED", "一致"),
    t("RECOGNISED AS", "判別"),
)
SUBJECT_TITLES = (
    t("CATEGORY", "分類"),
    t("DISTINCT", "人数・台数"),
    t("COUNTED BY", "数え方"),
    t("RESIDENCE", "居住国"),
)


def show(paper: Paper, profile: Profile, name: str, *, explain: bool = False) -> None:
    _head(paper, profile, name)
    rows = [row for column in profile.columns for row in _rows(column)]
    if rows:
        paper.gap()
        paper.table(COLUMN_TITLES, rows, right=(2, 3))
    else:
        paper.line(
            t("no column holds personal or operational data", "個人データや運用データの列は見つかりませんでした")
        )
    _ordinary(paper, [column.name for column in profile.columns if column.categories == (ORDINARY,)])
    if profile.subjects:
        paper.gap()
        paper.table(SUBJECT_TITLES, (_subject(count) for count in profile.subjects), right=(1,))
    for note in profile.notes:
        paper.line("! ", note, style="yellow")
    if explain:
        for column in profile.columns:
            _reasons(paper, column)


def first_look(rows: int, categories: Mapping[str, str]) -> Text:
    """What stands in which column, as far as the first rows tell."""
    columns: dict[str, list[str]] = {}
    for column, category in categories.items():
        if category != ORDINARY:
            columns.setdefault(category, []).append(f"`{column}`")
    kinds = [(category_words(category), ", ".join(names)) for category, names in columns.items()]
    found = Text(
        en="; ".join(f"{words.en} in {names}" for words, names in kinds) or "no data about people",
        ja="; ".join(f"{words.ja}: {names}" for words, names in kinds) or "個人に関するデータなし",
    )
    return t(f"first {rows:,} rows: {found.en}", f"最初の {rows:,} 行: {found.ja}")


def _head(paper: Paper, profile: Profile, name: str) -> None:
    how = profile.source_format
    form = " ".join(part for part in (how.format.upper(), how.encoding, how.sheet) if part)
    rows, columns = f"{profile.rows:,}", f"{len(profile.columns):,}"
    size = size_words(profile.source_bytes)
    shape = t(f"{form}, {rows} rows, {columns} columns, {size}", f"{form}、{rows} 行、{columns} 列、{size}")
    paper.line(name, ": ", shape, style="bold")
    paper.exact(profile.source_digest, style="dim")


def category_words(category: str) -> Text:
    return CATEGORIES.get(category, t(category, category))


def _rows(column: ColumnProfile) -> Iterator[tuple[str | Text, ...]]:
    """What a column is, and what else its cells hold: under its name and the path of the value."""
    if column.category != ORDINARY:
        sure, share = f"{column.confidence:.0%}", _share(column.matched, column)
        yield column.name, category_words(column.category), sure, share, _recogniser(column)
    for find in column.finds:
        inside = t(f"{_recogniser(find)}, inside cells", f"{_recogniser(find)}、セル内")
        name, share = f"{column.name}{find.path}", _share(find.cells, column)
        yield name, category_words(find.category), "", share, inside


def _recogniser(one: ColumnProfile | Find) -> str:
    return f"{one.recogniser} ({', '.join(one.jurisdictions)})" if one.jurisdictions else one.recogniser


def _share(cells: int, column: ColumnProfile) -> str:
    """Of the filled cells; what is not none is not shown as none."""
    filled = column.rows - column.nulls
    return "-" if not filled else "<1%" if 0 < cells < 0.005 * filled else f"{cells / filled:.0%}"


def _ordinary(paper: Paper, names: list[str]) -> None:
    if not names:
        return
    more = len(names) - MOST_NAMES
    listed = ", ".join(names[:MOST_NAMES])
    ending = t(f" and {more:,} more", f" ほか {more:,} 列") if more > 0 else ""
    paper.line(t("ordinary: ", "一般: "), listed, ending, style="dim")


def _subject(count: SubjectCount) -> tuple[str | Text, ...]:
    number = f"{count.n:,}" if count.exact else f"≤ {count.n:,}"
    by = ", ".join(count.key) if count.key else t("rows (upper bound)", "行数（上限）")
    residence = ", ".join(f"{country} {n:,}" for country, n in count.residents.items())
    return category_words(count.category), number, by, residence or t("not known", "不明")


def _reasons(paper: Paper, column: ColumnProfile) -> None:
    if not column.evidence and not column.finds:
        return
    paper.heading(column.name, ": ", category_words(column.category))
    for reason in column.evidence:
        paper.line(f"{reason.weight:+.1f}  ", reason.say, indent=2)
    for find in column.finds:
        where = "  ".join(part for part in (find.path, find.form) if part)
        paper.line(t("inside: ", "セル内: "), category_words(find.category), "  ", where, indent=2)
        for reason in find.evidence:
            paper.line(f"{reason.weight:+.1f}  ", reason.say, indent=4)
