"""`tegata completion`: what a shell needs to complete our commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from tegata.cli.command import Command, spoken
from tegata.model.base import t
from tegata.model.errors import UsageError

ABOUT = t(
    'Print the completion of SHELL. For bash: `eval "$(tegata completion bash)"` in ~/.bashrc.',
    'SHELL の補完を出力する。bash では ~/.bashrc に `eval "$(tegata completion bash)"` と書く。',
)


@click.command("completion", cls=Command, about=ABOUT)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@spoken
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    maker = get_completion_class(shell)
    if maker is None:
        raise UsageError(t(f"no completion for `{shell}`", f"`{shell}` の補完はありません"))
    click.echo(maker(context.find_root().command, {}, "tegata", "_TEGATA_COMPLETE").source())
    return 0
