"""The 65 cases of the conformance kit for DSP 2025-1. They stand once, in `cases.txt`, one a line:

`script`  moves that the node under test takes by itself, each in the state that is named before it;
`talk`    what the judge sees and does, in order:

    >verb   it sends this message, and the node takes it
    !verb   it sends this message, and the node refuses it: 4xx, but never 404
    <verb   the node sends this message
    =STATE  the node, when asked, shows this state

In a conversation that begins with `<request` the node is the consumer, and the judge asks it to begin. Each case has a
data set or an agreement of its own, named after it: `CN_C:01-02` has `ACNC0102`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal


@dataclass(frozen=True)
class Case:
    id: str
    script: str
    talk: str

    @property
    def kind(self) -> Literal["metadata", "catalog", "negotiations", "transfers"]:
        """What it is about; the latter two are the path segments of the protocol."""
        kinds: dict[str, Literal["metadata", "catalog", "negotiations", "transfers"]] = {
            "MET": "metadata", "CAT": "catalog", "CN": "negotiations", "TP": "transfers",
        }  # fmt: skip
        return kinds[self.id.partition(":")[0].removesuffix("_C")]

    @property
    def subject(self) -> str:
        """Id of the data set or agreement that it is about."""
        name = "".join(part for part in self.id if part.isalnum())
        return name if self.kind == "catalog" else "A" + name

    @property
    def moves(self) -> tuple[tuple[str, str], ...]:
        """(state, verb) in order."""
        words = self.script.replace(",", "").split()
        return tuple(zip(words[::2], words[1::2], strict=True))


CASES: Final = tuple(
    Case(*(part.strip() for part in line.split("|")))
    for line in Path(__file__).with_suffix(".txt").read_text().splitlines()
    if line and not line.startswith("#")
)
