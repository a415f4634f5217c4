"""A data set of several tables in, one profile out: each table by itself, and the people of all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tegata.model.base import Progress, Text, t
from tegata.model.errors import InputError, NoTableError
from tegata.model.profile import Profile, SourceFormat, SubjectCount, SubjectSet, Unread, Wanted
from tegata.scan.load import RecogniserSet, builtin_recognisers
from tegata.scan.passes import Workers
from tegata.scan.sample import Sample
from tegata.scan.scanning import Told, scan_subjects, scan_table
from tegata.scan.together import Scanned, Together, count_together
from tegata.tables import Collection, Part
from tegata.tables.collection import unread


def scan_collection(
    collection: Collection,
    *,
    progress: Progress | None = None,
    recognisers: RecogniserSet | None = None,
    salt: bytes = b"",
    first_look: Told | None = None,
    workers: Workers | None = None,
    sample: Sample | None = None,
    torn: bool = False,
) -> Profile:
    """What is in a data set. Of one table, its profile; of several, one with a profile per table.

    A part that cannot be read, or not to its end, is named in `unread` with the reason, and nothing is concluded from
    its beginning; with `torn`, what stands there is told all the same (`scan_table`). Tables that a common key links
    are read once more, and their people counted together.

    Raises:
        NoTableError: no part can be read.
        StoreError: the disk is full.
    """
    return scan_collection_subjects(
        collection,
        (),
        progress=progress,
        recognisers=recognisers,
        salt=salt,
        first_look=first_look,
        workers=workers,
        sample=sample,
        torn=torn,
    )[0]


def scan_collection_subjects(
    collection: Collection,
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
    """The same, and for each of `wanted` who the subjects are, as `scan_subjects` tells of one table."""
    known = recognisers or builtin_recognisers()
    if collection.single:
        source = collection.parts[0].open()
        return scan_subjects(
            source,
            wanted,
            progress=progress,
            recognisers=known,
            salt=salt,
            first_look=first_look,
            workers=workers,
            sample=sample,
            torn=torn,
        )
    tables: list[Scanned] = []
    missing = list(collection.unread)
    done = 0
    for part in collection.parts:
        try:
            told = _of_all(progress, done, part, collection)
            profile, found = scan_table(
                part.open(), wanted, known, salt, told, workers=workers, sample=sample, torn=torn
            )
            missing += [msgspec.structs.replace(one, name=part.name) for one in profile.unread]
            tables.append(Scanned(part, msgspec.structs.replace(profile, name=part.name), found))
        except InputError as error:
            missing.append(unread(part, error))
        done += part.size
    if not tables:
        raise _nothing_read(collection, missing)
    whole = [one for one in tables if not one.profile.unread]
    groups = () if sample else tuple(count_together(whole, salt, wanted))
    profile = _whole(collection, tables, groups, tuple(sorted(missing, key=lambda one: one.name)), known)
    return profile, tuple(_sets(n, one, tables, groups) for n, one in enumerate(wanted))


def _of_all(progress: Progress | None, before: int, part: Part, collection: Collection) -> Progress | None:
    """Progress of one part as progress of the whole: of a file with several tables, each counts for the file."""
    if progress is None:
        return None
    total = sum(one.size for one in collection.parts)
    return lambda done, of: progress(before + (part.size * done // of if of else 0), total)


def _whole(
    collection: Collection,
    scanned: Sequence[Scanned],
    groups: Sequence[Together],
    missing: tuple[Unread, ...],
    known: RecogniserSet,
) -> Profile:
    tables = tuple(one.profile for one in scanned)
    precisions = [table.geo_precision_m for table in tables if table.geo_precision_m is not None]
    counts = [table.subjects for table in tables if table.name not in _linked(groups)]
    counts += [_bounded(group, tables) for group in groups]
    return Profile(
        source_digest=collection.digest({table.name: table.source_digest for table in tables}),
        source_bytes=collection.size,
        source_format=SourceFormat(format=collection.format, header_row=-1),
        rows=sum(table.rows for table in tables),
        columns=(),
        categories=tuple(sorted({category for table in tables for category in table.categories})),
        subjects=tuple(_added(counts)),
        geo_precision_m=min(precisions, default=None),
        notes=(*collection.notes, *_notes(counts)),
        scanner=known.digest,
        tables=tables,
        links=tuple(group.link for group in groups),
        unread=missing,
    )


def _linked(groups: Sequence[Together]) -> set[str]:
    return {name for group in groups for name in group.link.tables}


def _bounded(group: Together, tables: Sequence[Profile]) -> tuple[SubjectCount, ...]:
    """Counts of linked tables. Those of each alone added up are a bound too, the better one where few are in both, and
    the only one of what stands inside cells."""
    alone = {count.category: count for count in _added([t.subjects for t in tables if t.name in group.link.tables])}
    within = {find.category for t in tables for column in t.columns for find in column.finds}
    together = {count.category: count for count in group.subjects}
    return tuple(
        own if category in within or (other := together.get(category)) is None or own.n < other.n else other
        for category, own in alone.items()
    )


def _added(counted: Sequence[Sequence[SubjectCount]]) -> Iterable[SubjectCount]:
    """Counts over all: those of a category that only one holds are its own, others are added up."""
    held: dict[tuple[str, str], list[SubjectCount]] = {}
    for counts in counted:
        for count in counts:
            held.setdefault((count.category, count.unit), []).append(count)
    for _, same in sorted(held.items()):
        yield same[0] if len(same) == 1 else _sum(same)


def _sum(counts: Sequence[SubjectCount]) -> SubjectCount:
    countries = sorted({country for count in counts for country in count.residents})
    return SubjectCount(
        category=counts[0].category,
        n=sum(count.n for count in counts),
        unit=counts[0].unit,
        key=tuple(dict.fromkeys(column for count in counts for column in count.key)),
        residents={one: sum(count.residents.get(one, 0) for count in counts) for one in countries},
        one_country=all(count.one_country for count in counts),
    )


def _sets(place: int, wanted: Wanted, tables: Sequence[Scanned], groups: Sequence[Together]) -> tuple[SubjectSet, ...]:
    """The subjects of all tables: those of linked ones as they were counted together."""
    linked = _linked(groups)
    found = [t.found.distinct[place].sets(t.profile.categories) for t in tables if t.part.name not in linked]
    categories = sorted({category for table in tables for category in table.profile.categories})
    found += [group.distinct[place].sets(categories) for group in groups]
    held: dict[str, list[SubjectSet]] = {}
    for sets in found:
        for one in sets:
            held.setdefault(one.category, []).append(one)
    return tuple(_united(name, sets, wanted.most[name]) for name, sets in held.items())


def _united(name: str, sets: Sequence[SubjectSet], most: int) -> SubjectSet:
    hashes = tuple(dict.fromkeys(one for held in sets for one in held.hashes))[:most]
    return SubjectSet(
        category=name,
        hashes=hashes,
        keyless=min(most, sum(one.keyless for one in sets)),
        uncertain=min(len(hashes), sum(one.uncertain for one in sets)),
    )


def _notes(counted: Sequence[Sequence[SubjectCount]]) -> Iterable[Text]:
    categories = [count.category for counts in counted for count in counts]
    if len(categories) > len(set(categories)):
        yield t(
            "people of tables without a common key are added up: who stands in two of them counts twice, so the sums"
            " are upper bounds",
            "共通の鍵のない表の人数は合計です。2 つの表に現れる人は 2 人と数えるため、上限値です",
        )


def _nothing_read(collection: Collection, missing: Sequence[Unread]) -> NoTableError:
    first = missing[0]
    return NoTableError(
        t(f"nothing in `{collection.path}` can be read", f"`{collection.path}` に読み取れるものがありません"),
        why=t(f"`{first.name}`: {first.why.en}", f"`{first.name}`: {first.why.ja}"),
        hint=t(
            "name a place with tables: CSV, Parquet, JSON, XML, Excel, SQLite",
            "表のある場所を指定してください（CSV、Parquet、JSON、XML、Excel、SQLite）",
        ),
    )
