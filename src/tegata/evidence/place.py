"""Where a log is published."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from tegata.evidence.folder import TileFolder
from tegata.evidence.published import PublishedLog
from tegata.tables.collection import missing_extra


def published_at(place: str, below: Path) -> PublishedLog:
    """`s3://bucket/prefix`, or a folder; one that is not absolute lies below another.

    InputError: no such place, or what it takes is not installed.
    """
    if not place.startswith("s3://"):
        return TileFolder((below / place).absolute())
    if importlib.util.find_spec("obstore") is None:
        raise missing_extra("s3://", "s3")
    from tegata.evidence.bucket import TileBucket

    return TileBucket.at(place)
