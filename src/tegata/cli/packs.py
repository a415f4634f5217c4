"""Rule packs of one's own beside those of the package: an option that several commands know."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tegata.cli.command import F, option
from tegata.model.base import t

if TYPE_CHECKING:
    from tegata.rules import Pack


def packs_option(function: F) -> F:
    """`--packs DIR`, as often as wanted; the command takes the folders as `packs`."""
    about = t(
        "also judge by the packs in this folder; the strictest wins (repeatable)",
        "このフォルダのパックも用いる。最も厳しい結果が優先する（複数指定可）",
    )
    return option("--packs", multiple=True, metavar="DIR", type=click.Path(path_type=Path), about=about)(function)


def packs_in_use(folders: Sequence[Path]) -> tuple[Pack, ...]:
    """The packs of the package and those in the folders. PackError when one of these cannot be used."""
    from tegata.rules import builtin_packs, packs_beside

    return packs_beside(builtin_packs(), folders)
