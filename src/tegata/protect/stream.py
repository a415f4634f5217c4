"""A plan at work on batches: operations per column, what they did, and the risk that is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import msgspec
import polars as pl

from tegata.model.base import Text, t
from tegata.model.plan import KAnonymity, Linkage, Overlap, ProtectionPlan, RiskReport, StepReport
from tegata.model.step import Keep, Keyed, Step, SuppressRare
from tegata.protect.anonymity import Anonymity
from tegata.protect.cap import Cap
from tegata.protect.combinations import Combinations
from tegata.protect.differencing import overlap_words
from tegata.protect.guarantee import guarantee
from tegata.protect.hierarchy import levels
from tegata.protect.linkage import linkage, linkage_words
from tegata.protect.means import Means, Operation
from tegata.protect.operations import operation
from tegata.protect.others import Others
from tegata.protect.overlap import overlap
from tegata.protect.rare import frequent_values
from tegata.protect.risk import (
    COUNT,
    Classes,
    SensitiveClasses,
    quasi_identifiers,
    still_learnt,
)
from tegata.protect.rows import Rows, passes
from tegata.tables import ahead


@dataclass
class _Work:
    """One step, and what it did so far (cells that were not null)."""

    step: Step
    operation: Operation | None
    cells: int = 0
    changed: int = 0
    unreadable: int = 0

    def on(self, values: pl.Series, records: pl.DataFrame) -> pl.Series | None:
        filled = values.len() - values.null_count()
        self.cells += filled
        if self.operation is None:
            self.changed += filled
            return None
        made = self.operation(values, records)
        self.changed += int(values.ne_missing(made).sum())
        self.unreadable += made.null_count() - values.null_count()
        return made

    def report(self) -> StepReport:
        # The tag of the struct is the word that plans use for the operation.
        op = str(type(self.step).__struct_config__.tag)
        return StepReport(
            column=self.step.column, op=op, cells=self.cells, changed=self.changed, guarantee=guarantee(self.step)
        )


Gate = Callable[[pl.DataFrame, pl.DataFrame], None]
"""Told what records were and what is to leave of them; raises where that must not leave."""


class Stream:
    """The plan for a table with `columns`, ready for its batches."""

    def __init__(
        self,
        columns: Sequence[str],
        plan: ProtectionPlan,
        means: Means,
        anonymity: Anonymity | None = None,
        gate: Gate | None = None,
        others: Others = Others(),  # noqa: B008 - it is frozen
    ) -> None:
        self._plan = plan
        self._others = others
        self._anonymity = anonymity
        self._gate = gate
        self._work = {step.column: _Work(step, operation(step, means)) for step in plan.steps}
        asked = plan.anonymity
        demanded = (*(quasi.column for quasi in asked.quasi_identifiers), *asked.sensitive) if asked else ()
        self._rest = [name for name in columns if name not in self._work and name not in demanded]
        self._rows = Rows(plan.rows)
        self._cap = _cap(plan, means)
        self._classes = Classes(quasi_identifiers(plan))
        self._told = Classes(self._telling(asked) if others.earlier else ())
        if others.trace is not None:
            others.trace.begin(self._telling(asked))
        self._sensitive = [SensitiveClasses(self._classes.columns, name) for name in (asked.sensitive if asked else ())]

    def over(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """What is to leave of each frame, in order. While one is looked at, the steps already work on the next."""
        with closing(ahead(self.stepped(frames))) as pairs:
            for before, made in pairs:
                yield self._looked_at(before, made)

    def stepped(self, frames: Iterable[pl.DataFrame]) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """Records that may leave as they were, and what the steps make of them."""
        return ((frame, self._stepped(frame)) for frame in map(self._admitted, frames))

    def _admitted(self, frame: pl.DataFrame) -> pl.DataFrame:
        passed = self._rows.admit(frame)
        return passed if self._cap is None else self._cap.admit(passed)

    def _stepped(self, frame: pl.DataFrame) -> pl.DataFrame:
        made = (self._column(column, frame) for column in frame.get_columns())
        return pl.DataFrame([column for column in made if column is not None])

    def _looked_at(self, before: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
        if self._gate is not None:  # k-anonymity only makes coarser and leaves out, and then records no longer pair
            self._gate(before, made)
        if self._anonymity is not None:
            made = self._anonymity.on(made)
        self._classes.add(made)
        self._told.add(made)
        if self._others.trace is not None:
            self._others.trace.add(made)
        for one in self._sensitive:
            one.add(made)
        return made

    def report(
        self,
        rows: int,
        notes: Sequence[Text],
        escaped: int,
        beside: tuple[tuple[Linkage, ...], tuple[Overlap, ...]] = ((), ()),
    ) -> RiskReport:
        """What was done and what is left; `notes` of the source come first."""
        made = self._anonymity
        found = [
            *notes,
            self._rest_note(),
            self._cap_note(),
            self._unmeasured_note(),
            *self._unreadable_notes(),
            _escaped_note(escaped),
        ]
        report = RiskReport(
            rows=rows,
            steps=(*(work.report() for work in self._work.values()), *(made.report() if made else ())),
            filters=self._rows.report(),
            quasi_identifiers=quasi_identifiers(self._plan),
            suppressed_rows=made.suppressed if made else 0,
            information_loss=made.loss if made else None,
            linkage=beside[0],
            overlaps=beside[1],
            still_learnt=(*map(linkage_words, beside[0]), *map(overlap_words, beside[1])),
            notes=tuple(note for note in [*found, self._classes.note()] if note is not None),
        )
        return self._with_risk(report)

    def _with_risk(self, report: RiskReport) -> RiskReport:
        counted = self._classes.counted()
        if counted is None:
            return report
        sizes = counted[COUNT]
        k, marketer = int(sizes.min()), sizes.len() / int(sizes.sum())  # type: ignore[arg-type]
        diversity = tuple(one.diversity() for one in self._sensitive)
        return msgspec.structs.replace(
            report,
            k=k,
            unique_rows=int((sizes == 1).sum()),
            prosecutor_risk=1 / k,
            marketer_risk=marketer,
            diversity=diversity,
            still_learnt=(*still_learnt(k, marketer, diversity), *report.still_learnt),
        )

    def _telling(self, asked: KAnonymity | None) -> list[str]:
        """Columns that leave with a meaning beside other tables; pseudonyms, ciphertexts and what is left of a mask
        have none, and shifted dates only for who knows the shift."""
        rest = self._rest if self._plan.otherwise == "keep" else []
        told = (*self._classes.columns, *(asked.sensitive if asked else ()))
        keyed = {step.column for step in self._plan.steps if isinstance(step, Keyed)}
        return [*(name for name in told if name not in keyed), *rest]

    def beside(self) -> tuple[tuple[Linkage, ...], tuple[Overlap, ...]]:
        """What is told together with other tables, once all has been looked at.

        Raises:
            InputError: such a table cannot be read, or has nothing in common with the copy.
        """
        quasi = [name for name in self._classes.columns if name in self._telling(self._plan.anonymity)]
        classes = self._classes.counted(quasi)
        if self._others.trace is not None:
            self._others.trace.take(self._classes)
        linkages = () if classes is None else (linkage(one, classes, self._alike) for one in self._others.against)
        return tuple(linkages), tuple(overlap(one, self._told.counted(), quasi) for one in self._others.earlier)

    def _alike(self, frame: pl.DataFrame, quasi: Sequence[str]) -> pl.DataFrame:
        """Values of other people as the plan makes them; counts and reports are of the table alone. Who is known not to
        pass its filters is known not to be in the copy."""
        for one in (one for one in self._plan.rows if one.column in frame.columns):
            frame = frame.filter(passes(one, frame[one.column]))
        frame = frame.select(quasi)
        work = {name: self._work[name].operation for name in quasi if name in self._work}
        made = frame.with_columns(step(frame[name], frame) for name, step in work.items() if step is not None)
        return made if self._anonymity is None else self._anonymity.coarser(made)

    def _column(self, values: pl.Series, records: pl.DataFrame) -> pl.Series | None:
        work = self._work.get(values.name)
        if work is not None:
            return work.on(values, records)
        return values if self._plan.otherwise == "keep" else None

    def _rest_note(self) -> Text | None:
        if not self._rest:
            return None
        count = len(self._rest)
        if self._plan.otherwise == "keep":
            return t(f"{count} columns without a step leave unchanged", f"処理の指定がない {count} 列はそのまま出ます")
        return t(f"{count} columns without a step do not leave", f"処理の指定がない {count} 列は出ません")

    def _cap_note(self) -> Text | None:
        if self._cap is None:
            return None
        cap = self._cap
        return t(
            f"{cap.subjects:,} subjects leave (at most {cap.most:,}); {cap.withheld:,} records of others do not",
            f"{cap.subjects:,} 人分が出ます（上限 {cap.most:,}）。他の {cap.withheld:,} 件のレコードは出ません",
        )

    def _unmeasured_note(self) -> Text | None:
        if self._plan.differencing is None or self._others.earlier or self._others.trace is not None:
            return None
        return t(
            "the limit on differences was not checked: no earlier release was named (`--earlier`)",
            "差分の制限は確認していません。以前の提供データの指定（`--earlier`）がありません",
        )

    def _unreadable_notes(self) -> list[Text]:
        return [
            t(
                f"`{name}`: {work.unreadable:,} values could not be read and were left out",
                f"`{name}`: {work.unreadable:,} 個の値は読み取れなかったため空にしました",
            )
            for name, work in self._work.items()
            if work.unreadable
        ]


def _cap(plan: ProtectionPlan, means: Means) -> Cap | None:
    if plan.cap_subjects is None:
        return None
    return Cap(plan.cap_subjects, plan.subject_key, plan.subject_kind, means.admitted)


def frequent(
    plan: ProtectionPlan, columns: Sequence[str], frames: Iterable[pl.DataFrame], means: Means
) -> Mapping[str, pl.Series]:
    """Values that are not rare among the records that may leave.

    Raises:
        InputError: too many values in one column.
    """
    steps = tuple(Keep(column=step.column) for step in plan.steps if isinstance(step, SuppressRare))
    with closing(ahead(_first(plan, steps, columns, means).over(frames))) as made:
        return frequent_values(plan, made)


def anonymity(
    plan: ProtectionPlan,
    asked: KAnonymity,
    columns: Sequence[str],
    frames: Iterable[pl.DataFrame],
    means: Means,
) -> Anonymity:
    """What to do for k-anonymity, found on all batches of the table.

    Raises:
        InputError: too few records, or too many values in one column.
    """
    own = {step.column: step for step in plan.steps}
    names = [quasi.column for quasi in asked.quasi_identifiers]
    steps = tuple(own.get(name, Keep(column=name)) for name in names)
    table = Combinations({quasi.column: levels(quasi.hierarchy) for quasi in asked.quasi_identifiers})
    with closing(ahead(_first(plan, steps, columns, means).over(frames))) as made:
        for frame in made:
            table.add(frame)
    return Anonymity(asked, table)


def _first(plan: ProtectionPlan, steps: tuple[Step, ...], columns: Sequence[str], means: Means) -> Stream:
    """For a pass that only looks: these steps on the records that may leave."""
    only = msgspec.structs.replace(plan, steps=steps, otherwise="drop", anonymity=None)
    return Stream(columns, only, means)


def _escaped_note(escaped: int) -> Text | None:
    if not escaped:
        return None
    return t(
        f"{escaped:,} cells that a spreadsheet would run as formulas begin with an apostrophe now",
        f"表計算ソフトが数式として実行する {escaped:,} 個のセルの先頭にアポストロフィを付けました",
    )
