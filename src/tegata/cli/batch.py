"""`tegata decide --batch`: one decision a row, as a stream."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tegata.cli.files import TABLE_FORMATS, table_destination
from tegata.cli.packs import PackChoice, packs_in_use
from tegata.cli.render.words import COLOURS, OUTCOMES
from tegata.cli.terminal import Terminal
from tegata.model.base import Language, Noun, t
from tegata.model.decision import Outcome, strictest
from tegata.model.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from tegata.rules.batch import Batch, RowDecision

UNREADABLE = 2  # exit code where a row could not be read


class BatchResult(Noun, frozen=True, kw_only=True):
    """What became of a table of flows. `outcomes` counts rows; `errors` rows that could not be read."""

    rows: int
    outcomes: dict[str, int]
    errors: int
    out: str
    digest: str


def decide_rows(
    terminal: Terminal, path: Path, out: Path | None, packs: PackChoice, *, questions: bool, force: bool
) -> int:
    """Writes the decisions and tells how many there are of each kind; the exit code is that of the strictest."""
    from tegata.clock import SystemClock
    from tegata.rules.batch import Batch
    from tegata.tables import open_sink, open_source

    out = table_destination(out, path, force=force)
    used = packs_in_use(packs)
    source = open_source(path)
    batch = Batch(source.columns, used, today=SystemClock().now().date(), questions=questions)
    if taken := sorted({"outcome", "rules", "missing", "error"} & set(batch.carried)):
        raise UsageError(
            t(f"the table has a column `{taken[0]}` of its own", f"表に `{taken[0]}` という列があります"),
            hint=t("rename it: the decisions have one of that name", "判定の列と同じ名前なので、変更してください"),
        )
    if batch.carried:
        names = ", ".join(batch.carried)
        terminal.note(t(f"no facts, carried over as they are: {names}", f"事実ではない列はそのまま写します: {names}"))
    counted: Counter[Outcome | None] = Counter()
    with (
        terminal.progress(t(f"deciding {path.name}", f"{path.name} を判定しています")) as progress,
        open_sink(out, TABLE_FORMATS[out.suffix.lower()]) as sink,
    ):
        for frame in source.batches(progress):
            sink.write(_decided(batch, frame, counted, terminal.language))
    errors = counted.pop(None, 0)
    outcomes = {outcome.value: counted[outcome] for outcome in Outcome if counted[outcome]}
    result = BatchResult(rows=sink.rows, outcomes=outcomes, errors=errors, out=str(out), digest=sink.digest)
    return _tell(terminal, result)


def _decided(batch: Batch, frame: pl.DataFrame, counted: Counter[Outcome | None], language: Language) -> pl.DataFrame:
    """A frame of decisions for a frame of flows."""
    import polars as pl

    decisions = [batch.decide(cells) for cells in frame.iter_rows()]
    counted.update(decision.outcome for decision in decisions)
    columns: dict[str, list[str | None]] = {
        "outcome": [_word(decision.outcome) for decision in decisions],
        **{pack.id: [_of(decision, place) for decision in decisions] for place, pack in enumerate(batch.packs)},
        "rules": ["; ".join(decision.rules) or None for decision in decisions],
        "missing": ["; ".join(decision.missing) or None for decision in decisions],
        "error": [decision.error.say(language) if decision.error else None for decision in decisions],
    }
    made = [pl.Series(name, values, dtype=pl.String) for name, values in columns.items()]
    return pl.DataFrame([*(frame[name] for name in batch.carried), *made])


def _word(outcome: Outcome | None) -> str | None:
    return outcome.value if outcome else None


def _of(decision: RowDecision, place: int) -> str | None:
    """What the pack at a place says; None where the row could not be read."""
    return decision.per_pack[place].value if decision.per_pack else None


def _tell(terminal: Terminal, result: BatchResult) -> int:
    if terminal.as_json:
        terminal.document(result)
    else:
        paper = terminal.paper()
        for outcome, rows in result.outcomes.items():
            paper.line(f"{rows:>12,}  ", OUTCOMES[Outcome(outcome)], style=COLOURS[Outcome(outcome)])
        if result.errors:
            paper.line(f"{result.errors:>12,}  ", t("rows could not be read", "行は読めませんでした"), style="red")
        paper.exact(result.out, style="bold")
    if result.errors:
        return UNREADABLE
    return strictest([Outcome(outcome) for outcome in result.outcomes]).exit_code
