"""Parts of a data set on their way out: protected and looked at again, or copied as they are."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tegata import durable
from tegata.model.base import digest, t
from tegata.model.catalog import Agreement, Dataset
from tegata.model.categories import is_personal
from tegata.model.errors import InputError, NoTableError, StoreError, VerificationError, why_of
from tegata.model.plan import ProtectionPlan, Release, RiskReport
from tegata.model.profile import OPAQUE, Profile
from tegata.protect.means import Admitted
from tegata.protect.others import Others
from tegata.protect.plan import hands_out_tokens
from tegata.transfer.vaulting import Clerk
from tegata.trust import derive_key

if TYPE_CHECKING:
    from tegata.protect.consented import Consented
    from tegata.protect.kept import Kept
    from tegata.protect.means import Tokens
    from tegata.protect.trace import Trace
    from tegata.tables import Part

_SALT: Final = 32  # bytes
_BLOCK: Final = 4 << 20  # bytes
_SUFFIX: Final = re.compile("[a-z0-9]{1,8}")
_AS_IT_IS: Final = t(
    "this is no table: it leaves as it is, and nobody has looked into it",
    "表ではないため、内容を確認せず、そのまま出ます",
)


@dataclass(frozen=True)
class ReleaseKeys:
    """Secrets of one release: of its agreement, and by the name of each table where that is, and what keys the traces
    of all that has left of it."""

    pseudonyms: bytes = field(repr=False)
    traces: Mapping[str, tuple[str, bytes]] = field(repr=False)

    @classmethod
    def of(cls, secret: bytes, agreement: Agreement, dataset: Dataset) -> ReleaseKeys:
        """From the secret of the node, which goes no further."""
        tables = dataset.profile.tables or (dataset.profile,)
        places = {table.name: _place_of(dataset.path, table) for table in tables}
        return cls(
            pseudonyms=derive_key(secret, "pseudonyms", agreement.id),
            traces={name: (at, derive_key(secret, "traces", at)) for name, at in places.items()},
        )


@dataclass(frozen=True)
class Told:
    """What one table tells of people. `source`: where the table is, however it is published."""

    source: str
    release: Release
    plan: ProtectionPlan
    kept: Kept
    people: str = ""  # digest of those who have consented, where anybody was asked


class PartMaker:
    """Makes the files of one release, and keeps what each tells of people.

    Args:
        consented: lets through the records of people who have consented.
        clerk: hands out tokens where the agreement asks for them.
    """

    def __init__(self, keys: ReleaseKeys, consented: Consented | None, clerk: Clerk | None) -> None:
        self._keys = keys
        self._consented = consented
        self._clerk = clerk
        self._admitted = set[bytes]()
        self.told: list[Told] = []

    def make(self, part: Part, profile: Profile, plan: ProtectionPlan, out: Path) -> Release:
        """One part, of which this is the profile, into a file. Raises as `making.make_release`."""
        if profile.opaque:
            if self._consented is not None:
                raise _nobody_told_apart(profile.name)
            return _copied(part, profile.source_digest, plan, out)
        make = partial(self._protected, part, profile, plan, out)
        if self._clerk is None or not hands_out_tokens(plan):
            return make(None)
        return self._clerk.hand_out(part.name, make)

    def _protected(
        self, part: Part, profile: Profile, plan: ProtectionPlan, out: Path, tokens: Tokens | None
    ) -> Release:
        from tegata.protect import apply_plan
        from tegata.scan import Redaction, SecondLook

        key, (place, trace_key) = self._keys.pseudonyms, self._keys.traces[profile.name]
        source, trace = part.open(), _trace(profile, plan, trace_key)
        with SecondLook(source.columns, plan, profile, salt=key) as look:
            release = apply_plan(
                source,
                plan,
                out,
                key=key,
                salt=secrets.token_bytes(_SALT),
                expect_digest=profile.source_digest,
                gate=look,
                redacting=Redaction,
                tokens=tokens,
                admitted=Admitted(self._admitted, profile.name),
                others=Others(trace=trace),
                consented=self._consented,
            )
        people = "" if self._consented is None else self._consented.digest
        self.told += [Told(place, release, plan, trace.kept, people)] if trace is not None else []
        return release


def _place_of(published: str, profile: Profile) -> str:
    """Where a table of what was published is: one in a folder is the same when it is published alone."""
    source = published.rstrip("/")
    if not profile.name or source.endswith(f"/{profile.name}"):
        return published
    return f"{source}{'/' if source.startswith('s3://') or Path(source).is_dir() else '#'}{profile.name}"


def _trace(profile: Profile, plan: ProtectionPlan, key: bytes) -> Trace | None:
    """For data of people, or where it is asked for. Counts with noise have an account of their own."""
    if plan.statistics is not None:
        return None
    if plan.differencing is None and not any(map(is_personal, profile.categories)):
        return None
    from tegata.protect.trace import Trace

    return Trace(key)


def _copied(part: Part, expected: str, plan: ProtectionPlan, out: Path) -> Release:
    """A copy of what is no table: what was published is what leaves, whatever happens to the file meanwhile."""
    with contextlib.suppress(NoTableError):
        part.open()  # what lies elsewhere is fetched now
    size, found = _copy(part.file, out)
    if found != expected:
        out.unlink(missing_ok=True)
        raise changed()
    return Release(
        source_digest=found,
        digest=found,
        size=size,
        format=suffix_of(part.name),
        rows=0,
        plan_digest=digest(plan),
        report=RiskReport(rows=0, steps=(), notes=(_AS_IT_IS,)),
        opaque=True,
    )


def suffix_of(name: str) -> str:
    """The end of a file's name where it is one that does no harm, `bin` otherwise."""
    end = name.rpartition(".")[2].lower()
    return end if _SUFFIX.fullmatch(end) else "bin"


def _copy(source: Path, out: Path) -> tuple[int, str]:
    """Size and digest of what was copied."""
    hashed = hashlib.sha256()
    try:
        file = source.open("rb")
    except OSError as error:
        raise InputError(t("the source cannot be read", "元データを読み取れません"), why=why_of(error)) from error
    try:
        with file, out.open("wb") as copy:
            while block := file.read(_BLOCK):
                hashed.update(block)
                copy.write(block)
        durable.sync(out)
    except OSError as error:
        raise no_disk(error) from error
    return out.stat().st_size, f"sha256:{hashed.hexdigest()}"


def changed() -> VerificationError:
    return VerificationError(
        t("the source has changed since it was scanned", "走査後に元データが変わりました"),
        hint=t("publish or protect it again", "改めて公開または保護してください"),
    )


def _nobody_told_apart(name: str) -> InputError:
    return InputError(
        t("people cannot be told apart, so consent cannot be kept", "人を区別できず、同意を守れません"),
        why=t(f"no table: `{name or OPAQUE}`", f"表ではありません: `{name or OPAQUE}`"),
        hint=t("publish its contents as a table", "内容を表にして公開してください"),
    )


def no_disk(error: OSError) -> StoreError:
    return StoreError(t("the copy that is to leave cannot be kept", "提供用の写しを保存できません"), why=why_of(error))
