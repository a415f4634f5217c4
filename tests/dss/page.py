"""docs/dss-agreement.md: on what EU DSS and we agree, and every difference with its reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from tests.dss import subs
from tests.dss.corpus import MODULES, Judged
from tests.dss.kinds import KINDS, Kind

PAGE = Path(__file__).parents[2] / "docs" / "dss-agreement.md"
_EXAMPLES = 3


class Agreeing(Protocol):
    @property
    def agrees(self) -> bool: ...
    @property
    def same(self) -> bool: ...


def put(part: str, lines: Iterable[str]) -> None:
    """Renews the part of the page between its marks; the other stays as it was."""
    marked = re.compile(rf"(?<=<!-- {part} -->\n).*?(?=<!-- end -->)", re.DOTALL)
    text = PAGE.read_text("utf-8")
    PAGE.write_text(marked.sub(lambda _: "\n".join(lines) + "\n", text, count=1), "utf-8")


def counts(named: Iterable[tuple[str, Agreeing]], head: str) -> Iterator[str]:
    """How many agree, for each name and in all; and of those, how many in the sub-indication too."""
    told = list(named)
    every = Counter(name for name, _ in told)
    agreeing, same = (Counter(name for name, one in told if holds(one)) for holds in (_agrees, _same))
    yield f"| {head} | verdicts | main indications agree | | of these, sub-indications too | |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name in (*every, "all"):
        number, good, best = (one.total() if name == "all" else one[name] for one in (every, agreeing, same))
        yield f"| {name} | {number} | {good} | {good / number:.1%} | {best} | {best / max(good, 1):.1%} |"


def _agrees(one: Agreeing) -> bool:
    return one.agrees


def _same(one: Agreeing) -> bool:
    return one.same


def of_subs(told: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Where main indications agree and sub-indications do not: names, ours, theirs, by the reason why."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for one in told:
        if one[1] != one[2]:
            found.setdefault(subs.why(one[1], one[2]) or "?", []).append(one)
    yield from ("", "Main indications agree, sub-indications do not:", "")
    yield from ("| verdicts | ours | EU DSS 6.4 | examples | why |", "|---:|---|---|---|---|")
    for why, alike in sorted(found.items(), key=lambda one: -len(one[1])):
        ours, theirs = (_counted(one[place] for one in alike) for place in (1, 2))
        yield f"| {len(alike)} | {ours} | {theirs} | {_shown([one[0] for one in alike])} | {why} |"


def _shown(names: list[str]) -> str:
    different = list(dict.fromkeys(names))
    more = f" and {len(different) - _EXAMPLES} more" if len(different) > _EXAMPLES else ""
    return ", ".join(different[:_EXAMPLES]) + more


def of_others(rows: list[Judged]) -> Iterator[str]:
    """Counts of each module, and a row for each kind of difference."""
    yield from counts(((row.module, row) for module in MODULES for row in rows if row.module == module), "module")
    yield from ("", "| verdicts | ours | EU DSS 6.4 | examples | why |", "|---:|---|---|---|---|")
    found = {kind: [row for row in rows if not row.agrees and kind_of(row) is kind] for kind in KINDS}
    for kind, alike in sorted(found.items(), key=lambda one: -len(one[1])):
        if alike:
            yield _told(kind, alike)
    agreeing = (row for row in rows if row.agrees)
    yield from of_subs((f"{row.module}: `{row.name}`", row.ours.sub_indication, row.theirs.sub) for row in agreeing)


def _told(kind: Kind, alike: list[Judged]) -> str:
    shown = _shown([f"{row.module}: `{row.name}`" for row in alike])
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
