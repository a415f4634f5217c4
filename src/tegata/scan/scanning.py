"""A source in, a profile out: the first pass finds what the columns are, the second counts the subjects."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec
import polars as pl

from tegata.model.base import Progress, Text, t
from tegata.model.errors import InputError
from tegata.model.profile import ColumnProfile, Evidence, Profile
from tegata.scan.decide import Column, Verdict, decide
from tegata.scan.engine import Classifier, classify
from tegata.scan.evidence import proof_weight
from tegata.scan.load import RecogniserSet, builtin_recognisers
from tegata.scan.matcher import Hits
from tegata.scan.notes import count_notes, place_note, sparse_note
from tegata.scan.partial import Partial
from tegata.scan.precision import PRECISE_M, error_m
from tegata.scan.subjects import Counted, CountPlan, count, plan_count
from tegata.tables import Source

Batches = Callable[[], Iterable[pl.DataFrame]]
_SPARSE_ODDS = 2.0  # natural-log odds above which a few proven cells are worth telling


@dataclass(frozen=True)
class Findings:
    """What the passes over a table found, before it is bound to the bytes of a source."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    counted: Counted
    kinds: tuple[str, ...]
    precision_m: float | None
    notes: tuple[Text, ...]


def scan(
    source: Source, *, progress: Progress | None = None, recognisers: RecogniserSet | None = None, salt: bytes = b""
) -> Profile:
    """What is in a source: category of every column with its evidence, and how many distinct people.

    Args:
        source: an opened table; it is read once, and once more when it holds data about people.
        progress: told the bytes done of the bytes to read.
        recognisers: what to look for; those that come with the program when None.
        salt: keys the hashes by which subjects are counted. They stay in the process; the counts do not depend on it.

    Raises:
        InputError: the source cannot be read, or its bytes changed between the passes.
        StoreError: the disk is full (many subjects are counted on disk).
    """
    known = recognisers or builtin_recognisers()
    digests: list[str] = []

    def batches() -> Iterable[pl.DataFrame]:
        yield from source.batches(progress)
        digests.append(source.digest)
        if digests[-1] != digests[0]:
            raise _changed(source)

    found = scan_batches(source.columns, batches, known, salt)
    categories = {column.category for column in found.columns} - {"ordinary"}
    titles = {table.id for table in known.tables if table.names_table}
    return Profile(
        source_digest=digests[0],
        source_bytes=source.size,
        source_format=source.format,
        rows=found.rows,
        columns=found.columns,
        categories=tuple(sorted(categories)),
        subjects=tuple(s for s in found.counted.subjects if s.category in categories),
        geo_precision_m=found.precision_m,
        table_kind=next((kind for kind in found.kinds if kind in titles), ""),
        notes=(*source.notes, *found.notes),
        scanner=known.digest,
    )


def scan_batches(columns: Sequence[str], batches: Batches, recognisers: RecogniserSet, salt: bytes = b"") -> Findings:
    """The same on record batches of text columns; `batches` is called once per pass and must give the same rows."""
    classifier = Classifier(columns, recognisers, _seed(b"sample", salt))
    partial = classify(classifier, batches())
    evidence = [
        Column(name, classifier.headers[n], partial[n].sample.height, classifier.sampled(n, partial[n]))
        for n, name in enumerate(columns)
    ]
    verdicts, kinds = decide(evidence, recognisers)
    plan = plan_count(columns, verdicts, partial)
    counted = count(plan, batches(), _seed(b"subjects", salt)) if plan else Counted((), {})
    profiles = [
        _column(column, partial, n, verdicts[n], recognisers) for n, column in enumerate(columns)
    ]
    precision = _precision(plan, counted)
    if plan and precision is not None and precision > PRECISE_M:
        profiles = [_coarse(profile, precision) for profile in profiles]
    return Findings(
        rows=max((column.rows for column in partial), default=0),
        columns=tuple(profiles),
        counted=counted,
        kinds=kinds,
        precision_m=precision,
        notes=tuple(_notes(plan, counted, verdicts, profiles)),
    )


def _seed(use: bytes, salt: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"tegata scan " + use + b"\0" + salt).digest()[:8], "big")


def _changed(source: Source) -> InputError:
    return InputError(
        t(f"`{source.path}` changed while it was scanned", f"`{source.path}` は走査中に変更されました"),
        why=t("the second reading gave other bytes than the first", "2 回目の読み取りで内容が 1 回目と異なりました"),
        hint=t("scan again when nothing writes to it", "書き込みが終わってから、もう一度走査してください"),
    )


def _column(name: str, partial: Partial, number: int, verdict: Verdict, recognisers: RecogniserSet) -> ColumnProfile:
    mine, recogniser = partial[number], verdict.recogniser
    filled = mine.rows - mine.nulls
    matched = 0
    if recogniser is not None:
        hits = mine.hits.get(recogniser.id, Hits(0, 0))
        matched = hits.valid if recogniser.patterns else filled
    return ColumnProfile(
        name=name,
        category=recogniser.category if recogniser else "ordinary",
        recogniser=recogniser.id if recogniser else "",
        jurisdictions=recogniser.jurisdictions if recogniser else (),
        confidence=round(verdict.confidence, 4),
        rows=mine.rows,
        nulls=mine.nulls,
        matched=matched,
        evidence=verdict.candidate.evidence if verdict.candidate else (),
        sparse_hits=tuple(_sparse(mine.hits, filled, verdict, recognisers)),
    )


def _sparse(hits: dict[str, Hits], filled: int, verdict: Verdict, recognisers: RecogniserSet) -> Iterable[str]:
    """Proven values of another kind, too few to name the column but too good to be chance."""
    chosen = verdict.recogniser
    for r in recognisers.recognisers:
        found = hits.get(r.id)
        if found is None or not found.valid or r.category == "ordinary" or r is chosen or 2 * found.shaped > filled:
            continue
        if chosen is not None and chosen.category == r.category:
            continue
        if r.rarity <= 0.003 and not r.needs_header or proof_weight(found, r.chance) > _SPARSE_ODDS:
            yield f"{r.id}: {found.valid} cells"


def _precision(plan: CountPlan | None, counted: Counted) -> float | None:
    if plan is None:
        return None
    return min((error_m(plan.places[name], digits) for name, digits in counted.finest.items()), default=None)


def _coarse(profile: ColumnProfile, precision: float) -> ColumnProfile:
    """Coordinates that err by more than 1,000 m are not precise geolocation (28 CFR 202.242)."""
    if profile.category != "geo.precise":
        return profile
    say = t(
        f"the finest coordinates err by up to {precision:,.0f} m, more than 1,000 m",
        f"最も細かい座標でも誤差は最大 {precision:,.0f} m で、1,000 m を超える",
    )
    reason = Evidence(kind="range", say=say, weight=0.0)
    return msgspec.structs.replace(profile, category="ordinary", evidence=(*profile.evidence, reason))


def _notes(
    plan: CountPlan | None, counted: Counted, verdicts: Sequence[Verdict], profiles: Sequence[ColumnProfile]
) -> Iterable[Text]:
    if plan is not None:
        yield from count_notes(plan, counted)
    yield from place_note(verdicts)
    yield from sparse_note(profiles)
