"""Signatures that others made: the files that EU DSS tests itself with (`DSS_SOURCES`), judged by both.

Both get the same: the file alone, as anchors the upper ends of the chains that it brings, and two times, that which its
signer states and that of this round of judging. So a difference is one of reading, of mathematics or of the rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tegata.model.errors import InputError
from tegata.model.evidence import Verification
from tegata.trust.ades.paths import Trust
from tegata.trust.ades.reading import verify_signatures
from tegata.trust.pki import Certificate
from tests.dss.judge import Answer, Brought, Judge

NOW = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
MODULES = ("cades", "xades", "jades", "pades", "asic-cades", "asic-xades")
_PLACE = "src/test/resources/validation"
_OTHER = {".tsr", ".cer", ".crl", ".ers", ".pub", ".xsl", ".txt", ".png"}


class Judged(NamedTuple):
    """One file at one time."""

    module: str
    name: str
    when: str
    ours: Verification
    theirs: Answer

    @property
    def verdict(self) -> str:
        """Ours, as DSS spells it."""
        return self.ours.verdict.upper().replace("-", "_")

    @property
    def agrees(self) -> bool:
        return self.verdict == self.theirs.main

    @property
    def same(self) -> bool:
        """Whether the sub-indication agrees too."""
        return self.agrees and self.ours.sub_indication == self.theirs.sub

    @property
    def told(self) -> tuple[str, ...]:
        wrong = [check.say.en for check in self.ours.checks if check.verdict != "passed"]
        ours = f"{self.verdict} {self.ours.sub_indication} {wrong}"
        theirs = f"{self.theirs.main} {self.theirs.sub_indication}"
        return self.module, self.name, self.when, ours, theirs, self.theirs.words


def judged(sources: Path, judge: Judge, folder: Path) -> Iterator[Judged]:
    """Every file in which one of both reads a signature, at each time."""
    for module, place, path in files(sources):
        brought = judge.brought(path)
        anchors = list(_readable(brought))
        for when, at in times(brought):
            bundled = judge.bundle(folder, [one.der for one in anchors])
            theirs = judge.ask(path, [], anchors=bundled, at=at)
            ours = verify_signatures(path.read_bytes(), {}, Trust(tuple(anchors), at))
            if theirs.signatures or ours.sub_indication != "FORMAT_FAILURE":
                yield Judged(module, str(path.relative_to(place)), when, ours, theirs)


def files(sources: Path) -> Iterator[tuple[str, Path, Path]]:
    """Module, its folder and file; evidence records have judges of their own."""
    for module in MODULES:
        places = (sources / f"dss-{module}" / _PLACE, sources / module)
        for place in (one for one in places if one.is_dir()):
            found = (one for one in sorted(place.rglob("*")) if one.is_file() and one.suffix not in _OTHER)
            yield from ((module, place, one) for one in found if "evidence" not in str(one.relative_to(place)))


def times(brought: Brought) -> Iterator[tuple[str, dt.datetime]]:
    if brought.stated and brought.stated < NOW:
        yield "then", brought.stated + dt.timedelta(hours=1)
    yield "now", NOW


def _readable(brought: Brought) -> Iterator[Certificate]:
    for one in brought.ends:
        try:
            yield Certificate.read(one)
        except InputError:
            continue
