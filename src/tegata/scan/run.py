"""One pass over a source by a plan: the plan says what every column is taken for, the pass counts and surveys.

What a pass adds up are parts: values without any tie to the process that made them. A run over batches and the parts of
runs over the same batches, made anywhere and gathered in any order, come to the same result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import polars as pl

from tegata.model.base import t
from tegata.model.categories import is_personal
from tegata.model.errors import InputError
from tegata.model.profile import Find, Wanted
from tegata.scan.engine import Classifier, in_threads
from tegata.scan.finds import Finds, FoundPartial
from tegata.scan.matcher import STACK
from tegata.scan.partial import Partial, Survey, Tally
from tegata.scan.plan import Plan
from tegata.scan.sample import Sample
from tegata.scan.subjects import Counted, SubjectCounter, SubjectPartial
from tegata.scan.wanted import Distinct

_WAITING: Final = 8 << 20  # bytes of cells gathered before they are looked at more closely


_Worked = tuple[Partial, Tally, SubjectPartial, int, int]  # and elements that no column tells of, rows not looked at


@dataclass(frozen=True)
class Part:
    """What some rows add to a pass. Parts of disjoint rows add up, in any order and grouping, to that of all."""

    engine: int  # what the columnar engine makes of one text: hashes that meet must come from one hash function
    survey: Partial
    matched: tuple[int, ...]
    subjects: SubjectPartial
    found: FoundPartial
    skipped: int = 0  # rows that no sample has taken


class Run:
    """One pass by a plan: survey, tallies, subjects and finds, added up.

    Args:
        cuts: of a survey of some of the rows, as of `partial.Survey`.
        sample: which rows are looked at; all when None. `share` is the number of the part of the source.
    """

    def __init__(
        self,
        classifier: Classifier,
        plan: Plan,
        seed: int,
        wanted: Sequence[Wanted] = (),
        cuts: Mapping[int, int] | None = None,
        sample: Sample | None = None,
        share: int = 0,
    ) -> None:
        self.classifier, self.plan, self.seed, self._wanted = classifier, plan, seed, wanted
        self.survey = Survey(len(classifier.columns), cuts)
        self.matched = [0] * len(classifier.columns)
        self.finds: Mapping[int, tuple[Find, ...]] = {}
        self.counted = Counted((), {})
        self.distinct: tuple[Distinct, ...] = ()
        self._counter, self._found = SubjectCounter(plan.count, seed), Finds(seed)
        self._engine = int(pl.Series(["tegata"]).hash(seed).item())
        self.sample, self._share = sample, share
        self.skipped = 0
        self._waiting = pl.DataFrame(schema=STACK)

    def over(self, batches: Iterable[pl.DataFrame]) -> None:
        """Read all batches once, on the threads of this process."""
        with self._on_disk():
            self._take(in_threads(self._work, enumerate(batches)))
            self._conclude()

    def gather(self, parts: Iterable[Part]) -> None:
        """The same with parts of the whole, wherever they were made.

        Raises:
            InputError: one of them was made with another version of the columnar engine.
        """
        with self._on_disk():
            for part in parts:
                self._add(part)
            self._conclude()

    def part(self, batches: Iterable[pl.DataFrame]) -> Part:
        """What some batches add, on this thread."""
        with self._on_disk():
            self._take(map(self._work, enumerate(batches)))
            return self.so_far()

    def so_far(self) -> Part:
        """What was added up until now."""
        return Part(
            self._engine,
            self.survey.whole(),
            tuple(self.matched),
            self._counter.partial(),
            self._found.partial(),
            self.skipped,
        )

    def _on_disk(self) -> ExitStack:
        """Of what goes to disk nothing stays there."""
        stack = ExitStack()
        stack.enter_context(self._counter)
        stack.enter_context(self._found)
        return stack

    def _add(self, part: Part) -> None:
        if part.engine != self._engine:
            raise _other_engine()
        self.skipped += part.skipped
        self.survey.add(part.survey)
        self.matched = [a + b for a, b in zip(self.matched, part.matched, strict=True)]
        self._counter.add(part.subjects)
        self._found.take(part.found)

    def _conclude(self) -> None:
        partial = self.survey.whole()
        filled = [partial.filled(n) for n in range(len(self.matched))]
        told = self._found.worth_telling(self.plan.chosen, filled, self.plan.kinds)
        self.finds = {number: self._kept(number, told) for number in told}
        for number, find, subjects in self._found.subjects(self.finds):
            if is_personal(find.category):
                self._counter.add_found(find.category, self.classifier.columns[number], subjects)
        self.counted = self._counter.result()
        self.distinct = self._counter.distinct(self._wanted)

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

    def _work(self, numbered: tuple[int, pl.DataFrame]) -> _Worked:
        number, batch = numbered
        height = batch.height
        if self.sample is not None:
            batch = self.sample.of(batch, self._share, number)
        cells, looked, beyond = self.plan.seen(self.classifier, batch)
        partial, tally = self.classifier.survey(cells, self.survey.cuts), self.classifier.tally(looked)
        return partial, tally, self._counter.batch(looked), beyond, height - batch.height

    def _take(self, worked: Iterator[_Worked]) -> None:
        for partial, tally, subjects, beyond, skipped in worked:
            self.skipped += skipped
            self._counter.add_beyond(beyond)
            self.survey.add(partial)
            self.matched = [a + b for a, b in zip(self.matched, tally.matched, strict=True)]
            self._counter.add(subjects)
            self._look_closer(tally.others, _WAITING)
        self._look_closer(self._waiting.clear(), 0)

    def _look_closer(self, others: pl.DataFrame, up_to: int) -> None:
        """Cells are gathered first: few of a batch are worth a look, and patterns are dear to prepare."""
        self._waiting = pl.concat([self._waiting, others])
        if self._waiting.estimated_size() > up_to:
            for found in self.classifier.closer(self._waiting):
                self._found.add(found)
            self._waiting = self._waiting.clear()


def _other_engine() -> InputError:
    return InputError(
        t("parts of the scan do not belong together", "走査の部分結果を統合できません"),
        why=t(
            "a worker has another version of the columnar engine, which numbers people differently",
            "ワーカーの列指向エンジンの版が異なり、対象者の識別値が一致しません",
        ),
        hint=t("install the same versions on all machines", "すべてのマシンに同じ版をインストールしてください"),
    )
