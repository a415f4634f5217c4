"""Which kind of column this is: header, values, neighbours and table weighed together, never the best single score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, log

from tegata.model.base import t
from tegata.model.profile import Evidence
from tegata.scan.evidence import proof_weight, shape_weight
from tegata.scan.headers import HeaderMatch
from tegata.scan.load import RecogniserSet
from tegata.scan.matcher import Hits
from tegata.scan.recogniser import Recogniser, TableKind, belongs
from tegata.scan.table import kinds_of

_ABSENT = -0.7  # a header that does not name the kind speaks a little against it
_LACKS = -20.0  # what a recogniser needs beside it is not there
PRESENT = 0.25  # posterior at which a column counts as a neighbour and as a sign of a kind of table
_ORDINARY = ""


@dataclass(frozen=True)
class Candidate:
    """A recogniser weighed for one column: prior and evidence, natural-log odds against an ordinary column."""

    recogniser: Recogniser
    evidence: tuple[Evidence, ...]
    posterior: float = 0.0

    @property
    def odds(self) -> float:
        return log(self.recogniser.prior / (1 - self.recogniser.prior)) + sum(item.weight for item in self.evidence)


@dataclass(frozen=True)
class Verdict:
    """What one column is. `candidate` None: ordinary, because nothing else is likelier."""

    candidate: Candidate | None
    confidence: float
    candidates: tuple[Candidate, ...] = field(default=(), repr=False)

    @property
    def recogniser(self) -> Recogniser | None:
        return self.candidate.recogniser if self.candidate else None

    @property
    def category(self) -> str:
        return self.recogniser.category if self.recogniser else "ordinary"


@dataclass(frozen=True)
class Column:
    """The evidence of one column: header matches, distinct values looked at, and hits among those.

    `empty`: there are rows, and none of them has a value. Such a column holds nothing of any category. `disguise`: what
    it speaks against a find that the values had to be read from a disguise, None where they stand as they are.
    """

    name: str
    empty: bool
    header: Mapping[str, HeaderMatch]
    distinct: int
    hits: dict[str, Hits]
    disguise: Evidence | None = None


def decide(columns: Sequence[Column], recognisers: RecogniserSet) -> tuple[tuple[Verdict, ...], tuple[TableKind, ...]]:
    """Verdict per column, and the kinds of table that hold (`recognisers.tables` order).

    Each column alone gives the neighbours and the kind of table; with those every column is weighed again, twice,
    because a column that found its place can be the neighbour of another.
    """
    alone = [weigh(column, recognisers.by_id) for column in columns]
    verdicts = [_settle(candidates) for candidates in alone]
    for _ in range(2):
        context = _Context(verdicts, recognisers)
        verdicts = [_settle(context.weigh(found, n)) for n, found in enumerate(alone)]
    return tuple(verdicts), _Context(verdicts, recognisers).kinds


def weigh(column: Column, known: Mapping[str, Recogniser]) -> list[Candidate]:
    """What one column may be by itself, without its neighbours."""
    found: list[Candidate] = []
    for name in () if column.empty else sorted(column.header.keys() | column.hits.keys()):
        recogniser, header, hits = known[name], column.header.get(name), column.hits.get(name, Hits(0, 0))
        if header or hits.valid >= recogniser.min_distinct:
            found.append(Candidate(recogniser, tuple(_own_evidence(recogniser, column, header, hits))))
    return found


def _own_evidence(recogniser: Recogniser, column: Column, header: HeaderMatch | None, hits: Hits) -> Iterable[Evidence]:
    what = recogniser.title
    if header:
        yield Evidence(
            kind="header",
            weight=header.weight,
            say=t(f"the header says {what.en}", f"見出しが「{what.ja}」を示す"),
        )
    else:
        yield Evidence(kind="header", weight=_ABSENT, say=t("the header names nothing of it", "見出しには現れない"))
    if not recogniser.patterns or not column.distinct:
        return
    if column.disguise:
        yield column.disguise
    yield _form(recogniser, column.distinct, hits)
    if recogniser.validator and recogniser.chance < 1 and hits.shaped:
        yield proven(hits, recogniser.chance)


def _form(recogniser: Recogniser, distinct: int, hits: Hits) -> Evidence:
    """A range belongs to the form: the numbers of one column lie close together, so they are no independent proofs."""
    ranged = recogniser.range is not None and not recogniser.validator
    formed = hits.valid if ranged else hits.shaped
    what = recogniser.title
    return Evidence(
        kind="range" if ranged else "pattern",
        weight=shape_weight(distinct, formed, recogniser.rarity),
        say=t(
            f"{formed} of {distinct} distinct values looked at have the form of {what.en}",
            f"調べた異なる値 {distinct} 件のうち {formed} 件が「{what.ja}」の形",
        ),
    )


def proven(hits: Hits, chance: float) -> Evidence:
    """What a check says that random values pass with probability `chance`."""
    return Evidence(
        kind="checksum",
        weight=proof_weight(hits, chance),
        say=t(
            f"{hits.valid} of {hits.shaped} pass the check, as would {chance:.1%} of random ones",
            f"{hits.shaped} 件のうち {hits.valid} 件が検査に合格（無作為なら {chance:.1%}）",
        ),
    )


def _settle(candidates: Sequence[Candidate]) -> Verdict:
    """Posterior over candidates and `ordinary`: the category with the greatest sum wins, then its best recogniser."""
    if not candidates:
        return Verdict(None, 1.0)
    odds = [candidate.odds for candidate in candidates]
    top = max(0.0, *odds)
    total = exp(-top) + sum(exp(o - top) for o in odds)
    weighed = tuple(replace(c, posterior=exp(o - top) / total) for c, o in zip(candidates, odds, strict=True))
    mass = {_ORDINARY: exp(-top) / total}
    for candidate in weighed:
        mass[candidate.recogniser.category] = mass.get(candidate.recogniser.category, 0.0) + candidate.posterior
    plain = mass.pop(_ORDINARY) + mass.get("ordinary", 0.0)
    mass["ordinary"] = plain
    category = max(sorted(mass), key=lambda name: mass[name])
    among = [c for c in weighed if c.recogniser.category == category]
    best = max(among, key=lambda c: c.posterior, default=None)
    if category == "ordinary" and (best is None or best.odds < 0):
        best = None
    return Verdict(best, mass[category], weighed)


class _Context:
    """What stands in a table, as far as it is known: likely recognisers per column, kinds of table that hold."""

    def __init__(self, verdicts: Sequence[Verdict], recognisers: RecogniserSet) -> None:
        self._likely = [frozenset(c.recogniser.id for c in v.candidates if c.posterior >= PRESENT) for v in verdicts]
        self._columns = Counter(name for ids in self._likely for name in ids)
        self.kinds = kinds_of(self._likely, recognisers.tables)

    def weigh(self, candidates: Sequence[Candidate], number: int) -> list[Candidate]:
        """Candidates of one column with the evidence of its neighbours and of the table."""
        if not candidates:
            return []
        own = self._likely[number]
        beside = {name for name, n in self._columns.items() if n > (name in own)}
        return [replace(c, evidence=(*c.evidence, *self._around(c.recogniser, beside))) for c in candidates]

    def _around(self, recogniser: Recogniser, beside: set[str]) -> Iterable[Evidence]:
        yield from _neighbours(recogniser, beside)
        for kind in self.kinds:
            if weight := recogniser.tables.get(kind.id):
                yield Evidence(kind="table", weight=weight, say=kind.reason)


def _neighbours(recogniser: Recogniser, present: set[str]) -> Iterable[Evidence]:
    if recogniser.needs and not any(belongs(name, recogniser.needs) for name in present):
        yield Evidence(
            kind="neighbour",
            weight=_LACKS,
            say=t("the column that it needs beside it is missing", "必要な隣の列がない"),
        )
    for support in recogniser.neighbours:
        if beside := sorted(name for name in present if belongs(name, support.of)):
            yield Evidence(
                kind="neighbour",
                weight=support.weight,
                say=t(f"stands beside: {', '.join(beside)}", f"隣の列: {'、'.join(beside)}"),
            )
