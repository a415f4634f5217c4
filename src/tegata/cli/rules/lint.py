"""`tegata rules lint`: every fault of a pack, with its place."""

from __future__ import annotations

from pathlib import Path

import click

from tegata.cli.command import Command, answers
from tegata.cli.rules.results import LintResult, PackFault
from tegata.cli.terminal import Terminal
from tegata.model.base import Text, t
from tegata.model.errors import PackError

ABOUT = t(
    "Check the pack in DIR. Exit code 2 with file, id and column of each fault, 0 when it can be loaded. What is "
    "written but never used is remarked on.",
    "DIR のパックを検査する。誤りがあれば終了コード 2 でファイル・id・桁をすべて示し、読み込めるなら 0 を返す。"
    "使われていない記述も指摘する。",
)
FAULTY = 2


@click.command("lint", cls=Command, about=ABOUT)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@answers
@click.pass_obj
def command(terminal: Terminal, folder: Path) -> int:
    result = lint(folder)
    if terminal.as_json:
        terminal.document(result)
    else:
        from tegata.cli.render.rules import show_lint

        show_lint(terminal.paper(), result)
    return FAULTY if result.faults else 0


def lint(folder: Path) -> LintResult:
    from tegata.rules.faults import Faults
    from tegata.rules.pack import inspected
    from tegata.rules.remarks import remarks

    faults = Faults()
    pack = inspected(folder, faults)
    if pack is None:
        return LintResult(folder=str(folder), faults=tuple(_fault(error) for error in faults.found))
    return LintResult(folder=str(folder), pack=pack.id, remarks=remarks(pack))


def _fault(error: PackError) -> PackFault:
    en, ja = error.parts("en"), error.parts("ja")
    say = Text(en=": ".join(filter(None, en)), ja="：".join(filter(None, ja)))
    return PackFault(file=error.file, item=error.item, column=error.column, say=say)
