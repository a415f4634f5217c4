"""What is to be done to the bytes: the protection plan and what was measured afterwards."""

from __future__ import annotations

from typing import Final, Literal

from tegata.model.base import Noun, Text
from tegata.model.decision import Citation
from tegata.model.rows import RowFilter
from tegata.model.statistics import Statistics
from tegata.model.step import Step


class Ranges(Noun, frozen=True, kw_only=True, tag="ranges", tag_field="by"):
    """Numbers by ranges of growing width; each width is a multiple of the one before."""

    widths: tuple[int, ...]


class Dates(Noun, frozen=True, kw_only=True, tag="dates", tag_field="by"):
    """Dates by year and month, then year, then decade."""

    to: tuple[Literal["year_month", "year", "decade"], ...] = ("year_month", "year", "decade")


class Prefixes(Noun, frozen=True, kw_only=True, tag="prefixes", tag_field="by"):
    """Codes by their first characters, ever fewer (postal codes: the area comes first)."""

    lengths: tuple[int, ...]


class Grid(Noun, frozen=True, kw_only=True, tag="grid", tag_field="by"):
    """Coordinates rounded as by `round_location`, with growing errors in metres."""

    min_errors_m: tuple[float, ...]


class Taxonomy(Noun, frozen=True, kw_only=True, tag="taxonomy", tag_field="by"):
    """Names by what they belong to: child -> parent. Without parents a value is either told or not."""

    parents: dict[str, str] = {}


Hierarchy = Ranges | Dates | Prefixes | Grid | Taxonomy


class QuasiIdentifier(Noun, frozen=True, kw_only=True):
    """A column by which people can be recognised, and how it may be made coarser. The last resort is to tell nothing
    of it (`*` in every record)."""

    column: str
    hierarchy: Hierarchy = Taxonomy()


class KAnonymity(Noun, frozen=True, kw_only=True):
    """Every record that leaves shares the values of its quasi-identifiers with at least `k` - 1 others.

    The whole of a column is made coarser alike (full-domain generalisation); records that would still stand in too
    small a group do not leave, at most the share `max_suppressed` of all.
    """

    k: int
    quasi_identifiers: tuple[QuasiIdentifier, ...]
    max_suppressed: float = 0.05
    sensitive: tuple[str, ...] = ()  # columns of which nobody should learn a value from the group: l and t are measured


class Differencing(Noun, frozen=True, kw_only=True):
    """What a release must withstand beside each earlier one of its data set, to the same recipient or to anyone.

    No group of records alike may have grown or shrunk by fewer than `least_change` records, and no more than
    `most_alone` records may stand alone in their group in both.
    """

    least_change: int | None = None
    most_alone: int | None = None
    of: Literal["recipient", "anyone"] = "anyone"


class Met(Noun, frozen=True, kw_only=True):
    """How a plan meets one clause of a law or standard."""

    clause: str
    citation: Citation
    asks: Text  # what the clause asks for
    how: Text  # by what the plan meets it
    columns: tuple[str, ...] = ()  # of the table, by whose steps; none: nothing in the table called for it
    remains: Text | None = None  # what no step on the data can do: the one who releases does it


class ProtectionPlan(Noun, frozen=True, kw_only=True):
    """One step per named column; columns that no step names follow `otherwise`."""

    steps: tuple[Step, ...]
    rows: tuple[RowFilter, ...] = ()  # only records that pass all of them are looked at by anything else
    otherwise: Literal["keep", "drop"] = "keep"
    cap_subjects: int | None = None  # at most this many distinct subjects leave
    subject_key: tuple[str, ...] = ()  # columns by which `cap_subjects` counts
    subject_kind: str = ""  # what these are: subjects of one kind are the same in all tables of a data set
    because: dict[str, str] = {}  # column -> rule id that asks for its step
    anonymity: KAnonymity | None = None  # asked of what the steps leave
    none_left: tuple[str, ...] = ()  # categories and recognisers, by prefix: the second look lets none of them out
    statistics: Statistics | None = None  # of what the steps leave; then no record leaves
    differencing: Differencing | None = None
    meets: tuple[Met, ...] = ()  # of a ready plan: clause by clause


class DataSetPlan(Noun, frozen=True, kw_only=True):
    """What is done to a data set of several tables: the plan of each, by its name. One key holds for all."""

    tables: dict[str, ProtectionPlan]


class StepReport(Noun, frozen=True, kw_only=True):
    """How one step was carried out."""

    column: str
    op: str
    cells: int
    changed: int
    guarantee: Text  # what an attacker can and cannot still learn


class FilterReport(Noun, frozen=True, kw_only=True):
    """What one record filter held back, of the records that those before let through."""

    column: str
    op: str
    withheld: int
    guarantee: Text


class Diversity(Noun, frozen=True, kw_only=True):
    """How much a group of records alike tells of a sensitive column. None: more combinations than can be counted."""

    column: str
    l: int | None  # noqa: E741  least number of different values in a group (distinct l-diversity)
    t: float | None  # greatest distance of a group's distribution from that of the table, 0 to 1 (t-closeness)


class Linkage(Noun, frozen=True, kw_only=True):
    """The copy against a table of people with their values as they are.

    A linked record fits one of at least `fewest_people`, so a link is right with a chance of at most one in as many
    (the journalist's risk against this table); `marketer_risk` bounds the share of records that are linked rightly.
    Both are reached when all people of the copy stand in the table.
    """

    table: str
    digest: str
    columns: tuple[str, ...]  # quasi-identifiers that both have
    linked: int  # records that fit anybody
    certain: int  # records alone in their group that fit one person only
    fewest_people: int | None = None
    marketer_risk: float = 0


class Overlap(Noun, frozen=True, kw_only=True):
    """The copy beside an earlier release of the same data. None: nothing that could be compared."""

    table: str
    digest: str
    columns: tuple[str, ...]  # those that both tell with values in common
    alike: int | None = None  # records that stand in both
    added: int | None = None
    gone: int | None = None
    smallest_change: int | None = None  # fewest records by which a group of records alike grew or shrank
    alone_in_both: int | None = None  # records alone in their group in both, which can be put together


class Beside(Noun, frozen=True, kw_only=True):
    """The copy beside several earlier releases: the worst that it tells together with one of them."""

    compared: int = 0  # different releases
    unknown: int = 0  # others, of which nothing could be compared
    smallest_change: int | None = None
    alone_in_both: int = 0


class Earlier(Noun, frozen=True, kw_only=True):
    """The copy beside all earlier releases of its data set: those to its recipient, and those to anyone."""

    recipient: Beside = Beside()
    anyone: Beside = Beside()


class RiskReport(Noun, frozen=True, kw_only=True):
    """Measured on the protected bytes.

    The chance that an attacker who knows the quasi-identifiers of a person picks that person's record is at most
    `prosecutor_risk` when he knows that the person is in the table (journalist: when he does not, no more), and
    `marketer_risk` on average over all records.
    """

    rows: int
    steps: tuple[StepReport, ...]
    filters: tuple[FilterReport, ...] = ()
    quasi_identifiers: tuple[str, ...] = ()
    k: int | None = None  # smallest class size over the quasi-identifiers
    unique_rows: int | None = None
    prosecutor_risk: float | None = None
    marketer_risk: float | None = None
    diversity: tuple[Diversity, ...] = ()
    suppressed_rows: int = 0  # records left out for the sake of k
    information_loss: float | None = None  # by generalisation and suppression for k: 0 nothing, 1 everything
    linkage: tuple[Linkage, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    earlier: Earlier | None = None
    still_learnt: tuple[Text, ...] = ()  # what these figures let an attacker learn
    notes: tuple[Text, ...] = ()


class Release(Noun, frozen=True, kw_only=True):
    """A protected copy that may leave: digests bind it to what was scanned. Of a data set of several parts it is an
    archive of theirs, `withheld` of which do not leave. `opaque`: no table, it leaves as it is."""

    source_digest: str
    digest: str
    size: int
    format: str  # csv | parquet | jsonl | zip; of what is no table the ending of its name
    rows: int
    plan_digest: str
    report: RiskReport
    parts: tuple[ReleasedPart, ...] = ()
    withheld: int = 0
    opaque: bool = False


class ReleasedPart(Noun, frozen=True, kw_only=True):
    """A table or file of a data set, as it leaves in an archive with others."""

    name: str  # in the data set
    file: str  # in the archive
    release: Release


class PackedFile(Noun, frozen=True, kw_only=True):
    """What recipients are told of a file of an archive."""

    name: str
    file: str
    digest: str
    size: int
    format: str
    rows: int


MANIFEST_VERSION: Final = "tegata-parts/1"


class Manifest(Noun, frozen=True, kw_only=True):
    """The last file of an archive, about all others, in their order. `withheld`: parts that did not leave."""

    version: str  # MANIFEST_VERSION
    files: tuple[PackedFile, ...]
    withheld: int = 0
