"""docs/dss-agreement.md: on what EU DSS and we agree, and every difference with its reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from tests.dss.corpus import MODULES, Judged
from tests.dss.kinds import KINDS, Kind

PAGE = Path(__file__).parents[2] / "docs" / "dss-agreement.md"
_EXAMPLES = 3


class Agreeing(Protocol):
    @property
    def agrees(self) -> bool: ...


def put(part: str, lines: Iterable[str]) -> None:
    """Renews the part of the page between its marks; the other stays as it was."""
    marked = re.compile(rf"(?<=<!-- {part} -->\n).*?(?=<!-- end -->)", re.DOTALL)
    text = PAGE.read_text("utf-8")
    PAGE.write_text(marked.sub(lambda _: "\n".join(lines) + "\n", text, count=1), "utf-8")


def counts(named: Iterable[tuple[str, Agreeing]], head: str) -> Iterator[str]:
    """How many agree, for each name and in all."""
    told = [(name, one.agrees) for name, one in named]
    every, agreeing = Counter(name for name, _ in told), Counter(name for name, agrees in told if agrees)
    yield from (f"| {head} | verdicts | main indications agree | |", "|---|---:|---:|---:|")
    for name in (*every, "all"):
        number, good = (every[name], agreeing[name]) if name != "all" else (every.total(), agreeing.total())
        yield f"| {name} | {number} | {good} | {good / number:.1%} |"


def of_others(rows: list[Judged]) -> Iterator[str]:
    """Counts of each module, and a row for each kind of difference."""
    yield from counts(((row.module, row) for module in MODULES for row in rows if row.module == module), "module")
    yield from ("", "| verdicts | ours | EU DSS 6.4 | examples | why |", "|---:|---|---|---|---|")
    found = {kind: [row for row in rows if not row.agrees and kind_of(row) is kind] for kind in KINDS}
    for kind, alike in sorted(found.items(), key=lambda one: -len(one[1])):
        if alike:
            yield _told(kind, alike)


def _told(kind: Kind, alike: list[Judged]) -> str:
    names = list(dict.fromkeys(f"{row.module}: `{row.name}`" for row in alike))
    shown = ", ".join(names[:_EXAMPLES]) + (f" and {len(names) - _EXAMPLES} more" if len(names) > _EXAMPLES else "")
    ours = _counted(f"{row.verdict} {row.ours.sub_indication}" for row in alike)
    theirs = _counted(f"{row.theirs.main} {row.theirs.sub_indication}" for row in alike)
    return f"| {len(alike)} | {ours} | {theirs} | {shown} | {kind.why} |"


def _counted(said: Iterable[str]) -> str:
    return ", ".join(one.strip() for one, _ in Counter(said).most_common(2))


def kind_of(row: Judged) -> Kind | None:
    """The first kind of difference that a row is of."""
    _, _, _, ours, *theirs = row.told
    said = " ".join(theirs)
    return next((kind for kind in KINDS if re.search(kind.ours, ours) and re.search(kind.theirs, said)), None)
