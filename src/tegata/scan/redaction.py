"""Longer text without what is recognised in it: each value gives way to the name of its kind, as `[contact.email]`.

What tells a value is what tells it in a scan (`inside`), so a name in prose is found only where the text announces it.
Values of the same record that are known from other columns are found without that. No loop over values.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import polars as pl

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.scan.inside import Inside
from tegata.scan.load import RecogniserSet, builtin_recognisers
from tegata.scan.matcher import stack
from tegata.scan.normalise import normalise
from tegata.scan.recogniser import InText, Recogniser

_AT_ONCE: Final = 4_000  # cells: their values are searched for by one automaton
_FIRST_SIGN: Final = 0xF0000  # of the private use of Unicode: signs that stand for kinds until all are found
_SIGNS: Final = "[\U000f0000-\U000ffffd]"
_LEAST_LETTERS, _LEAST_BYTES = 3, 6  # of a known value: `Ann`, or two characters of Japanese
_FOUND: Final = {"row": pl.UInt32, "value": pl.String, "sign": pl.String, "known": pl.Boolean}
_WORD: Final = "[0-9A-Za-z]"
_WORD_BYTE: Final = "^(?:3[0-9]|[46][1-9a-f]|[57][0-9a])$"  # the same as hexadecimal, with a little more


class Redaction:
    """For one column of text.

    Args:
        kinds: categories and recognisers, by prefix; none: all that tell a value among other text.
        known: columns of the same records whose values must not stand in the text, whatever they are.

    Raises:
        InputError: one of `kinds` cannot be found in text.
    """

    def __init__(
        self, kinds: Sequence[str] = (), known: Sequence[str] = (), recognisers: RecogniserSet | None = None
    ) -> None:
        sought = telling(recognisers or builtin_recognisers(), kinds)
        self._known = list(known)
        self._inside = Inside(one for recogniser in sought for one in _pattern_by_pattern(recogniser))
        names = [*(r.id for r in sought), *known]
        self._signs = {name: chr(_FIRST_SIGN + number) for number, name in enumerate(dict.fromkeys(names))}

    def __call__(self, cells: pl.Series, records: pl.DataFrame) -> pl.Series:
        """The cells of these records; those in which nothing was found are as they were."""
        plain = normalise(cells.to_frame("")).to_series().str.replace_all(_SIGNS, "")
        there = [name for name in self._known if name in records.columns]  # a table of other people may have fewer
        known = normalise(records.select(there)) if there else pl.DataFrame()
        parts = [
            self._part(plain.slice(start, _AT_ONCE), known.slice(start, _AT_ONCE))
            for start in range(0, cells.len(), _AT_ONCE)
        ]
        made = pl.concat(parts) if parts else plain
        changed = plain.ne_missing(made)
        told = made.filter(changed).str.replace_many({sign: f"[{name}]" for name, sign in self._signs.items()})
        return _scattered(cells, changed.arg_true(), told)

    def _part(self, cells: pl.Series, known: pl.DataFrame) -> pl.Series:
        """Until nothing is found any more: what stands beside a value may hide another."""
        found = [*self._known_in(cells, known), *self._in(cells)]
        while any(one.height for one in found):
            values = pl.concat(found)
            made = _without(cells, values)
            found = list(self._in(made.set((made == cells).fill_null(value=True), None)))
            cells = made
        return cells

    def _in(self, cells: pl.Series) -> Iterator[pl.DataFrame]:
        for one in self._inside.find(stack({0: cells})):
            valid = one.values.filter("valid")
            yield _rows(valid, self._signs[one.recogniser.id], known=False)

    def _known_in(self, cells: pl.Series, known: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Values of the record that its text holds: as a whole, without blanks, and where it has letters only by words
        (family name, given name)."""
        value = pl.col("value")
        long = (value.str.len_chars() >= _LEAST_LETTERS) | (value.str.len_bytes() >= _LEAST_BYTES)
        there = pl.col("cell").str.to_lowercase().str.contains(value.str.to_lowercase(), literal=True)
        for column in known.get_columns():
            values = pl.DataFrame({"value": column, "cell": cells}).with_row_index("row").drop_nulls()
            words = values.filter(~value.str.contains("[0-9]")).with_columns(value.str.split(" ")).explode("value")
            closed = values.with_columns(value.str.replace_all(" ", "", literal=True))
            told = pl.concat([values, closed, words]).filter(long).filter(there)
            yield _rows(told, self._signs[column.name], known=True)


def telling(known: RecogniserSet, kinds: Sequence[str]) -> list[Recogniser]:
    """Recognisers of these kinds that tell a value among other text. InputError where a kind has none."""
    meant = [r for r in known.recognisers if r.in_text]
    for head in kinds:
        if not any(r.in_text for r in known.under((head,))):
            near = difflib.get_close_matches(head, sorted({name for r in meant for name in (r.id, r.category)}), n=1)
            raise InputError(
                t(f"`redact_text` names `{head}`", f"`redact_text` に `{head}` が指定されています"),
                why=t("values of that kind cannot be found in text", "その種類の値は文中で見つけられません"),
                hint=t(
                    "name the columns that hold them under `known`" + (f", or `{near[0]}`" if near else ""),
                    "その値を持つ列を `known` に指定してください" + (f"（または `{near[0]}`）" if near else ""),
                ),
            )
    return [r for r in known.under(kinds) if r.in_text] if kinds else meant


def _pattern_by_pattern(recogniser: Recogniser) -> Iterator[Recogniser]:
    """As many as it has patterns: what the first takes for a value, and is none, must not hide one from the others."""
    for pattern in recogniser.in_text.patterns if recogniser.in_text else ():
        yield msgspec.structs.replace(recogniser, in_text=InText(patterns=(pattern,)))


def _rows(found: pl.DataFrame, sign: str, *, known: bool) -> pl.DataFrame:
    """In the form of `_FOUND`: the values of each cell, by its number."""
    return found.select("row", "value", sign=pl.lit(sign), known=pl.lit(known)).cast(_FOUND)  # type: ignore[arg-type]


def _without(cells: pl.Series, found: pl.DataFrame) -> pl.Series:
    """Wherever a cell holds a value that was found in it, alone or as a part, the sign stands instead."""
    spans = _joined(_spans(cells, found))
    cell, end = pl.col("cell").cast(pl.Binary), pl.col("end")
    ranged = spans.with_columns(since=end.shift(1).over("row").fill_null(0))
    before = cell.bin.slice(pl.col("since"), pl.col("start") - pl.col("since")).cast(pl.String)
    pieces = ranged.select("row", "cell", "end", piece=before + pl.col("sign"))
    made = pieces.group_by("row", maintain_order=True).agg(pl.col("piece").str.join(""), pl.col("cell", "end").last())
    told = made.select("row", cell=pl.col("piece") + cell.bin.slice(end, cell.bin.size()).cast(pl.String))
    return _scattered(cells, told["row"], told["cell"])


def _scattered(cells: pl.Series, rows: pl.Series, values: pl.Series) -> pl.Series:
    """A copy with other values in some rows: the engine would change the cells themselves."""
    return cells.clone().scatter(rows, values)


def _spans(cells: pl.Series, found: pl.DataFrame) -> pl.DataFrame:
    """Where a cell's own values stand in it, in bytes; known ones as whole words only."""
    cell = pl.col("cell")
    values = found["value"].unique().to_list()  # as they are: the engine knows capitals of ASCII only
    at = cell.str.find_many(values, ascii_case_insensitive=True, overlapping=True)
    what = cell.str.extract_many(values, ascii_case_insensitive=True, overlapping=True)
    numbered = cells.to_frame("cell").with_row_index("row").filter(pl.col("row").is_in(found["row"].implode()))
    spans = numbered.with_columns(start=at, value=what).explode("start", "value").drop_nulls("start")
    own = found.with_columns(pl.col("value").str.to_lowercase()).unique(["row", "value"], keep="first")
    mine = spans.with_columns(pl.col("value").str.to_lowercase()).join(own, on=["row", "value"])
    ended = mine.with_columns(pl.col("start").cast(pl.Int64), end=pl.col("start") + pl.col("value").str.len_bytes())
    return ended.filter(~pl.col("known") | _is_word())


def _is_word() -> pl.Expr:
    """Whether a span is no part of a longer word or number (of ASCII: Japanese runs on without a blank)."""
    cell, value = pl.col("cell").cast(pl.Binary), pl.col("value")
    before = cell.bin.slice(pl.max_horizontal(pl.col("start") - 1, 0), pl.min_horizontal(pl.col("start"), 1))
    after = cell.bin.slice(pl.col("end"), 1)
    runs_on_before = value.str.contains(f"^{_WORD}") & _is_letter(before)
    runs_on_after = value.str.contains(f"{_WORD}$") & _is_letter(after)
    return ~(runs_on_before | runs_on_after)


def _is_letter(byte: pl.Expr) -> pl.Expr:
    return byte.bin.encode("hex").str.contains(_WORD_BYTE)


def _joined(spans: pl.DataFrame) -> pl.DataFrame:
    """Spans that touch the same text as one, with the sign of the first and longest."""
    ordered = spans.sort("row", "start", "end", descending=[False, False, True])
    reach = pl.col("end").cum_max().shift(1).over("row")
    numbered = ordered.with_columns(part=(pl.col("start") >= reach).fill_null(value=True).cum_sum())
    return numbered.group_by("row", "part", maintain_order=True).agg(
        pl.col("cell", "sign").first(), pl.col("start").min(), pl.col("end").max()
    )
