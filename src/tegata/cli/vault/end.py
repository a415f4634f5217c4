"""`tegata vault forget` and `destroy`."""

from __future__ import annotations

from pathlib import Path

import click

from tegata.cli.command import Command, F, answers, option
from tegata.cli.terminal import Terminal
from tegata.cli.vault.choice import VaultChoice, vault_argument
from tegata.cli.vault.look import from_option, named, reason_option
from tegata.model.base import Noun, t
from tegata.model.vault import VaultAct

FORGET = t(
    "Take VALUES out of VAULT: their tokens stay where they went, and nobody can tell any more whose they were. "
    "Without `--apply` it is only told what would happen. Copies of the vault elsewhere still know.",
    "VALUES を VAULT から消す。払い出したトークンは残るが、誰のものかは分からなくなる。`--apply` がなければ、何が"
    "起きるかだけを示す。別の場所の控えには残る。",
)
DESTROY = t(
    "Overwrite the key of VAULT and remove both: all its tokens stand for nothing any more. Without `--apply` it is "
    "only told what would happen. Keep what it prints: it binds all acts of the vault.",
    "VAULT の鍵を上書きし、保管庫ごと取り除く。すべてのトークンの意味が失われる。`--apply` がなければ、何が起きるか"
    "だけを示す。出力は全操作の証跡となるため保存すること。",
)
_NOTHING_CHANGED = t("nothing was changed: do it with `--apply`", "変更していません。実行するには `--apply`")


class Forgotten(Noun, frozen=True, kw_only=True):
    """Tokens of values that are forgotten, or would be."""

    tokens: tuple[str, ...]
    reason: str
    applied: bool


class Destroyed(Noun, frozen=True, kw_only=True):
    name: str  # of the data set
    values: int
    act: VaultAct | None  # none: it is still there


def apply_option(function: F) -> F:
    about = t("do it: it cannot be undone", "実行する。元には戻せない")
    return option("--apply", is_flag=True, about=about)(function)


@click.command("forget", cls=Command, about=FORGET)
@vault_argument
@click.argument("values", nargs=-1)
@from_option
@reason_option
@apply_option
@answers
@click.pass_obj
def forget(
    terminal: Terminal, vault: VaultChoice, values: tuple[str, ...], source: Path | None, reason: str, apply: bool
) -> int:
    from tegata.clock import SystemClock

    asked = named(values, source)
    with vault.opened(terminal) as opened:
        if apply:
            tokens = [one.token for one in opened.forget(asked, reason, SystemClock().now())]
        else:
            tokens = opened.holding(asked)
    told = Forgotten(tokens=tuple(tokens), reason=reason, applied=apply)
    if terminal.as_json:
        terminal.document(told)
        return 0
    paper = terminal.paper()
    for token in told.tokens:
        paper.line(t("forgotten: ", "消去: ") if apply else t("would be forgotten: ", "消去の予定: "), token)
    if not apply:
        terminal.note(_NOTHING_CHANGED)
    return 0


@click.command("destroy", cls=Command, about=DESTROY)
@vault_argument
@reason_option
@apply_option
@answers
@click.pass_obj
def destroy(terminal: Terminal, vault: VaultChoice, reason: str, apply: bool) -> int:
    from tegata.clock import SystemClock

    with vault.opened(terminal) as opened:
        state = opened.state()
        act = opened.destroy(vault.key_file, reason, SystemClock().now()) if apply else None
    told = Destroyed(name=state.name, values=sum(state.values.values()), act=act)
    if terminal.as_json:
        terminal.document(told)
        return 0
    count, paper = f"{told.values:,}", terminal.paper()
    if act is None:
        paper.line(t(f"would be destroyed: {count} values of ", f"破棄の予定: {count} 個の値: "), told.name)
        terminal.note(_NOTHING_CHANGED)
        return 0
    paper.line(t(f"destroyed: {count} values of ", f"破棄しました: {count} 個の値: "), told.name)
    paper.exact(act.chain, indent=2, style="dim")
    return 0
