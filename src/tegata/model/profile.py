"""What a scan finds: columns with categories and evidence, and how many distinct people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tegata.model.base import Noun, Text

OPAQUE: Final = "opaque"
"""The format of what is no table: nothing is known of what it holds but what somebody states."""


class SourceFormat(Noun, frozen=True, kw_only=True):
    """How the bytes were read. `header_row` counts from 0; rows above it are a preamble that carries no records."""

    format: str  # csv | parquet | jsonl | xlsx | sqlite; of a data set of several tables: folder | zip | xlsx | sqlite
    encoding: str = ""  # Python codec name, text formats only
    delimiter: str = ""
    quoting: bool = True
    header_row: int = 0  # -1: the file has no header; columns are called column_1, column_2 ...
    sheet: str = ""
    table: str = ""  # of a database
    window: str = ""  # of a stream: which of its messages, as in `topic[0]@12..40`


class Evidence(Noun, frozen=True, kw_only=True):
    """One reason for a column's category. `kind` is header, pattern, checksum, range, neighbour,
    table, or reading (the cells had to be read from a disguise)."""

    kind: str
    say: Text
    weight: float  # natural-log likelihood ratio this reason adds


class Find(Noun, frozen=True, kw_only=True):
    """Values of one kind in a column of another kind: among other text, or in a few whole cells."""

    recogniser: str
    category: str
    path: str = ""  # of the value where cells are records: `.patient.name[].family`
    listed: str = ""  # as of `ColumnProfile`
    jurisdictions: tuple[str, ...] = ()
    cells: int  # that hold at least one proven value
    form: str = ""  # of one of the values: each digit as #, each letter as x
    evidence: tuple[Evidence, ...] = ()


class ColumnProfile(Noun, frozen=True, kw_only=True):
    """One column: its category, the recogniser that decided, and why."""

    name: str
    category: str  # canonical; `ordinary` when nothing was recognised
    recogniser: str = ""  # id of the deciding recogniser
    listed: str = ""  # kind of listed identifier that it is (28 CFR 202.234), as the recogniser says; "" for none
    jurisdictions: tuple[str, ...] = ()  # ISO 3166 alpha-2 codes the recogniser belongs to, () for any
    confidence: float = 0.0  # posterior probability, 0 to 1
    rows: int = 0
    nulls: int = 0
    matched: int = 0  # non-null cells that satisfy pattern and validator
    evidence: tuple[Evidence, ...] = ()
    finds: tuple[Find, ...] = ()  # what else its cells hold

    @property
    def categories(self) -> tuple[str, ...]:
        """Its own category, then those of what else its cells hold."""
        return tuple(dict.fromkeys((self.category, *(find.category for find in self.finds))))


class SubjectCount(Noun, frozen=True, kw_only=True):
    """Distinct people (or devices) whose data of one category the source holds.

    `n` is exact when `exact`; otherwise it is an upper bound. `residents` splits `n` by jurisdiction
    where the columns tell (for example by country column or national identifier); people not named in it are unknown.
    Somebody may belong to two countries: unless `one_country`, the numbers of `residents` may not be added up.
    """

    category: str
    n: int
    unit: str = "person"  # person | device
    exact: bool = False
    key: tuple[str, ...] = ()  # columns that identify a subject, () when bounded by rows
    residents: dict[str, int] = {}
    one_country: bool = False  # nobody who was counted belongs to more than one


class SubjectSet(Noun, frozen=True, kw_only=True):
    """Who the people (or devices) behind a count are, by keyed hash. It stays in the node and is no part of a profile.

    `category` may be the head of several (`identifier`), or the name of a number that a law asks for over some of them.
    The sets are cut off where whoever asked for them has enough.
    """

    category: str
    hashes: tuple[int, ...]  # 64-bit, keyed, of normalised identifiers, the kind of the identifier included
    keyless: int = 0  # more subjects whom nothing tells apart, an upper bound
    uncertain: int = 0  # of `hashes`: subjects whose country no column says


class Wanted(Noun, frozen=True, kw_only=True):
    """Whom to tell of: per name of `heads` (categories, or heads of categories such as `identifier`), at most so many
    subjects who belong to `country` or may: whose country no column says. Without a country, everybody."""

    country: str
    most: Mapping[str, int]
    heads: Mapping[str, Sequence[str]]


class Link(Noun, frozen=True, kw_only=True):
    """Tables of a data set that tell the same people apart by the same key, and why that is believed."""

    tables: tuple[str, ...]
    key: tuple[str, ...]  # columns, the same in all of them
    evidence: tuple[Text, ...]


class Unread(Noun, frozen=True, kw_only=True):
    """A part of a data set that was not read, or not to its end: nothing is known of what it holds.

    `digest`: of what is no table, and of which its publisher has said what it holds: it may leave as it is.
    `rows`: those that were read of a table that breaks off.
    """

    name: str
    why: Text
    digest: str = ""
    rows: int | None = None


class Profile(Noun, frozen=True, kw_only=True):
    """The answer of a scan, bound to the scanned bytes by digest.

    A data set of several tables has `tables` and no `columns` of its own; its counts are over all its tables.
    """

    name: str = ""  # of a table in a data set: `visits.csv`, `clinic.xlsx#Visits`
    source_digest: str  # sha256 of the source bytes; "" where it breaks off; of several, of their names and digests
    source_bytes: int
    source_format: SourceFormat
    rows: int
    columns: tuple[ColumnProfile, ...]
    categories: tuple[str, ...]  # sorted, personal and operational categories found; never `ordinary`
    subjects: tuple[SubjectCount, ...]
    geo_precision_m: float | None = None  # largest error of the finest coordinates found, metres
    table_kind: str = ""  # table-level inference: patient_register, call_detail ...
    notes: tuple[Text, ...] = ()  # what was not read or not certain
    scanner: str = ""  # digest of the recogniser set, so that a profile can be reproduced
    tables: tuple[Profile, ...] = ()
    links: tuple[Link, ...] = ()
    unread: tuple[Unread, ...] = ()

    @property
    def opaque(self) -> bool:
        """Whether it is no table, and was not looked into."""
        return self.source_format.format == OPAQUE

    @property
    def torn(self) -> bool:
        """Whether a table breaks off: counts are of the rows before that."""
        return any(part.rows is not None for part in self.unread)

    @property
    def part_names(self) -> frozenset[str]:
        """Of a data set of parts: those that were read and those that were not."""
        return frozenset([*(table.name for table in self.tables), *(part.name for part in self.unread)])

    @property
    def several(self) -> bool:
        """Whether it is a data set of parts, be it of one."""
        return not self.columns and not self.opaque

    @property
    def every_column(self) -> tuple[ColumnProfile, ...]:
        """Its columns and those of its tables."""
        return (*self.columns, *(column for table in self.tables for column in table.columns))

    def column(self, name: str) -> ColumnProfile:
        return next(c for c in self.columns if c.name == name)
