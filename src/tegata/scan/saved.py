"""What a long scan has found so far, on disk: so that one that was ended goes on where it was.

One file, written whole: for every pass over a table the part that its first shares add up to, how many they are, and
the digest of the bytes that they were read from. What differs from that when the scan goes on is refused.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final, Literal

import msgspec
import polars as pl

from tegata import durable
from tegata.model.base import Text, t
from tegata.model.errors import StoreError, why_of
from tegata.scan.finds import Cells, FoundPartial
from tegata.scan.load import RecogniserSet
from tegata.scan.partial import Partial
from tegata.scan.run import Part, Run
from tegata.scan.subjects import SubjectPartial
from tegata.tables import Source

Share = tuple[int, Source]
"""A share, and which it is, from 1."""


class _Found(msgspec.Struct, frozen=True):
    """Of one recogniser: cells and values by column, and the sample. Frames are Arrow IPC."""

    cells: dict[int, tuple[int, int, int]]
    values: dict[int, bytes]
    sample: bytes


class _Pass(msgspec.Struct, frozen=True):
    """The part that the first `done` shares add up to; `mark` of the last of them."""

    done: int
    mark: str
    engine: int
    rows: int
    nulls: tuple[int, ...]
    sample: bytes
    matched: tuple[int, ...]
    keyed: dict[str, bytes]
    loose: dict[str, bytes]
    finest: dict[str, int]
    found: dict[str, _Found]
    skipped: int


class _State(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    format: Literal["tegata scan state 1"] = "tegata scan state 1"
    versions: str
    recognisers: str
    sample: float  # share of the rows that are looked at
    passes: dict[str, _Pass] = {}


class Saved:
    """The file. It holds samples of values, so it is for its owner's eyes, and is removed when the scan is done.

    It is written `every` so many seconds, or less often, so that the scan spends most of its time on other things:
    writing takes at most one second of `of`.
    """

    def __init__(self, path: Path, every: float = 20.0, of: float = 20.0) -> None:
        self.path, self._every, self._of = path, every, of
        self._state: _State | None = None
        self._due = time.monotonic() + every

    def of(self, table: str, run: Run) -> Kept:
        """What is known of a pass, by the name of the table and the number of the pass.

        Raises:
            StoreError: the file was not written by a scan like this one.
        """
        self._state = self._state or self._read(run)
        known = self._state.passes.get(table)
        if known is None:
            return Kept(self, table, run)
        try:
            part = _part(known, run.classifier.recognisers)
        except (pl.exceptions.PolarsError, KeyError, OSError) as error:
            raise _unusable(self.path, _DAMAGED) from error
        return Kept(self, table, run, part, known.done, known.mark)

    def write(self, table: str, done: int, mark: str, run: Run) -> None:
        """Keep what a run has added up, if it is time to."""
        started = time.monotonic()
        if started < self._due or self._state is None:
            return
        self._state.passes[table] = _pass(done, mark, run.so_far())
        try:
            durable.replace(self.path, msgspec.msgpack.encode(self._state), 0o600)
        except OSError as error:
            raise _not_written(self.path, error) from error
        took = time.monotonic() - started
        self._due = time.monotonic() + max(self._every, took * self._of)

    def remove(self) -> None:
        """The scan is done."""
        self.path.unlink(missing_ok=True)

    def _read(self, run: Run) -> _State:
        share = run.sample.share if run.sample else 1.0
        own = _State(versions=_versions(), recognisers=run.classifier.recognisers.digest, sample=share)
        try:
            state = msgspec.msgpack.decode(self.path.read_bytes(), type=_State)
        except FileNotFoundError:
            return own
        except (msgspec.DecodeError, OSError) as error:
            raise _unusable(self.path, _DAMAGED) from error
        if (state.versions, state.recognisers, state.sample) != (own.versions, own.recognisers, own.sample):
            raise _unusable(self.path, _OTHER_PROGRAM)
        return state


@dataclass
class Kept:
    """One pass in the file: what it had found, and the way to keep more."""

    saved: Saved
    table: str
    run: Run
    part: Part | None = None
    done: int = 0
    mark: str = ""
    _marks: list[str] = field(default_factory=list)

    def remaining(self, shares: Iterator[Share]) -> Iterator[Share]:
        """The shares that are still to be read, once it is certain that those before are what was read.

        Raises:
            StoreError: they are not.
        """
        for number, share in shares:
            if number == self.done and share.mark != self.mark:
                raise _unusable(self.saved.path, _OTHER_BYTES)
            if number > self.done:
                self._marks.append(share.mark)
                yield number, share

    def with_those_before(self, made: Iterator[Part]) -> Iterator[Part]:
        """What was found before, and then parts of the remaining shares: of each the run takes in, the sum is kept."""
        if self.part is not None:
            yield self.part
        for part in made:
            yield part
            self.done += 1
            self.saved.write(self.table, self.done, self._marks.pop(0), self.run)


def _pass(done: int, mark: str, part: Part) -> _Pass:
    return _Pass(
        done=done,
        mark=mark,
        engine=part.engine,
        rows=part.survey.rows,
        nulls=tuple(part.survey.nulls),
        sample=_bytes(part.survey.sample),
        matched=part.matched,
        keyed=_all_bytes(part.subjects.keyed),
        loose=_all_bytes(part.subjects.loose),
        finest=dict(part.subjects.finest),
        found={name: _found(name, part.found) for name in part.found.recognisers},
        skipped=part.skipped,
    )


def _found(name: str, found: FoundPartial) -> _Found:
    cells = {n: (c.holding, c.whole, c.named) for (n, recogniser), c in found.cells.items() if recogniser == name}
    values = {n: _bytes(frame) for (n, recogniser), frame in found.values.items() if recogniser == name}
    return _Found(cells, values, _bytes(found.samples[name]))


def _part(known: _Pass, recognisers: RecogniserSet) -> Part:
    found = known.found.items()
    return Part(
        engine=known.engine,
        survey=Partial(known.rows, known.nulls, _frame(known.sample)),
        matched=known.matched,
        subjects=SubjectPartial(_all_frames(known.keyed), _all_frames(known.loose), known.finest),
        found=FoundPartial(
            recognisers={name: recognisers.by_id[name] for name in known.found},
            cells={(n, name): Cells(*cells) for name, one in found for n, cells in one.cells.items()},
            samples={name: _frame(one.sample) for name, one in found},
            values={(n, name): _frame(values) for name, one in found for n, values in one.values.items()},
        ),
        skipped=known.skipped,
    )


def _bytes(frame: pl.DataFrame) -> bytes:
    written = io.BytesIO()
    frame.write_ipc(written)
    return written.getvalue()


def _frame(data: bytes) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO(data))


def _all_bytes(frames: Mapping[str, pl.DataFrame]) -> dict[str, bytes]:
    return {name: _bytes(frame) for name, frame in frames.items()}


def _all_frames(data: Mapping[str, bytes]) -> dict[str, pl.DataFrame]:
    return {name: _frame(one) for name, one in data.items()}


def _versions() -> str:
    return " ".join(f"{name} {version(name)}" for name in ("tegata", "polars"))


_DAMAGED: Final = t("it is no state of a scan, or is damaged", "走査の途中経過ではないか、壊れています")
_OTHER_PROGRAM: Final = t(
    "it was written by another version of the program, with other recognisers or another sample",
    "別の版のプログラム、または別の認識器や標本で書かれたものです",
)
_OTHER_BYTES: Final = t("the data is no longer what it was when it was scanned", "データが走査時の内容と変わっています")


def _unusable(path: Path, why: Text) -> StoreError:
    return StoreError(
        t(f"the scan cannot go on from `{path}`", f"`{path}` から走査を再開できません"),
        why=why,
        hint=t("remove it, and the scan starts anew", "このファイルを削除すると、最初から走査します"),
    )


def _not_written(path: Path, error: OSError) -> StoreError:
    return StoreError(
        t(f"cannot write `{path}`", f"`{path}` に書き込めません"),
        why=why_of(error),
        hint=t("give `--resume` a file on another disk", "`--resume` に別のディスクのファイルを指定してください"),
    )
