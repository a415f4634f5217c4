"""What a release holds: its table or file, or each of those in its archive, under a word that no tool needs to quote.

The consumer's node is told of them in the data address, so that it can name them in what it shows to its people.
"""

from __future__ import annotations

import itertools
import keyword
import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Final, TypeVar

import msgspec

from tegata.model.base import Noun, Text, t
from tegata.model.errors import ProtocolError
from tegata.model.plan import Release

_LONGEST: Final = 48
_MOST_TOLD, _MOST_BYTES = 100, 32 << 10
"""So many, in so much JSON, are told of in a data address; doors list all of them themselves."""

_MOST_SHOWN: Final = 20

_END: Final = r"$(?!\n)"  # as `\Z`, which patterns of JSON Schema do not know
_Word = Annotated[str, msgspec.Meta(pattern=rf"^[a-z][a-z0-9_]{{0,{_LONGEST + 8}}}{_END}")]


class Told(Noun, frozen=True, kw_only=True):
    """A table or file of a release. `name`: a word of small letters, digits and `_`; `packed`: its name in the archive,
    empty where the release is this very file; `file`: the ending of its name where it is no table."""

    name: _Word
    packed: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    file: Annotated[str, msgspec.Meta(pattern=rf"^[a-z0-9]{{0,8}}{_END}")] = ""

    @property
    def is_table(self) -> bool:
        return not self.file

    @property
    def stem(self) -> str:
        """What its people call it, without the ending; empty for a data set of one."""
        return PurePosixPath(self.packed).stem


@dataclass(frozen=True)
class Content:
    """The same with what is known of it here."""

    name: str
    packed: str
    release: Release

    @property
    def is_table(self) -> bool:
        return not self.release.opaque

    @property
    def told(self) -> Told:
        return Told(name=self.name, packed=self.packed, file="" if self.is_table else self.release.format)


T = TypeVar("T", Told, Content)


def contents_of(release: Release, title: Text) -> tuple[Content, ...]:
    """In order. `title`: of the data set."""
    if not release.parts:
        return (Content(word_of(title), "", release),)
    named = zip(_words([part.file for part in release.parts]), release.parts, strict=True)
    return tuple(Content(word, part.file, part.release) for word, part in named)


def named(contents: Sequence[T], name: str) -> T:
    """The table or file that is called so, in any case of letters. ProtocolError 404 when there is none."""
    for one in contents:
        if one.name == name.lower():
            return one
    raise ProtocolError(
        t(f"there is no table or file `{name[:80]}`", f"表・ファイル `{name[:80]}` はありません"),
        status=404,
        hint=", ".join(one.name for one in contents[:_MOST_SHOWN]),
    )


def word_of(title: Text) -> str:
    """What a data set of one table calls it."""
    return _word(title.en) or "data"


def write_told(contents: Iterable[Content]) -> str:
    """For the data address: nothing for a data set of one table, whose title says it all."""
    told, size = list[Told](), 0
    for one in contents:
        size += len(msgspec.json.encode(one.told))
        if size > _MOST_BYTES or len(told) == _MOST_TOLD:
            break
        told.append(one.told)
    return msgspec.json.encode(told).decode() if any(one.packed or one.file for one in told) else ""


def read_told(text: str, title: Text) -> tuple[Told, ...]:
    """What a data address tells. No character of a name can mean anything in the lines that people copy.

    Raises:
        ProtocolError: it does not read, or tells of more than are taken.
    """
    if not text:
        return (Told(name=word_of(title)),)
    try:
        told = msgspec.json.decode(text, type=tuple[Told, ...])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _unread() from error
    if not 0 < len(told) <= _MOST_TOLD or len({one.name for one in told}) < len(told):
        raise _unread()
    return told


def _words(files: Sequence[str]) -> list[str]:
    """A word for each file of an archive, none twice: from its name, or its whole path where names are alike."""
    short = [_word(PurePosixPath(file).stem) for file in files]
    counted, words = Counter(short), dict[str, None]()
    for number, (file, plain) in enumerate(zip(files, short, strict=True), 1):
        wanted = plain if counted[plain] == 1 else _word(str(PurePosixPath(file).with_suffix("")))
        words[_free(wanted or f"part_{number}", words)] = None
    return list(words)


def _free(wanted: str, taken: Container[str]) -> str:
    tries = itertools.chain([wanted], (f"{wanted}_{number}" for number in itertools.count(2)))
    return next(word for word in tries if word not in taken)


def _word(text: str) -> str:
    """The letters and digits of it that no tool needs to quote; empty when there are none."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:_LONGEST].rstrip("_")
    return f"t_{plain}" if plain[:1].isdigit() or keyword.iskeyword(plain) else plain


def _unread() -> ProtocolError:
    return ProtocolError(t("the data address tells of no tables that read", "データアドレスの表の一覧を読めません"))
