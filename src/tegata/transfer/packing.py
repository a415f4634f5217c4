"""A data set of several parts on its way out: all that may leave, in one archive, which names its files last."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tegata import durable
from tegata.model.base import digest, t
from tegata.model.categories import under
from tegata.model.plan import MANIFEST_VERSION, Manifest, PackedFile, ProtectionPlan, Release, ReleasedPart, RiskReport
from tegata.model.profile import OPAQUE, Profile, SourceFormat
from tegata.tables import digest_file
from tegata.transfer.parts import changed, no_disk

if TYPE_CHECKING:
    from tegata.tables import Collection, Part

Plans = Mapping[str, ProtectionPlan]
Make = Callable[["Part", Profile, ProtectionPlan, Path], Release]


def packed(found: Collection, profile: Profile, plans: Plans, out: Path, make: Make) -> Release:
    """All parts that may leave, in one archive, which names them last. Raises as `making.make_release`, and what `make`
    raises: it makes the file of one part."""
    from tegata.tables.pack import MANIFEST, Pack

    if found.part_names != profile.part_names:
        raise changed()
    _refuse_telling_names(plans)
    workshop = out.with_name("parts")
    try:
        workshop.mkdir()
        with out.open("wb") as archive:
            pack, parts = Pack(archive), list[ReleasedPart]()
            for part, file in _made_one_by_one(found, profile, plans, workshop, make):
                pack.add(part.file, file)
                file.unlink()
                parts.append(part)
            _refuse_other_bytes(found, profile, parts)
            whole = _whole(profile, parts)
            (workshop / MANIFEST).write_bytes(msgspec.json.encode(_manifest(whole)))
            pack.add(MANIFEST, workshop / MANIFEST)
            pack.close()
        durable.sync(out)
    except OSError as error:
        raise no_disk(error) from error
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return msgspec.structs.replace(whole, digest=digest_file(out), size=out.stat().st_size, plan_digest=digest(plans))


def _refuse_telling_names(plans: Plans) -> None:
    """Names of parts leave with them: none may be of a kind that is taken out of their tables. ExposureError."""
    barred = {kind for plan in plans.values() for kind in plan.none_left}
    if not barred:
        return
    import polars as pl

    from tegata.scan import SecondLook, builtin_recognisers

    known = {name for one in builtin_recognisers().recognisers for name in (one.id, one.category)}
    heads = tuple(sorted(kind for kind in barred if any(under(name, (kind,)) for name in known)))
    names = pl.DataFrame({"name": list(plans)})
    with SecondLook(names.columns, ProtectionPlan(steps=(), none_left=heads)) as look:
        look(names, names)


def _made_one_by_one(
    found: Collection, profile: Profile, plans: Plans, workshop: Path, make: Make
) -> Iterator[tuple[ReleasedPart, Path]]:
    from tegata.tables.file_names import FileNames
    from tegata.tables.pack import MANIFEST

    known = {table.name: table for table in profile.tables} | _as_they_are(profile)
    names = FileNames([MANIFEST])
    for part in found.parts:
        if part.name in plans:
            own = known[part.name]
            release = make(part, own, plans[part.name], workshop / "part")
            file = names.other(part.name) if own.opaque else names.table(part.name, ".csv")
            yield ReleasedPart(name=part.name, file=file, release=release), workshop / "part"


def _as_they_are(profile: Profile) -> dict[str, Profile]:
    """A profile of its own for each part that is no table."""
    return {
        one.name: msgspec.structs.replace(
            profile, source_digest=one.digest, source_format=SourceFormat(format=OPAQUE), tables=(), unread=(one,)
        )
        for one in profile.unread
        if one.digest
    }


def _refuse_other_bytes(found: Collection, profile: Profile, parts: Sequence[ReleasedPart]) -> None:
    """What was scanned is what leaves, as a whole too."""
    told = {one.name: one.digest for one in profile.unread} | {one.name: one.release.source_digest for one in parts}
    if found.digest(told) != profile.source_digest:
        raise changed()


def _whole(profile: Profile, parts: Sequence[ReleasedPart]) -> Release:
    """All that is known before the archive is closed."""
    rows = sum(part.release.rows for part in parts)
    withheld = len(profile.part_names) - len(parts)
    notes = (t(f"parts that do not leave: {withheld:,}", f"提供しない部分: {withheld:,} 件"),) if withheld else ()
    return Release(
        source_digest=profile.source_digest,
        digest="",
        size=0,
        format="zip",
        rows=rows,
        plan_digest="",
        report=RiskReport(rows=rows, steps=(), notes=notes),
        parts=tuple(parts),
        withheld=withheld,
    )


def _manifest(whole: Release) -> Manifest:
    files = tuple(
        PackedFile(
            name=part.name,
            file=part.file,
            digest=part.release.digest,
            size=part.release.size,
            format=part.release.format,
            rows=part.release.rows,
        )
        for part in whole.parts
    )
    return Manifest(version=MANIFEST_VERSION, files=files, withheld=whole.withheld)
