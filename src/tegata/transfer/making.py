"""How the file that leaves is made from what was published: protected as agreed, or as it is where nothing can be done
to it and nothing has to be."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tegata import durable
from tegata.model.base import digest, t
from tegata.model.catalog import Agreement, Dataset
from tegata.model.categories import is_personal
from tegata.model.errors import InputError, StoreError, VerificationError
from tegata.model.plan import ProtectionPlan, Release, RiskReport
from tegata.model.profile import Profile
from tegata.protect.others import Others
from tegata.transfer.chunks import CHUNK, ChunkList, beside

if TYPE_CHECKING:
    from tegata.protect.trace import Trace

_SUFFIX: Final = re.compile("[a-z0-9]{1,8}")
_AS_IT_IS: Final = t(
    "this is no table: it leaves as it is, and nobody has looked into it",
    "表ではないため、内容を確認せず、そのまま出ます",
)


@dataclass(frozen=True)
class ReleaseKeys:
    """Secrets of one release: of its agreement, and of what its source has told so far."""

    pseudonyms: bytes
    traces: bytes


@dataclass(frozen=True)
class MadeRelease:
    """The file that is to leave, the digests of its chunks, and what was done to it and what it tells of people."""

    release: Release
    path: Path
    chunks: ChunkList
    plan: ProtectionPlan
    trace: Trace | None


def make_release(agreement: Agreement, dataset: Dataset, place: Path, keys: ReleaseKeys) -> MadeRelease:
    """Make it in a folder of its own. Takes its time.

    Raises:
        VerificationError: the source is not what was scanned.
        ExposureError: what is to leave still holds what was to be removed.
        InputError: it cannot be read, or not be protected as agreed. StoreError: the disk is full.
    """
    from tegata.protect import plan_for  # imported here: an idle node carries no columnar engine

    place.mkdir(parents=True, exist_ok=True)
    plan = plan_for(agreement.conditions, dataset.profile)
    form = suffix_of(dataset.path) if dataset.profile.opaque else "csv"
    out = place / f"data.{form}"
    trace = _trace(dataset.profile, plan, keys.traces)
    release = (
        _copied(dataset, plan, out, form)
        if dataset.profile.opaque
        else _protected(dataset, plan, out, keys.pseudonyms, Others(trace=trace))
    )
    return MadeRelease(release, out, _chunked(out), plan, trace)


def suffix_of(name: str) -> str:
    """The end of a file's name where it is one that does no harm, `bin` otherwise."""
    end = name.rpartition(".")[2].lower()
    return end if _SUFFIX.fullmatch(end) else "bin"


def _trace(profile: Profile, plan: ProtectionPlan, key: bytes) -> Trace | None:
    """For data of people, or where it is asked for. Counts with noise have an account of their own."""
    if profile.opaque or plan.statistics is not None:
        return None
    if plan.differencing is None and not any(map(is_personal, profile.categories)):
        return None
    from tegata.protect.trace import Trace

    return Trace(key)


def _protected(dataset: Dataset, plan: ProtectionPlan, out: Path, key: bytes, others: Others) -> Release:
    from tegata.protect import apply_plan
    from tegata.scan import SecondLook
    from tegata.tables import open_source

    source, profile = open_source(Path(dataset.path)), dataset.profile
    with SecondLook(source.columns, plan, profile, salt=key) as look:
        return apply_plan(source, plan, out, key=key, expect_digest=profile.source_digest, gate=look, others=others)


def _copied(dataset: Dataset, plan: ProtectionPlan, out: Path, form: str) -> Release:
    """A copy of what is no table: what was published is what leaves, whatever happens to the file meanwhile."""
    size, found = _copy(Path(dataset.path), out)
    if found != dataset.profile.source_digest:
        out.unlink(missing_ok=True)
        raise VerificationError(
            t("the source has changed since it was published", "公開後に元データが変わりました"),
            hint=t("publish it again", "改めて公開してください"),
        )
    return Release(
        source_digest=found,
        digest=found,
        size=size,
        format=form,
        rows=0,
        plan_digest=digest(plan),
        report=RiskReport(rows=0, steps=(), notes=(_AS_IT_IS,)),
    )


def _copy(source: Path, out: Path) -> tuple[int, str]:
    """Size and digest of what was copied."""
    hashed = hashlib.sha256()
    try:
        file = source.open("rb")
    except OSError as error:
        raise InputError(
            t("the source cannot be read", "元データを読み取れません"), why=error.strerror or str(error)
        ) from error
    try:
        with file, out.open("wb") as copy:
            while block := file.read(CHUNK):
                hashed.update(block)
                copy.write(block)
        durable.sync(out)
    except OSError as error:
        raise _no_disk(error) from error
    return out.stat().st_size, f"sha256:{hashed.hexdigest()}"


def _chunked(out: Path) -> ChunkList:
    """The digests of what lies there, which stay beside it."""
    try:
        chunks = ChunkList.of(out, CHUNK)
        durable.replace(beside(out), chunks.digests)
    except OSError as error:
        raise _no_disk(error) from error
    return chunks


def _no_disk(error: OSError) -> StoreError:
    return StoreError(
        t("the copy that is to leave cannot be kept", "提供用の写しを保存できません"), why=error.strerror or str(error)
    )
