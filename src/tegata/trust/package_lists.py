"""The trusted lists that a package brings, as they were when it was made: below `validation/lists/`, by file name."""

from __future__ import annotations

from typing import Final

from tegata.model.errors import VerificationError
from tegata.trust.container import read_container
from tegata.trust.package_revocation import FOLDER

LISTS: Final = f"{FOLDER}lists/"


def lists_in(package: bytes) -> dict[str, bytes]:
    """By file name; none where it brings none, or is no package."""
    try:
        files = read_container(package)
    except VerificationError:  # which verifying it will say
        return {}
    return {name.removeprefix(LISTS): data for name, data in files.items() if name.startswith(LISTS)}
