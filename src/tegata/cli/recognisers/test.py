"""`tegata recognisers test`: do they recognise what they should?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tegata.cli.command import Command, answers
from tegata.cli.own_recognisers import recognisers_in_use, recognisers_option
from tegata.cli.recognisers.results import RecogniserTest
from tegata.cli.recognisers.show import named
from tegata.cli.terminal import Terminal
from tegata.model.base import t

ABOUT = t(
    "Try the examples and counterexamples of every recogniser; with ID only its own; with VALUES hold these against "
    "it. `-` reads values from stdin, one per line: real values do not belong on a command line. Exit code 2 when one "
    "does not come out as it should.",
    "すべての認識器の例と反例を試す。ID を指定するとその認識器だけ、VALUES を指定するとその値を試す。"
    "`-` は標準入力から 1 行 1 値で読む（実際の値はコマンド行に書かないこと）。期待どおりでなければ終了コード 2。",
)
FAILED = 2


@click.command("test", cls=Command, about=ABOUT)
@click.argument("name", metavar="[ID]", required=False)
@click.argument("values", metavar="[VALUES]...", nargs=-1)
@recognisers_option
@answers
@click.pass_obj
def command(terminal: Terminal, name: str | None, values: tuple[str, ...], recognisers: tuple[Path, ...]) -> int:
    result = _test(name, _values(values), recognisers)
    if terminal.as_json:
        terminal.document(result)
    else:
        from tegata.cli.render.recognisers import show_test

        show_test(terminal.paper(), result)
    return 0 if all(trial.passed for trial in result.trials) else FAILED


def _values(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sys.stdin.read().splitlines()) if given == ("-",) else given


def _test(name: str | None, values: tuple[str, ...], files: tuple[Path, ...]) -> RecogniserTest:
    from tegata.scan.trial import try_examples, try_values, untried

    known = recognisers_in_use(files)
    chosen = known.recognisers if name is None else (named(known, name),)
    if name is not None and values:
        return RecogniserTest(trials=tuple(try_values(chosen[0], values)))
    return RecogniserTest(trials=tuple(try_examples(chosen)), untried=untried(chosen))
