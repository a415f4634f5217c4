"""Ownership files at the command line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tegata.cli.command import F, option
from tegata.cli.files import read_document
from tegata.cli.packs import PackChoice, packs_in_use
from tegata.model.base import t
from tegata.model.decision import Flow
from tegata.model.errors import UsageError

if TYPE_CHECKING:
    from tegata.rules import Pack
    from tegata.rules.ownership import Ownership, Standings


def ownership_option(function: F) -> F:
    """`--ownership FILE`."""
    about = t(
        "also what this file of shareholdings says of the parties", "このファイルの所有関係から当事者の事実を補う"
    )
    return option("--ownership", metavar="FILE", type=click.Path(path_type=Path), about=about)(function)


def read(path: Path) -> Ownership:
    """The file, and the tables that it names, which stand beside it."""
    from tegata.rules.ownership import read_ownership

    return read_ownership(read_document(path), lambda name: read_document(path.parent / name))


def standings_on(ownership: Ownership, packs: Sequence[Pack], day: dt.date) -> Standings:
    from tegata.rules.ownership import measure_of, standings

    return standings(ownership.graph, measure_of(packs, day))


def completed(flow: Flow, path: Path, choice: PackChoice) -> Flow:
    """The flow with what the ownership file says of its parties on the day of the act."""
    from tegata.clock import SystemClock
    from tegata.rules.ownership import with_ownership

    ownership = read(path)
    _refuse_idle(path, ownership.parties)
    day = flow.as_of or SystemClock().now().date()
    return with_ownership(flow, ownership, standings_on(ownership, packs_in_use(choice), day))


def owners_of_rows(path: Path, columns: Sequence[str]) -> Ownership:
    """The ownership file for a table of flows that has these columns."""
    from tegata.rules.facts import PARTIES

    ownership = read(path)
    _refuse_idle(path, [*ownership.parties, *(role for role in PARTIES if role in columns)])
    return ownership


def _refuse_idle(path: Path, parties: Collection[str]) -> None:
    """A file from which nothing would follow, because nobody in it is a party, is refused."""
    if not parties:
        raise UsageError(
            t(f"`{path}` does not say who is a party", f"`{path}` に当事者の役割が記されていません"),
            hint=t(
                "write `recipient: NAME` in it; a table of flows may name it row by row in a column `recipient`",
                "ファイルに recipient: 名前 と記入します。フローの表では列 recipient で行ごとに指定できます",
            ),
        )
