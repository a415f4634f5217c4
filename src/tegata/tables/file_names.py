"""Names of parts as names of files: such as every system takes, none twice, and none that leads anywhere else."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Final

_HARMFUL: Final = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\\ud800-\udfff\u202a-\u202e\u2066-\u2069]')
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # Windows
_TABLES: Final = re.compile(
    r"(\.(csv|tsv|txt|parquet|jsonl?|ndjson|geojson|xml|vcf|xlsx|sqlite3?|db|gz|zst))+$", re.IGNORECASE
)
_LONGEST: Final = 120  # bytes of one name; file systems take 255
_DEEPEST: Final = 16


class FileNames:
    """Gives names, each once, whatever the case of its letters."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._files = {name.casefold() for name in taken}
        self._folders: set[str] = set()
        self._numbers: dict[str, int] = {}  # the next one to try

    def table(self, part: str, suffix: str) -> str:
        """The file of a table: `clinic.xlsx#Visits` is `clinic.xlsx/Visits.csv`."""
        folder, name = _split(part.replace("#", "/"))
        return self._free(folder, _TABLES.sub("", name) or name, suffix)

    def other(self, part: str) -> str:
        """The file of what is no table: it keeps its ending."""
        folder, name = _split(part)
        path = PurePosixPath(name)
        return self._free(folder, path.stem, path.suffix)

    def _free(self, folder: tuple[str, ...], stem: str, suffix: str) -> str:
        if not self._files.isdisjoint(_above(PurePosixPath(*folder, stem))):  # a file has the name of the folder
            folder, stem = (), _cut("_".join([*folder, stem]))
        key = str(PurePosixPath(*folder, stem + suffix)).casefold()
        for number in itertools.count(self._numbers.get(key, 1)):
            name = f"{stem}-{number}{suffix}" if number > 1 else stem + suffix
            path = PurePosixPath(*folder, name)
            if self.claim(path):
                self._numbers[key] = number + 1
                return str(path)
        raise RuntimeError("unreachable")

    def claim(self, path: PurePosixPath) -> bool:
        """Whether it was free, for a file; from now on it is not."""
        own = str(path).casefold()
        if own in self._files or own in self._folders:
            return False
        self._files.add(own)
        self._folders.update(_above(path))
        return True


def are_harmless(names: Sequence[str]) -> bool:
    """Whether names that somebody else gave are such as `FileNames` gives: none leads elsewhere, none stands twice."""
    given = FileNames()
    return all(
        all(_plain(step) == step and len(step.encode()) < 256 for step in name.split("/"))
        and given.claim(PurePosixPath(name))
        and given._files.isdisjoint(_above(PurePosixPath(name)))
        for name in names
    )


def _above(path: PurePosixPath) -> list[str]:
    return [str(parent).casefold() for parent in path.parents]


def _split(part: str) -> tuple[tuple[str, ...], str]:
    steps = [_cut(_plain(step)) for step in part.split("/") if step not in ("", ".", "..")] or ["table"]
    return tuple(steps[:-1][-_DEEPEST:]), steps[-1]


def _plain(step: str) -> str:
    name = _HARMFUL.sub("_", unicodedata.normalize("NFC", step)).strip(" .") or "_"
    return f"_{name}" if _DEVICES.fullmatch(name) else name


def _cut(name: str) -> str:
    return name.encode()[:_LONGEST].decode("utf-8", "ignore").rstrip(" .")
