"""A plan: what every column is taken for, how disguised ones are read, and how subjects are counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from tegata.scan.decide import Column, Verdict, decide
from tegata.scan.disguise import Path, applied, evidence, read, unmask
from tegata.scan.engine import Classifier
from tegata.scan.load import RecogniserSet
from tegata.scan.looked import Looked, shaped
from tegata.scan.normalise import normalise
from tegata.scan.partial import Partial
from tegata.scan.recogniser import Recogniser, TableKind
from tegata.scan.roles import CountPlan, plan_count
from tegata.scan.settled import is_settled


@dataclass(frozen=True)
class Plan:
    """What every column was recognised as, and how subjects are counted."""

    verdicts: tuple[Verdict, ...]
    kinds: tuple[TableKind, ...]
    count: CountPlan
    paths: Mapping[str, Path]  # of disguised columns: how they are read

    @property
    def chosen(self) -> tuple[Recogniser | None, ...]:
        return tuple(verdict.recogniser for verdict in self.verdicts)

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(verdict.category for verdict in self.verdicts)

    def seen(self, classifier: Classifier, batch: pl.DataFrame) -> tuple[pl.DataFrame, Looked, int]:
        """Normalised cells of a batch, how they look under the plan, how many elements of lists found no place.

        Cells whose shape tells that they are in normal form are not looked through for that.
        """
        unfolded, beyond = classifier.unfolded(batch)
        own = {name: r for name, r in zip(classifier.columns, self.chosen, strict=True) if r is not None}
        tell = [name for name, r in own.items() if name not in self.paths and is_settled(r.patterns)]
        flags = shaped(unfolded, own, tell)
        settled = _all_shaped(flags)
        cells = normalise(unfolded, settled)
        same = [name for name in tell if name in settled or cells[name].equals(unfolded[name])]
        return cells, classifier.look(applied(cells, self.paths), own, flags.select(same)), beyond

    def differs(self, other: Plan) -> bool:
        """Whether counting by one gives other numbers than counting by the other."""
        return (self.chosen, self.count, self.paths) != (other.chosen, other.count, other.paths)


def _all_shaped(flags: pl.DataFrame) -> list[str]:
    """Columns of which every cell has the shape; empty ones have not to show any."""
    every = flags.select(pl.all().all()).row(0, named=True) if flags.width else {}
    return [name for name, shaped_all in every.items() if shaped_all]


def make_plan(classifier: Classifier, partial: Partial, recognisers: RecogniserSet) -> Plan:
    """Plan for cells of which `partial` is the survey."""
    columns = _columns(classifier, partial)
    verdicts, kinds = decide(columns, recognisers)
    paths = unmask(classifier, partial.sample, columns, verdicts, recognisers)
    if paths:
        partial = replace(partial, sample=_read(partial.sample, paths))
        unmasked = enumerate(_columns(classifier, partial))
        columns = [replace(c, disguise=evidence(paths[n])) if n in paths else c for n, c in unmasked]
        verdicts, kinds = decide(columns, recognisers)
    named = {classifier.columns[n]: path for n, path in paths.items()}
    return Plan(verdicts, kinds, plan_count(classifier.columns, verdicts, partial), named)


def _columns(classifier: Classifier, partial: Partial) -> list[Column]:
    distinct = partial.sampled()
    columns = [
        Column(name, bool(partial.rows) and not partial.filled(n), header, distinct.get(n, 0), {})
        for n, (name, header) in enumerate(zip(classifier.columns, classifier.headers, strict=True))
    ]
    for (n, recogniser), hits in classifier.sampled(
        partial.sample.select("column", "cell", n=pl.lit(1, dtype=pl.UInt32))
    ).items():
        columns[n].hits[recogniser] = hits
    return columns


def _read(sample: pl.DataFrame, paths: Mapping[int, Path]) -> pl.DataFrame:
    """The sample with the disguised columns read."""
    kept = sample.filter(~pl.col("column").is_in(list(paths)))
    masked = (sample.filter(pl.col("column") == n) for n in paths)
    said = [one.with_columns(read(one["cell"], path)) for one, path in zip(masked, paths.values(), strict=True)]
    return pl.concat([kept, *said])
