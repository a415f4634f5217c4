"""A scan in words: what stands in which column, about how many people, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tegata.cli.paper import Paper
from tegata.cli.render.words import size_words
from tegata.model.base import Text, t
from tegata.model.categories import CATEGORIES
from tegata.model.profile import ColumnProfile, Find, Link, Profile, SubjectCount

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

UNREAD_TITLES = (t("NOT READ", "未読"), t("WHY", "理由"))


def show(paper: Paper, profile: Profile, name: str, *, explain: bool = False) -> None:
    _head(paper, profile, name)
    if profile.tables:
        _tables(paper, profile.tables, explain=explain)
    else:
        _columns(paper, profile)
    if profile.subjects:
        paper.gap()
        paper.table(SUBJECT_TITLES, (_subject(count) for count in profile.subjects), right=(1,))
    _links(paper, profile.links)
    if profile.unread:
        paper.gap()
        paper.table(UNREAD_TITLES, ((one.name, one.why) for one in profile.unread))
    for note in profile.notes:
        paper.line("! ", note, style="yellow")
    if explain:
        for column in profile.columns:
            _reasons(paper, column)


def _links(paper: Paper, links: Sequence[Link]) -> None:
    for link in links:
        key, tables = " / ".join(link.key), ", ".join(link.tables)
        paper.line(
            t(f"the same people by {key} in {tables}", f"{key} により同じ人と判断した表: {tables}"), style="bold"
        )
        for reason in link.evidence:
            paper.line(reason, indent=2)


def _columns(paper: Paper, profile: Profile) -> None:
    rows = [row for column in profile.columns for row in _rows(column)]
    if rows:
        paper.gap()
        paper.table(COLUMN_TITLES, rows, right=(2, 3))
    else:
        paper.line(
            t("no column holds personal or operational data", "個人データや運用データの列は見つかりませんでした")
        )
    _ordinary(paper, [column.name for column in profile.columns if column.categories == (ORDINARY,)])


def _tables(paper: Paper, tables: Sequence[Profile], *, explain: bool) -> None:
    """Those that hold something, each with its columns; the others in one line."""
    plain = [table.name for table in tables if not table.categories]
    for table in tables:
        if table.categories:
            paper.gap()
            show(paper, table, table.name, explain=explain)
    if plain:
        paper.gap()
        paper.line(t("only ordinary data: ", "一般データのみ: "), *_names(plain), style="dim")
    paper.gap()
    paper.heading(t("all tables together", "すべての表を合わせて"))


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
    paper.line(name, ": ", shape(profile), style="bold")
    paper.exact(profile.source_digest, style="dim")


def shape(profile: Profile) -> Text:
    """Form, extent and size of what was read."""
    how = profile.source_format
    form = " ".join(part for part in (how.format.upper(), how.encoding, how.sheet, how.table) if part)
    rows, columns = f"{profile.rows:,}", f"{len(profile.every_column):,}"
    many = t(f"{len(profile.tables):,} tables, ", f"{len(profile.tables):,} 表、") if profile.tables else t("", "")
    size = size_words(profile.source_bytes)
    return t(
        f"{form}, {many.en}{rows} rows, {columns} columns, {size}", f"{form}、{many.ja}{rows} 行、{columns} 列、{size}"
    )


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
    paper.line(t("ordinary: ", "一般: "), *_names(names), style="dim")


def _names(names: Sequence[str]) -> tuple[str, Text]:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]), t(f" and {more:,} more", f" ほか {more:,} 件") if more > 0 else t("", "")


def _subject(count: SubjectCount) -> tuple[str | Text, ...]:
    number = f"{count.n:,}" if count.exact else f"≤ {count.n:,}"
    by = ", ".join(count.key) or keyless(count)
    residence = ", ".join(f"{country} {n:,}" for country, n in count.residents.items())
    return category_words(count.category), number, by, residence or t("not known", "不明")


def keyless(count: SubjectCount) -> Text:
    """What was counted where no key was."""
    return t("columns of samples", "検体の列数") if count.exact else t("rows (upper bound)", "行数（上限）")


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
