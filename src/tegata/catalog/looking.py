"""What is at a place, as far as it can be told: its profile, and who the people in it are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tegata.model.base import Text, t
from tegata.model.decision import Fact
from tegata.model.errors import FactError, NoTableError
from tegata.model.profile import OPAQUE, Profile, SourceFormat, SubjectSet, Unread
from tegata.rules.counting import CountingLaw

_STATED: Final = ("data.personal", "data.categories")
"""What has to be said of data that nobody can look into."""


def look_into(path: Path, laws: Sequence[CountingLaw], salt: bytes) -> tuple[Profile, Sequence[Sequence[SubjectSet]]]:
    """Scan what is at a place; of what is no table the profile says no more than which bytes they are.

    Raises:
        InputError: it cannot be read.
    """
    from tegata.scan import Wanted, scan_subjects  # imported here: an idle node need not carry the columnar engine
    from tegata.tables import open_source

    wanted = [Wanted(law.addition.country, law.rooms, law.heads) for law in laws]
    try:
        return scan_subjects(open_source(path), wanted, salt=salt)
    except NoTableError as error:
        return _opaque(path, error), ()


def refuse_undeclared(profile: Profile, facts: Mapping[str, Fact]) -> None:
    """FactError where nothing could be looked into and nobody says what it holds."""
    if profile.opaque and not any(name in facts for name in _STATED):
        raise FactError(
            t("what this data holds is not known", "このデータの内容が分かりません"),
            why=profile.unread[0].why,
            hint=t(
                "state it in the flow file that `--facts` names: `data.personal`, and `data.categories` if it is true",
                "`--facts` のフローファイルで `data.personal` を、true なら `data.categories` も申告してください",
            ),
        )


def _opaque(path: Path, error: NoTableError) -> Profile:
    from tegata.tables import digest_file

    return Profile(
        source_digest=digest_file(path),
        source_bytes=path.stat().st_size,
        source_format=SourceFormat(format=OPAQUE, header_row=-1),
        rows=0,
        columns=(),
        categories=(),
        subjects=(),
        unread=(Unread(name=path.name, why=_why(error)),),
    )


def _why(error: NoTableError) -> Text:
    en, ja = (error.parts(language)[1] for language in ("en", "ja"))
    return t(en, ja)
