"""What is at a place, as far as it can be told: its profile, and who the people in it are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from tegata.model.base import Text, t
from tegata.model.decision import Fact
from tegata.model.errors import FactError, InputError, NoTableError
from tegata.model.profile import OPAQUE, Profile, SourceFormat, SubjectSet, Wanted

if TYPE_CHECKING:
    from tegata.tables import Collection, Part

_STATED: Final = ("data.personal", "data.categories")
"""What has to be said of data that nobody can look into."""


def look_into(
    found: Collection, facts: Mapping[str, Fact], wanted: Sequence[Wanted], salt: bytes
) -> tuple[Profile, Sequence[Sequence[SubjectSet]]]:
    """Scan what is there. Of what is no table the profile says which bytes they are, and that only where the
    publisher states what it holds.

    Raises:
        InputError: it cannot be read. FactError: nothing can be looked into, and nobody says what it holds.
    """
    from tegata.scan import scan_collection_subjects  # here: an idle node carries no columnar engine

    spoken_of = any(name in facts for name in _STATED)
    try:
        profile, subjects = scan_collection_subjects(found, wanted, salt=salt)
    except NoTableError as error:
        if not spoken_of:
            raise _undeclared(error) from error
        return _in_window(_opaque(found), found), ()
    profile = _bound(profile, found) if spoken_of and profile.several else profile
    return _in_window(profile, found), subjects


def _in_window(profile: Profile, found: Collection) -> Profile:
    """The same profile, which says what of a stream it is of."""
    if not found.window:
        return profile
    return msgspec.structs.replace(
        profile, source_format=msgspec.structs.replace(profile.source_format, window=found.window)
    )


def _undeclared(error: NoTableError) -> FactError:
    return FactError(
        t("what this data holds is not known", "このデータの内容が分かりません"),
        why=_why(error),
        hint=t(
            "state it in the flow file that `--facts` names: `data.personal`, and `data.categories` if it is true",
            "`--facts` のフローファイルで `data.personal` を、true なら `data.categories` も申告してください",
        ),
    )


def _opaque(found: Collection) -> Profile:
    """Of a file that is no table, or of parts of which none is."""
    from tegata.tables.collection import unread

    refused = [(part, _refusal(part)) for part in found.parts]
    whole = Profile(
        source_digest="",
        source_bytes=found.size,
        source_format=SourceFormat(format=OPAQUE if found.single else found.format, header_row=-1),
        rows=0,
        columns=(),
        categories=(),
        subjects=(),
        unread=(*found.unread, *(unread(part, error) for part, error in refused if error)),
    )
    return _bound(whole, found)


def _bound(profile: Profile, found: Collection) -> Profile:
    """The same profile, with the digests of what is no table: these bytes may leave, and no others."""
    digests = dict(_no_tables(found, {part.name for part in profile.unread}))
    if not (digests or profile.tables):
        raise InputError(t("nothing in it can be read", "読み取れるものがありません"), why=profile.unread[0].why)
    unread = tuple(msgspec.structs.replace(one, digest=digests.get(one.name, "")) for one in profile.unread)
    told = {table.name: table.source_digest for table in profile.tables} | digests
    own = digests[found.parts[0].name] if profile.opaque else found.digest(told)
    return msgspec.structs.replace(profile, unread=unread, source_digest=own)


def _no_tables(found: Collection, names: set[str]) -> Iterator[tuple[str, str]]:
    """Name and digest of each part of these that is no table."""
    from tegata.tables import digest_file

    for part in found.parts:
        if part.name in names and isinstance(_refusal(part), NoTableError) and part.file.is_file():
            yield part.name, digest_file(part.file)


def _refusal(part: Part) -> InputError | None:
    """Why a part cannot be read as a table."""
    try:
        part.open().head()
    except InputError as error:
        return error
    return None


def _why(error: NoTableError) -> Text:
    en, ja = (error.parts(language)[1] for language in ("en", "ja"))
    return t(en, ja)
