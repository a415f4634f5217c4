"""`tegata recognisers show`: one recogniser as it is written, in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tegata.cli.command import Command, answers
from tegata.cli.own_recognisers import recognisers_in_use, recognisers_option
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import UsageError

if TYPE_CHECKING:
    from tegata.scan import Recogniser, RecogniserSet

ABOUT = t(
    "Everything that is known of the recogniser ID (from `tegata recognisers list`): words of the header, patterns, "
    "proof, neighbours, examples, citation.",
    "認識器 ID（`tegata recognisers list` の id）の全内容：見出し語、パターン、検査、隣接列、例、根拠。",
)


def named(known: RecogniserSet, name: str) -> Recogniser:
    """UsageError with the nearest name when there is none."""
    from tegata.rules.facts import did_you_mean

    if name in known.by_id:
        return known.by_id[name]
    raise UsageError(
        t(f"there is no recogniser `{name}`", f"認識器 `{name}` はありません"),
        hint=did_you_mean(name, known.by_id)
        or t("`tegata recognisers list` shows them all", "`tegata recognisers list` で一覧できます"),
    )


@click.command("show", cls=Command, about=ABOUT)
@click.argument("name", metavar="ID")
@recognisers_option
@answers
@click.pass_obj
def command(terminal: Terminal, name: str, recognisers: tuple[Path, ...]) -> int:
    one = named(recognisers_in_use(recognisers), name)
    if terminal.as_json:
        terminal.document(one)
    else:
        from tegata.cli.render.recognisers import show_one

        show_one(terminal.paper(), one)
    return 0
