"""Which columns are written so that nobody recognises them: decided on the sample, by what a reading brings out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Final

import polars as pl

from tegata.model.base import t
from tegata.model.profile import Evidence
from tegata.scan.decide import Candidate, Column, Verdict, weigh
from tegata.scan.engine import Classifier
from tegata.scan.evidence import tells_alone
from tegata.scan.load import RecogniserSet
from tegata.scan.matcher import Hits
from tegata.scan.readings import READINGS, Reading

Path = tuple[Reading, ...]
"""Readings one after the other; () reads a cell as it stands."""

TRIED: Final = 64  # distinct values of a column on which readings are tried
_LEAST_TRIED: Final = 8
_DEPTH: Final = 3
_GUESS: Final = -3.5  # weight below which a reading fits nearly everything


@dataclass(frozen=True)
class Attempt:
    """Sampled cells of some columns (`column`, `cell`) as one path reads them."""

    path: Path
    cells: pl.DataFrame

    @cached_property
    def distinct(self) -> dict[int, int]:
        """Cells by number of the column."""
        return dict(self.cells.group_by("column").len().iter_rows())


def read(cells: pl.Series, path: Path) -> pl.Series:
    """What cells say; those that a path does not fit stay as they are."""
    said = reduce(lambda known, reading: read_by(known, reading), path, cells)
    return pl.select(pl.coalesce(said, cells)).to_series().alias(cells.name)


def evidence(path: Path) -> Evidence:
    """What reading by a path speaks against the kind that it brings out."""
    en, ja = " + ".join(r.title.en for r in path), "＋".join(r.title.ja for r in path)
    say = t(f"read from a disguise: {en}", f"偽装された書き方から読み取り: {ja}")
    return Evidence(kind="reading", weight=weight(path), say=say)


def weight(path: Path) -> float:
    """What was guessed before text was decoded is proven by the text: it weighs nothing."""
    decoded = max((n for n, reading in enumerate(path) if reading.decodes), default=0)
    return sum(reading.weight for reading in path[decoded:])


def attempts(cells: pl.DataFrame) -> list[Attempt]:
    """Every path that fits some of the columns."""
    tried = cells.group_by("column", maintain_order=True).head(TRIED)
    tried = tried.filter(pl.len().over("column") >= _LEAST_TRIED)
    found: list[Attempt] = []
    ends = [Attempt((), tried)]
    for _ in range(_DEPTH):
        ends = [further for end in ends for further in _further(end)]
        found += ends
        ends = [end for end in ends if end.path[-1].again]
    return found


def _further(attempt: Attempt) -> Iterator[Attempt]:
    frame = attempt.cells
    if not frame.height:
        return
    fits = frame.group_by("column").agg(pl.col("cell").str.contains(r.shape).mean().alias(r.id) for r in READINGS)
    for reading in READINGS:
        columns = fits.filter(pl.col(reading.id) >= reading.fit).get_column("column")
        if len(columns) and _sensible(attempt.path, reading):
            yield from _attempt(attempt, reading, frame.filter(pl.col("column").is_in(columns.implode())))


def _sensible(path: Path, reading: Reading) -> bool:
    """A guess (a reading that fits nearly everything) is made once on a path."""
    return reading.weight > _GUESS or all(earlier.weight > _GUESS for earlier in path)


def _attempt(attempt: Attempt, reading: Reading, frame: pl.DataFrame) -> Iterator[Attempt]:
    said = frame.with_columns(said=read_by(frame.get_column("cell"), reading))
    brought = (pl.col("said").is_not_null() & (pl.col("said") != pl.col("cell"))).mean().over("column")
    kept = said.filter(brought >= reading.fit).select("column", cell="said").drop_nulls()
    if kept.height:
        yield Attempt((*attempt.path, reading), kept)


def read_by(cells: pl.Series, reading: Reading) -> pl.Series:
    """What cells say by one reading, null where it does not apply."""
    return reading.read(cells).str.strip_chars()


def applied(cells: pl.DataFrame, paths: Mapping[str, Path]) -> pl.DataFrame:
    """A batch with the disguised columns read."""
    return cells.with_columns(read(cells.get_column(name), path) for name, path in paths.items()) if paths else cells


def unmask(
    classifier: Classifier,
    sample: pl.DataFrame,
    columns: Sequence[Column],
    verdicts: Sequence[Verdict],
    recognisers: RecogniserSet,
) -> dict[int, Path]:
    """By number of the column: how it is to be read. Columns whose cells say what they are as they stand have no path.

    A path is taken where what it brings out is likelier, its own weight included, than what the cells are without it.
    """
    plain = {n: _odds(verdict) for n, verdict in enumerate(verdicts) if _is_open(verdict)}
    tries = attempts(sample.filter(pl.col("column").is_in(list(plain))).select("column", "cell"))
    if not tries:
        return {}
    found = classifier.sampled(_stacked(tries, len(columns)))
    hits: dict[int, dict[str, Hits]] = {}
    for (number, recogniser), hit in found.items():
        hits.setdefault(number, {})[recogniser] = hit
    best: dict[int, tuple[float, Path]] = {}
    for number, by_recogniser in hits.items():
        turn, n = divmod(number, len(columns))
        tried = tries[turn]
        column = replace(columns[n], hits=by_recogniser, distinct=tried.distinct[n], disguise=evidence(tried.path))
        odds = max((c.odds for c in weigh(column, recognisers.by_id) if _told_by_cells(c, column)), default=0.0)
        best[n] = max(best.get(n, (plain[n], ())), (odds, tried.path), key=lambda known: known[0])
    return {n: path for n, (_, path) in sorted(best.items()) if path}


def _is_open(verdict: Verdict) -> bool:
    """Whether a column may be something else than it looks: neither its header nor a check digit says what it is."""
    if verdict.recogniser is None or verdict.recogniser.category == "ordinary":
        return True
    return not any(
        item.kind in ("header", "checksum") and item.weight > 0
        for item in (verdict.candidate.evidence if verdict.candidate else ())
    )


def _odds(verdict: Verdict) -> float:
    return max(0.0, verdict.candidate.odds) if verdict.candidate else 0.0


def _told_by_cells(candidate: Candidate, column: Column) -> bool:
    """Whether the cells themselves show the kind, and not the header alone."""
    recogniser = candidate.recogniser
    if recogniser.category == "ordinary" or not column.hits.get(recogniser.id, Hits(0, 0)).valid:
        return False
    return tells_alone(recogniser) or recogniser.id in column.header


def _stacked(tries: Sequence[Attempt], width: int) -> pl.DataFrame:
    """What the n-th attempt reads column c as stands in the stack as column c + n * width."""
    columns = [(pl.col("column") + n * width).cast(pl.UInt32) for n in range(len(tries))]
    return pl.concat(
        one.cells.select(column, "cell", n=pl.lit(1, dtype=pl.UInt32))
        for one, column in zip(tries, columns, strict=True)
    )
