"""A data set of several tables in, one profile out: each table by itself, and the people of all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tegata.model.base import Progress, Text, t
from tegata.model.errors import InputError
from tegata.model.profile import Profile, SourceFormat, SubjectCount, Unread
from tegata.scan.load import RecogniserSet, builtin_recognisers
from tegata.scan.passes import Workers
from tegata.scan.scanning import Told, scan
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
) -> Profile:
    """What is in a data set. Of one table, its profile; of several, one with a profile per table.

    A part that cannot be read, or not to its end, is named in `unread` with the reason, and nothing is concluded from
    its beginning.

    Raises:
        InputError: no part can be read.
        StoreError: the disk is full.
    """
    known = recognisers or builtin_recognisers()
    if collection.single:
        source = collection.parts[0].open()
        return scan(source, progress=progress, recognisers=known, salt=salt, first_look=first_look, workers=workers)
    tables: list[Profile] = []
    missing = list(collection.unread)
    done = 0
    for part in collection.parts:
        try:
            told = _of_all(progress, done, part, collection)
            profile = scan(part.open(), progress=told, recognisers=known, salt=salt, workers=workers)
            tables.append(msgspec.structs.replace(profile, name=part.name))
        except InputError as error:
            missing.append(unread(part, error))
        done += part.size
    if not tables:
        raise _nothing_read(collection, missing)
    return _whole(collection, tables, tuple(sorted(missing, key=lambda one: one.name)), known)


def _of_all(progress: Progress | None, before: int, part: Part, collection: Collection) -> Progress | None:
    """Progress of one part as progress of the whole: of a file with several tables, each counts for the file."""
    if progress is None:
        return None
    total = sum(one.size for one in collection.parts)
    return lambda done, of: progress(before + (part.size * done // of if of else 0), total)


def _whole(
    collection: Collection, tables: Sequence[Profile], missing: tuple[Unread, ...], known: RecogniserSet
) -> Profile:
    precisions = [table.geo_precision_m for table in tables if table.geo_precision_m is not None]
    return Profile(
        source_digest=collection.digest({table.name: table.source_digest for table in tables}),
        source_bytes=collection.size,
        source_format=SourceFormat(format=collection.format, header_row=-1),
        rows=sum(table.rows for table in tables),
        columns=(),
        categories=tuple(sorted({category for table in tables for category in table.categories})),
        subjects=tuple(_together(tables)),
        geo_precision_m=min(precisions, default=None),
        notes=(*collection.notes, *_notes(tables)),
        scanner=known.digest,
        tables=tuple(tables),
        unread=missing,
    )


def _together(tables: Sequence[Profile]) -> Iterable[SubjectCount]:
    """Counts over all tables: those of a category that only one table holds are its own, others are added up."""
    held: dict[tuple[str, str], list[SubjectCount]] = {}
    for table in tables:
        for count in table.subjects:
            held.setdefault((count.category, count.unit), []).append(count)
    for (category, unit), counts in sorted(held.items()):
        if len(counts) == 1:
            yield counts[0]
            continue
        countries = sorted({country for count in counts for country in count.residents})
        yield SubjectCount(
            category=category,
            n=sum(count.n for count in counts),
            unit=unit,
            key=tuple(dict.fromkeys(column for count in counts for column in count.key)),
            residents={one: sum(count.residents.get(one, 0) for count in counts) for one in countries},
            one_country=all(count.one_country for count in counts),
        )


def _notes(tables: Sequence[Profile]) -> Iterable[Text]:
    categories = [count.category for table in tables for count in table.subjects]
    if len(categories) > len(set(categories)):
        yield t(
            "people of several tables are added up: who stands in two of them counts twice, so the sums are upper"
            " bounds",
            "複数の表の人数は合計です。2 つの表に現れる人は 2 人と数えるため、上限値です",
        )


def _nothing_read(collection: Collection, missing: Sequence[Unread]) -> InputError:
    first = missing[0]
    return InputError(
        t(f"nothing in `{collection.path}` can be read", f"`{collection.path}` に読み取れるものがありません"),
        why=t(f"`{first.name}`: {first.why.en}", f"`{first.name}`: {first.why.ja}"),
        hint=t(
            "name a place with tables: CSV, Parquet, JSON lines, Excel, SQLite",
            "表のある場所を指定してください（CSV、Parquet、JSON Lines、Excel、SQLite）",
        ),
    )
