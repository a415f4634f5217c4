"""Who vouches for rule packs, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tegata.admission import Standing
from tegata.cli.paper import Paper

COLOURS: Final = {"trusted": "green", "installation": "green", "altered": "bold red"}


def show(paper: Paper, standings: Iterable[Standing]) -> None:
    for one in standings:
        paper.line(f"{one.pack} {one.version}: ", one.say, hang=2, style=COLOURS.get(one.verdict, "yellow"))
        if one.signed_on:
            paper.line(f"{one.signer}  {one.signed_on} .. {one.expires}", indent=2, style="dim")
        paper.exact(one.digest, indent=2, style="dim")
