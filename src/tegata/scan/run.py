"""One pass over a source by a plan: the plan says what every column is taken for, the pass counts and surveys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from tegata.model.categories import is_personal
from tegata.model.profile import Find
from tegata.scan.decide import Column, Verdict, decide
from tegata.scan.disguise import Path, applied, evidence, read, unmask
from tegata.scan.engine import Classifier, in_parallel
from tegata.scan.finds import Finds
from tegata.scan.load import RecogniserSet
from tegata.scan.matcher import STACK
from tegata.scan.partial import Partial, Survey, Tally
from tegata.scan.recogniser import Recogniser, TableKind
from tegata.scan.roles import CountPlan, plan_count
from tegata.scan.subjects import Counted, SubjectCounter, SubjectPartial
from tegata.scan.wanted import Distinct, Wanted

_WAITING: Final = 8 << 20  # bytes of cells gathered before they are looked at more closely


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

    def differs(self, other: Plan) -> bool:
        """Whether counting by one gives other numbers than counting by the other."""
        return (self.chosen, self.count, self.paths) != (other.chosen, other.count, other.paths)


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


class Run:
    """One pass by a plan: survey, tallies and subjects, merged batch by batch."""

    def __init__(self, classifier: Classifier, plan: Plan, seed: int, wanted: Sequence[Wanted] = ()) -> None:
        self.classifier, self.plan, self._seed, self._wanted = classifier, plan, seed, wanted
        self.survey = Survey(len(classifier.columns))
        self.matched = [0] * len(classifier.columns)
        self.finds: Mapping[int, tuple[Find, ...]] = {}
        self.counted = Counted((), {})
        self.distinct: tuple[Distinct, ...] = ()
        self.batches = 0
        self._waiting = pl.DataFrame(schema=STACK)

    def over(self, batches: Iterable[pl.DataFrame]) -> None:
        """Read all batches once."""
        with SubjectCounter(self.plan.count, self._seed) as counter, Finds(self._seed) as finds:
            self._merge(batches, counter, finds)
            partial = self.survey.whole()
            filled = [partial.filled(n) for n in range(len(self.matched))]
            told = finds.worth_telling(self.plan.chosen, filled, self.plan.kinds)
            self.finds = {number: self._kept(number, told) for number in told}
            for number, find, subjects in finds.subjects(self.finds):
                if is_personal(find.category):
                    counter.add_found(find.category, self.classifier.columns[number], subjects)
            self.counted = counter.result()
            self.distinct = counter.distinct(self._wanted)

    def _kept(self, number: int, told: Mapping[int, tuple[Find, ...]]) -> tuple[Find, ...]:
        """Finds of a column that neither its header rules out nor its own records tell of already, path by path."""
        unfolding, columns = self.classifier.unfolding, self.classifier.columns
        records = columns[number] in unfolding.paths
        own = [n for n, name in enumerate(columns) if records and unfolding.parents.get(name) == columns[number]]
        known = {self.plan.categories[n] for n in own} | {find.category for n in own for find in told.get(n, ())}
        return tuple(
            find
            for find in told[number]
            if find.category not in known and not self.classifier.rules_out(number, find.recogniser)
        )

    def _merge(self, batches: Iterable[pl.DataFrame], counter: SubjectCounter, finds: Finds) -> None:
        def work(batch: pl.DataFrame) -> tuple[Partial, Tally, SubjectPartial, int]:
            cells, beyond = self.classifier.cells(batch)
            looked = self.classifier.look(applied(cells, self.plan.paths), self.plan.chosen)
            partial, tally = self.classifier.survey(cells, self.survey.cuts), self.classifier.tally(looked)
            return partial, tally, counter.batch(looked), beyond

        for partial, tally, subjects, beyond in in_parallel(work, batches):
            counter.add_beyond(beyond)
            self.batches += 1
            self.survey.add(partial)
            self.matched = [a + b for a, b in zip(self.matched, tally.matched, strict=True)]
            counter.add(subjects)
            self._look_closer(tally.others, finds, _WAITING)
        self._look_closer(self._waiting.clear(), finds, 0)

    def _look_closer(self, others: pl.DataFrame, finds: Finds, up_to: int) -> None:
        """Cells are gathered first: few of a batch are worth a look, and patterns are dear to prepare."""
        self._waiting = pl.concat([self._waiting, others])
        if self._waiting.estimated_size() > up_to:
            for found in self.classifier.closer(self._waiting):
                finds.add(found)
            self._waiting = self._waiting.clear()
