"""Carry a plan out: a stream of batches from a source through the plan into a file, and a report of what is left."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from tegata.model.base import Progress, Text, digest, t
from tegata.model.errors import InputError, VerificationError
from tegata.model.plan import Linkage, Overlap, ProtectionPlan, Release, RiskReport
from tegata.model.statistics import Statistics
from tegata.model.step import Keyed, SuppressRare
from tegata.protect.differencing import check_differences, worst
from tegata.protect.filters import filter_words
from tegata.protect.means import Means
from tegata.protect.others import Others
from tegata.protect.plan import check, check_columns, hands_out_tokens, leaves_nothing, no_column
from tegata.protect.statistics import Counting, guarantee
from tegata.tables import Sink, Source, ahead, open_sink

if TYPE_CHECKING:
    import polars as pl

    from tegata.protect.consented import Consented
    from tegata.protect.means import Admitted, Redacting, Tokens
    from tegata.protect.stream import Gate, Stream

Told = tuple[tuple[Linkage, ...], tuple[Overlap, ...]]  # beside tables of people, and beside earlier releases
MIN_KEY: Final = 16  # bytes


def apply_plan(
    source: Source,
    plan: ProtectionPlan,
    out: Path,
    *,
    key: bytes,
    salt: bytes = b"",
    out_format: Literal["csv", "parquet", "jsonl"] = "csv",
    progress: Progress | None = None,
    expect_digest: str | None = None,
    gate: Gate | None = None,
    redacting: Redacting | None = None,
    admitted: Admitted | None = None,
    tokens: Tokens | None = None,
    others: Others = Others(),  # noqa: B008 - it is frozen
    consented: Consented | None = None,
) -> Release:
    """Write the protected copy of `source` to `out`, in bounded memory and one pass (k-anonymity and rare values: two).

    Args:
        key: secret of what steps make, at least 16 random bytes when the plan has such steps. One key per agreement:
            equal values stay equal under it, and nothing links to what left under another.
        salt: random bytes, drawn anew for each release: what is to differ from the last one does.
        expect_digest: digest of the bytes that were scanned and decided on; other bytes do not leave.
        consented: lets through only the records of people who have given their consent.
        others: tables that somebody may have beside the copy: what is told together is measured.
        admitted: of a data set of several tables, which a cap counts together.
        tokens: of a vault (`vault.Vault.released`), where the plan hands out any; they are kept before the copy is.
        redacting: finds values in text (`scan.redaction.Redaction`), where the plan takes any out.
        gate: looks at every batch before it is written (`scan.SecondLook`); what it raises is raised here.

    Raises:
        InputError: the plan does not fit the table, or the table cannot be read; nothing was written.
        VerificationError: the source is not the one that is expected; nothing is left behind, as by the next two.
        DifferencingError: beside an earlier release it tells more than the plan allows.
        StoreError: the disk is full.
    """
    _check(source, plan, out, key, tokens)
    passes = _Passes(source, progress, consented)
    stream = _stream(passes, plan, Means(key, redacting, tokens, salt=salt, admitted=admitted), gate, others)
    expected = expect_digest or _counted(source, plan)
    with open_sink(out, out_format) as sink:
        _run(passes.frames(), stream, sink, plan.statistics)
        if expected and source.digest != expected:
            raise _another(source)
        beside = stream.beside()
        check_differences(plan.differencing, worst(beside[1]))
    return _released(source, plan, sink, out_format, _report(plan, stream, sink, passes, beside))


def _released(source: Source, plan: ProtectionPlan, sink: Sink, form: str, report: RiskReport) -> Release:
    return Release(
        source_digest=source.digest,
        digest=sink.digest,
        size=sink.size,
        format=form,
        rows=sink.rows,
        plan_digest=digest(plan),
        report=report,
    )


def _report(plan: ProtectionPlan, stream: Stream, sink: Sink, passes: _Passes, beside: Told) -> RiskReport:
    """Beside counts with noise no exact figure stands, not even how many records nobody consented to."""
    if plan.statistics is None:
        return stream.report(sink.rows, passes.notes(), sink.escaped, beside)
    guaranteed = guarantee(plan.statistics)
    known = (guaranteed, *map(filter_words, plan.rows))
    return RiskReport(rows=sink.rows, steps=(), still_learnt=known, notes=passes.source.notes)


class _Passes:
    """The records of a source that may leave, as often as they have to be read."""

    def __init__(self, source: Source, progress: Progress | None, consented: Consented | None) -> None:
        """Raises:
        InputError: consent is kept by a column that the source does not have.
        """
        if consented is not None and consented.column not in source.columns:
            raise _no_subjects(consented.column)
        self.columns = source.columns
        self.source, self._progress, self._consented = source, progress, consented

    def frames(self) -> Iterator[pl.DataFrame]:
        frames = self.source.batches(self._progress)
        return frames if self._consented is None else self._consented.over(frames)

    def notes(self) -> tuple[Text, ...]:
        """Of the last pass."""
        return self.source.notes if self._consented is None else (*self.source.notes, self._consented.note())


def _stream(passes: _Passes, plan: ProtectionPlan, means: Means, gate: Gate | None, others: Others) -> Stream:
    """Ready for the batches of the source, after the passes that rare values and k-anonymity need."""
    from tegata.protect.stream import Stream, anonymity, frequent  # here, because it loads the columnar engine

    if _has_rare(plan):
        means = dataclasses.replace(means, frequent=frequent(plan, passes.columns, passes.frames(), means))
    asked = plan.anonymity
    chosen = None if asked is None else anonymity(plan, asked, passes.columns, passes.frames(), means)
    return Stream(passes.columns, plan, means, chosen, gate, others)


def _counted(source: Source, plan: ProtectionPlan) -> str:
    """Digest of what was counted in a pass before: that is what leaves."""
    return source.digest if plan.anonymity is not None or _has_rare(plan) else ""


def _has_rare(plan: ProtectionPlan) -> bool:
    return any(isinstance(step, SuppressRare) for step in plan.steps)


def _run(batches: Iterator[pl.DataFrame], stream: Stream, sink: Sink, statistics: Statistics | None) -> None:
    """Reading, protecting, looking and writing run at the same time, each in a thread of its own (`Stream.over`)."""
    if statistics is not None:
        sink.write(_counts(batches, stream, statistics))
        return
    with closing(ahead(batches)) as frames, closing(ahead(stream.over(frames))) as made:
        for frame in made:
            sink.write(frame)


def _counts(batches: Iterator[pl.DataFrame], stream: Stream, asked: Statistics) -> pl.DataFrame:
    """No exact figure of the table leaves beside them, nor stands in the report."""
    counting = Counting(asked)
    with closing(ahead(batches)) as frames, closing(ahead(stream.stepped(frames))) as pairs:
        for before, made in pairs:
            counting.add(before, made)
    return counting.noisy()


def _check(source: Source, plan: ProtectionPlan, out: Path, key: bytes, tokens: Tokens | None) -> None:
    """All that can be known before the first byte is read."""
    check(plan)
    check_columns(plan, source.columns)
    if tokens is None and hands_out_tokens(plan):
        raise _no_vault()
    if any(isinstance(step, Keyed) for step in plan.steps) and len(key) < MIN_KEY:
        raise InputError(
            t(f"the secret key has {len(key)} bytes", f"秘密鍵が {len(key)} バイトしかありません"),
            hint=t(f"give at least {MIN_KEY} random bytes", f"{MIN_KEY} バイト以上の乱数を指定してください"),
        )
    if out.exists() and out.samefile(source.path):
        raise InputError(
            t(f"`{out}` is the source itself", f"`{out}` は元のファイルです"),
            hint=t("name another file for the protected copy", "保護した写しには別のファイル名を指定してください"),
        )
    if leaves_nothing(plan, source.columns):
        raise no_column()


def _another(source: Source) -> VerificationError:
    return VerificationError(
        t(f"`{source.path}` is not what was scanned", f"`{source.path}` は検査した内容と異なります"),
        why=t(
            "its bytes have another digest; nothing was written", "ダイジェストが一致しません。何も書き込んでいません"
        ),
        hint=t("scan and decide again", "検査と判定をやり直してください"),
    )


def _no_vault() -> InputError:
    return InputError(
        t(
            "the plan hands out tokens, and there is no vault to keep them",
            "トークンの保管庫がありません",
        ),
        hint=t("use `pseudonymise`, or name a vault", "`pseudonymise` を使うか、保管庫を指定してください"),
    )


def _no_subjects(column: str) -> InputError:
    return InputError(
        t(f"consent is kept by the column `{column}`, which is not there", f"同意を管理する列 `{column}` がありません"),
        why=t("nobody can be told apart; nothing was written", "人を区別できません。何も書き込んでいません"),
        hint=t("give the column its name back", "列名を元に戻してください"),
    )
