"""A source in, a profile out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import polars as pl

from tegata.model.base import Progress, Text, t
from tegata.model.errors import InputError
from tegata.model.profile import ColumnProfile, Evidence, Profile, SubjectCount, SubjectSet, Wanted
from tegata.scan.engine import Classifier
from tegata.scan.fold import folded
from tegata.scan.keys import TableKeys, table_keys
from tegata.scan.load import RecogniserSet, builtin_recognisers
from tegata.scan.nested import unfolding
from tegata.scan.not_read import columns_in_reach, not_read
from tegata.scan.notes import count_notes, finds_note, place_note
from tegata.scan.partial import Partial, cuts, merge, nothing
from tegata.scan.passes import Batches, Passes, Spread, Stream, Workers
from tegata.scan.plan import Plan, make_plan
from tegata.scan.precision import PRECISE_M, error_m
from tegata.scan.recogniser import TableKind
from tegata.scan.roles import CountPlan
from tegata.scan.run import Run
from tegata.scan.sample import Sample, from_above
from tegata.scan.subjects import Counted
from tegata.scan.wanted import Distinct
from tegata.tables import Source
from tegata.tables.tear import Tear


@dataclass(frozen=True)
class FirstLook:
    """What the first rows of a long source show, told at once. The whole may show something else."""

    rows: int
    categories: Mapping[str, str]  # by column


Told = Callable[[FirstLook], None]


@dataclass(frozen=True)
class Findings:
    """What the passes over a table found, before it is bound to the bytes of a source."""

    rows: int
    skipped: int  # rows that are not in the sample
    columns: tuple[ColumnProfile, ...]
    counted: Counted
    distinct: tuple[Distinct, ...]
    kinds: tuple[TableKind, ...]
    precision_m: float | None
    notes: tuple[Text, ...]
    keys: TableKeys = field(compare=False)
    classifier: Classifier = field(compare=False)
    plan: Plan = field(compare=False)

    def subjects(self) -> tuple[SubjectCount, ...]:
        """As they were counted; from above, where not all rows were looked at."""
        if not self.skipped:
            return self.counted.subjects
        records = set(self.plan.count.categories) if self.classifier.unfolding else set()
        within = {find.category for column in self.columns for find in column.finds}
        return from_above(self.counted.subjects, self.plan.count.roles, self.skipped, within | records)


def scan(
    source: Source,
    *,
    progress: Progress | None = None,
    recognisers: RecogniserSet | None = None,
    salt: bytes = b"",
    first_look: Told | None = None,
    workers: Workers | None = None,
    sample: Sample | None = None,
) -> Profile:
    """What is in a source: category of every column with its evidence, and how many distinct people.

    Args:
        source: an opened table; it is read once, and once more where its first batch is not like the rest.
        progress: told the bytes done of the bytes to read.
        recognisers: what to look for; those that come with the program when None.
        salt: keys the hashes by which subjects are counted. They stay in the process and its workers; the counts do not
            depend on it.
        first_look: told what the first batch shows, where more follow.
        workers: who reads a source that can be cut into shares; the threads of this process when None. The profile is
            the same.
        sample: which rows are looked at, all when None. The profile then says what that leaves open (`Unread`), and
            counts people from above.

    Raises:
        InputError: the source cannot be read, or its bytes changed between the passes.
        StoreError: the disk is full (many subjects are counted on disk).
    """
    known = recognisers or builtin_recognisers()
    return scan_table(source, (), known, salt, progress, first_look=first_look, workers=workers, sample=sample)[0]


def scan_subjects(
    source: Source,
    wanted: Sequence[Wanted],
    *,
    progress: Progress | None = None,
    recognisers: RecogniserSet | None = None,
    salt: bytes = b"",
    first_look: Told | None = None,
    workers: Workers | None = None,
    sample: Sample | None = None,
    torn: bool = False,
) -> tuple[Profile, tuple[tuple[SubjectSet, ...], ...]]:
    """The same, and for each of `wanted` who the subjects are.

    Their hashes are equal in all scans under one salt, as long as the columnar engine does not change its hash
    function; after that a subject is another one than before. `torn` as of `scan_table`.
    """
    known = recognisers or builtin_recognisers()
    profile, found = scan_table(
        source, wanted, known, salt, progress, first_look=first_look, workers=workers, sample=sample, torn=torn
    )
    return profile, tuple(one.sets(profile.categories) for one in found.distinct)


def scan_table(
    source: Source,
    wanted: Sequence[Wanted],
    known: RecogniserSet,
    salt: bytes,
    progress: Progress | None,
    *,
    first_look: Told | None = None,
    workers: Workers | None = None,
    sample: Sample | None = None,
    torn: bool = False,
) -> tuple[Profile, Findings]:
    """The profile of one table, and what it was made of.

    `torn`: where reading breaks off, the profile is of the rows before that, is bound to no bytes, and names the rest
    as not read. Without it, that is an error. So it is with columns beyond those that are looked at.
    """
    columns = columns_in_reach(source, some=torn)
    bound = _Bound(source, Tear(allowed=torn))
    passes: Passes | None = bound.spread(workers, progress) if workers and columns == source.columns else None
    passes = passes or Stream(columns, lambda: (batch.select(columns) for batch in bound.batches(progress)))
    found = scan_passes(columns, passes, known, salt, wanted, first_look, sample)
    categories = {category for column in found.columns for category in column.categories} - {"ordinary"}
    profile = Profile(
        source_digest=bound.digest,
        source_bytes=source.size,
        source_format=source.format,
        rows=found.rows + found.skipped,
        columns=found.columns,
        categories=tuple(sorted(categories)),
        subjects=tuple(s for s in found.subjects() if s.category in categories),
        geo_precision_m=found.precision_m,
        table_kind=next((kind.id for kind in found.kinds if kind.names_table), ""),
        notes=(*source.notes, *found.notes),
        scanner=known.digest,
        unread=tuple(
            not_read(source, sample if found.skipped else None, found.rows, found.rows + found.skipped, bound.tear)
        ),
    )
    return profile, found


class _Bound:
    """A source of which every pass must read the same bytes; where a tear is allowed, up to there."""

    def __init__(self, source: Source, tear: Tear) -> None:
        self._source, self.tear = source, tear
        self._digest = ""

    @property
    def digest(self) -> str:
        """Of the bytes of the source; "" where not all were read."""
        return "" if self.tear.error else self._digest

    def batches(self, progress: Progress | None) -> Iterator[pl.DataFrame]:
        return self.tear.until(self._batches(self.tear.watching(progress)))

    def _batches(self, progress: Progress) -> Iterator[pl.DataFrame]:
        yield from self._source.batches(progress)
        self._bind()

    def spread(self, workers: Workers, progress: Progress | None) -> Spread | None:
        """None where the source is not cut, or is not worth it."""
        if self._source.size < workers.least or self._source.shares() is None:
            return None
        return Spread(self._source, self._shares, workers, self.tear.watching(progress), self.tear)

    def _shares(self) -> Iterator[Source]:
        yield from self._source.shares() or ()
        self._bind()

    def _bind(self) -> None:
        if self._digest not in ("", self._source.digest):
            raise _changed(self._source)
        self._digest = self._source.digest


def scan_batches(
    columns: Sequence[str],
    batches: Batches,
    recognisers: RecogniserSet,
    salt: bytes = b"",
    wanted: Sequence[Wanted] = (),
    first_look: Told | None = None,
) -> Findings:
    """The same on record batches of text columns; each call of `batches` must give the same rows."""
    return scan_passes(columns, Stream(columns, batches), recognisers, salt, wanted, first_look)


def scan_passes(
    columns: Sequence[str],
    passes: Passes,
    recognisers: RecogniserSet,
    salt: bytes = b"",
    wanted: Sequence[Wanted] = (),
    first_look: Told | None = None,
    sample: Sample | None = None,
) -> Findings:
    """The first rows give a plan: what every column is, which columns tell subjects apart. All rows are counted by it
    while the columns are surveyed. Where the whole source asks for another plan, it is read again and counted by that.
    """
    first, more = passes.first()
    classifier = Classifier(columns, recognisers, seed(b"sample", salt))
    partial = _survey(classifier, first)
    if found := unfolding(columns, partial.sample):
        classifier = classifier.with_records(found)
        partial = _survey(classifier, first)
    guess = make_plan(classifier, partial, recognisers)
    run = Run(classifier, guess, seed(b"subjects", salt), wanted, cuts(partial), sample)
    if first_look is not None and more:
        first_look(FirstLook(first.height, dict(zip(columns, guess.categories, strict=False))))
    passes.over(run)
    whole = unfolding(columns, run.survey.whole().sample)
    if classifier.unfolding != whole:
        classifier = classifier.with_records(whole)
        run = Run(classifier, make_plan(classifier, nothing(len(classifier.columns)), recognisers), 0, sample=sample)
        passes.over(run)
    plan = make_plan(classifier, run.survey.whole(), recognisers) if more else guess
    if plan.differs(run.plan):
        again = Run(classifier, plan, seed(b"subjects", salt), wanted, sample=sample)
        passes.over(again)
        run = again
    return _findings(plan, run)


def _survey(classifier: Classifier, batch: pl.DataFrame) -> Partial:
    return merge([classifier.survey(classifier.cells(batch)[0], {})])


def _findings(plan: Plan, run: Run) -> Findings:
    profiles = [_column(n, name, plan, run) for n, name in enumerate(run.classifier.columns)]
    precision = None if run.skipped else _precision(plan.count, run.counted)
    if precision is not None and precision > PRECISE_M:
        profiles = [_coarse(profile, precision) for profile in profiles]
    columns = folded(profiles, run.classifier.unfolding)
    return Findings(
        rows=run.survey.whole().rows,
        skipped=run.skipped,
        columns=columns,
        counted=run.counted,
        distinct=run.distinct,
        kinds=plan.kinds,
        precision_m=precision,
        notes=tuple(_notes(plan, run.counted, columns)),
        keys=table_keys(plan.count, run.classifier.columns, run.survey.whole()),
        classifier=run.classifier,
        plan=plan,
    )


def seed(use: bytes, salt: bytes) -> int:
    """Of hashes that stay among themselves: those of one use under one salt."""
    return int.from_bytes(hashlib.sha256(b"tegata scan " + use + b"\0" + salt).digest()[:8], "big")


def _changed(source: Source) -> InputError:
    return InputError(
        t(f"`{source.path}` changed while it was scanned", f"`{source.path}` は走査中に変更されました"),
        why=t("the second reading gave other bytes than the first", "2 回目の読み取りで内容が 1 回目と異なりました"),
        hint=t("scan again when nothing writes to it", "書き込みが終わってから、もう一度走査してください"),
    )


def _column(number: int, name: str, plan: Plan, run: Run) -> ColumnProfile:
    partial, verdict = run.survey.whole(), plan.verdicts[number]
    recogniser = verdict.recogniser
    return ColumnProfile(
        name=name,
        category=verdict.category,
        recogniser=recogniser.id if recogniser else "",
        listed=(recogniser.listed or "") if recogniser else "",
        jurisdictions=recogniser.jurisdictions if recogniser else (),
        confidence=round(verdict.confidence, 4),
        rows=partial.rows,
        nulls=partial.nulls[number],
        matched=run.matched[number],
        evidence=verdict.candidate.evidence if verdict.candidate else (),
        finds=run.finds.get(number, ()),
    )


def _precision(plan: CountPlan, counted: Counted) -> float | None:
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


def _notes(plan: Plan, counted: Counted, profiles: Sequence[ColumnProfile]) -> Iterable[Text]:
    yield from count_notes(plan.count, counted)
    yield from place_note(plan.verdicts)
    yield from finds_note(profiles)
