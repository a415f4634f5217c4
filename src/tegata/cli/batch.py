"""`tegata decide --batch`: one decision a row, as a stream, on every core."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tegata.cli.files import TABLE_FORMATS, table_destination
from tegata.cli.packs import PackChoice, packs_in_use
from tegata.cli.render.words import COLOURS
from tegata.cli.terminal import Terminal
from tegata.model.base import Noun, t
from tegata.model.decision import Outcome, strictest
from tegata.model.errors import UsageError
from tegata.sheets.words import OUTCOMES

if TYPE_CHECKING:
    import polars as pl

    from tegata.rules.batch import Batch

UNREADABLE = 2  # exit code where a row could not be read
MOST_TOLD = 5  # unreadable rows that are told one by one


class UnreadRow(Noun, frozen=True, kw_only=True):
    """A row, counted from 1 after the header, that states something that is no fact."""

    row: int
    say: str


class BatchResult(Noun, frozen=True, kw_only=True):
    """What became of a table of flows. `outcomes` counts rows; `errors` rows that could not be read, of which
    `unread` are the first."""

    rows: int
    outcomes: dict[str, int]
    errors: int
    unread: tuple[UnreadRow, ...] = ()
    out: str
    digest: str


class Tally:
    """Counts what became of the rows."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.errors = 0
        self.unread: list[UnreadRow] = []
        self._rows = 0

    def add(self, decided: pl.DataFrame) -> None:
        self.outcomes.update(outcome for outcome in decided["outcome"].to_list() if outcome)
        self.errors += decided.height - decided["error"].null_count()
        for row, error in self._first(decided):
            self.unread.append(UnreadRow(row=row, say=error))
        self._rows += decided.height

    def _first(self, decided: pl.DataFrame) -> Iterator[tuple[int, str]]:
        places = decided["error"].is_not_null().arg_true()[: MOST_TOLD - len(self.unread)]
        return ((self._rows + place + 1, decided["error"][place]) for place in places)


def decide_rows(
    terminal: Terminal,
    path: Path,
    out: Path | None,
    packs: PackChoice,
    *,
    ownership: Path | None,
    questions: bool,
    force: bool,
) -> int:
    """Writes the decisions and tells how many there are of each kind; the exit code is that of the strictest."""
    from tegata.cli.batch_pool import Order, decided
    from tegata.cli.ownership import owners_of_rows
    from tegata.clock import SystemClock
    from tegata.tables import open_sink, open_source

    out = table_destination(out, path, force=force)
    source = open_source(path)
    used, today = packs_in_use(packs), SystemClock().now().date()
    digests = tuple(pack.digest for pack in used)
    owners = owners_of_rows(ownership, source.columns) if ownership else None
    order = Order(source.columns, packs, digests, today, questions, terminal.language, owners)
    _check_columns(terminal, order.batch())
    tally = Tally()
    with (
        terminal.progress(t(f"deciding {path.name}", f"{path.name} を判定しています")) as progress,
        open_sink(out, TABLE_FORMATS[out.suffix.lower()]) as sink,
    ):
        for frame in decided(order, source, progress):
            sink.write(frame)
            tally.add(frame)
    outcomes = {outcome.value: tally.outcomes[outcome.value] for outcome in Outcome if tally.outcomes[outcome.value]}
    result = BatchResult(
        rows=sink.rows,
        outcomes=outcomes,
        errors=tally.errors,
        unread=tuple(tally.unread),
        out=str(out),
        digest=sink.digest,
    )
    return _tell(terminal, result)


def _check_columns(terminal: Terminal, batch: Batch) -> None:
    """A column that would stand beside ours under the same name is refused; others that are no facts are told."""
    if taken := sorted(set(batch.columns) & set(batch.carried)):
        raise UsageError(
            t(f"the table has a column `{taken[0]}` of its own", f"表に `{taken[0]}` という列があります"),
            hint=t("rename it: the decisions have one of that name", "判定の列と同じ名前なので、変更してください"),
        )
    if idle := [name for name in batch.carried if name not in batch.naming]:
        names = ", ".join(idle)
        terminal.note(t(f"no facts, carried over as they are: {names}", f"事実ではない列はそのまま写します: {names}"))


def _tell(terminal: Terminal, result: BatchResult) -> int:
    if terminal.as_json:
        terminal.document(result)
    else:
        paper = terminal.paper()
        for outcome, rows in result.outcomes.items():
            paper.line(f"{rows:>12,}  ", OUTCOMES[Outcome(outcome)], style=COLOURS[Outcome(outcome)])
        if result.errors:
            paper.line(f"{result.errors:>12,}  ", t("rows could not be read", "行は読めませんでした"), style="red")
        for unread in result.unread:
            paper.line(t(f"row {unread.row}: ", f"{unread.row} 行目: "), unread.say, indent=14, hang=2)
        paper.exact(result.out, style="bold")
    if result.errors:
        return UNREADABLE
    return strictest([Outcome(outcome) for outcome in result.outcomes]).exit_code
