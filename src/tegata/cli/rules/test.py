"""`tegata rules test`: a pack's worked examples are its tests."""

from __future__ import annotations

from pathlib import Path

import click

from tegata.cli.command import Command, answers
from tegata.cli.rules.results import PackTest
from tegata.cli.terminal import Terminal
from tegata.model.base import t

ABOUT = t(
    "Run the worked examples of the pack in DIR and say which fail and why. Exit code 2 when one fails.",
    "DIR のパックの事例を実行し、期待どおりにならないものとその理由を示す。一つでもあれば終了コード 2。",
)
FAILED = 2


@click.command("test", cls=Command, about=ABOUT)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@answers
@click.pass_obj
def command(terminal: Terminal, folder: Path) -> int:
    from tegata.rules import load_pack
    from tegata.rules.examples import run_examples, untried

    pack = load_pack(folder)
    runs = run_examples(pack)
    result = PackTest(pack=pack.id, version=pack.version, examples=runs, untried=untried(pack, runs))
    if terminal.as_json:
        terminal.document(result)
    else:
        from tegata.cli.render.rules import show_test

        show_test(terminal.paper(), result)
    return 0 if all(run.passed for run in runs) else FAILED
