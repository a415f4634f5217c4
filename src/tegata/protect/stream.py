"""A plan at work on batches: operations per column, what they did, and the risk that is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tegata.model.base import Text, t
from tegata.model.plan import ProtectionPlan, RiskReport, Step, StepReport
from tegata.protect.cap import Cap
from tegata.protect.guarantee import guarantee
from tegata.protect.operations import Operation, operation
from tegata.protect.risk import Classes, quasi_identifiers


@dataclass
class _Work:
    """One step, and what it did so far (cells that were not null)."""

    step: Step
    operation: Operation | None
    cells: int = 0
    changed: int = 0
    unreadable: int = 0

    def on(self, values: pl.Series) -> pl.Series | None:
        filled = values.len() - values.null_count()
        self.cells += filled
        if self.operation is None:
            self.changed += filled
            return None
        made = self.operation(values)
        self.changed += int(values.ne_missing(made).sum())
        self.unreadable += made.null_count() - values.null_count()
        return made

    def report(self) -> StepReport:
        # The tag of the struct is the word that plans use for the operation.
        op = str(type(self.step).__struct_config__.tag)
        return StepReport(
            column=self.step.column, op=op, cells=self.cells, changed=self.changed, guarantee=guarantee(self.step)
        )


class Stream:
    """The plan for a table with `columns`, ready for its batches."""

    def __init__(self, columns: Sequence[str], plan: ProtectionPlan, key: bytes) -> None:
        self._plan = plan
        self._work = {step.column: _Work(step, operation(step, key)) for step in plan.steps}
        self._rest = [name for name in columns if name not in self._work]
        self._cap = None if plan.cap_subjects is None else Cap(plan.cap_subjects, plan.subject_key)
        self._classes = Classes(quasi_identifiers(plan))

    def protect(self, frame: pl.DataFrame) -> pl.DataFrame:
        if self._cap is not None:
            frame = self._cap.admit(frame)
        made = pl.DataFrame([column for column in map(self._column, frame.get_columns()) if column is not None])
        self._classes.add(made)
        return made

    def report(self, rows: int, notes: Sequence[Text], escaped: int) -> RiskReport:
        """What was done and what is left; `notes` of the source come first."""
        found = [*notes, self._rest_note(), self._cap_note(), *self._unreadable_notes(), _escaped_note(escaped)]
        return RiskReport(
            rows=rows,
            steps=tuple(work.report() for work in self._work.values()),
            quasi_identifiers=quasi_identifiers(self._plan),
            k=self._classes.k(),
            unique_rows=self._classes.unique_rows(),
            notes=tuple(note for note in [*found, self._classes.note()] if note is not None),
        )

    def _column(self, values: pl.Series) -> pl.Series | None:
        work = self._work.get(values.name)
        if work is not None:
            return work.on(values)
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

    def _unreadable_notes(self) -> list[Text]:
        return [
            t(
                f"`{name}`: {work.unreadable:,} values could not be read and were left out",
                f"`{name}`: {work.unreadable:,} 個の値は読み取れなかったため空にしました",
            )
            for name, work in self._work.items()
            if work.unreadable
        ]


def _escaped_note(escaped: int) -> Text | None:
    if not escaped:
        return None
    return t(
        f"{escaped:,} cells that a spreadsheet would run as formulas begin with an apostrophe now",
        f"表計算ソフトが数式として実行する {escaped:,} 個のセルの先頭にアポストロフィを付けました",
    )
