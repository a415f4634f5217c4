"""A pack in a few lines, and all of it."""

from __future__ import annotations

import datetime as dt

from msgspec.structs import asdict

from tegata.model.base import Noun, Text
from tegata.rules.pack import Pack
from tegata.rules.pack_file import Example, PackFiles


class PackSummary(Noun, frozen=True, kw_only=True, rename={"from_": "from"}):
    """What a pack is, from when it holds, until when somebody vouches for it, and how large it is."""

    id: str
    version: str
    jurisdiction: str
    title: Text
    status: str
    from_: dt.date
    review_after: dt.date
    digest: str
    rules: int
    parameters: int
    definitions: int
    examples: int


class PackDocument(PackFiles, frozen=True, kw_only=True):
    """Everything that is written in a pack's folder, each example with all of its facts."""

    examples: tuple[Example, ...]


def whole(pack: Pack) -> PackDocument:
    return PackDocument(**asdict(pack.files), examples=pack.examples)


def summary(pack: Pack) -> PackSummary:
    head = pack.files.head
    return PackSummary(
        id=pack.id,
        version=pack.version,
        jurisdiction=pack.jurisdiction,
        title=head.title,
        status=head.status,
        from_=head.from_,
        review_after=head.review_after,
        digest=pack.digest,
        rules=len(pack.files.rules),
        parameters=len(pack.files.parameters),
        definitions=len(pack.files.definitions),
        examples=len(pack.examples),
    )
