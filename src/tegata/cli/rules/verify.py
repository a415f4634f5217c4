"""`tegata rules verify`: who vouches for the packs."""

from __future__ import annotations

from pathlib import Path

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.packs import PackChoice, signers_option
from tegata.cli.rules.chosen import pack_called
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.rules import builtin_packs

ABOUT = t(
    "Who vouches for PACK (folders, or ids of packs of the package; default: all of these), and whether it is who "
    "`--signers` names. Exit code 1 when one of them may not judge where signatures are wanted.",
    "PACK（フォルダ、又は付属パックの id。省略時は付属パックすべて）を誰が保証しているか、それが `--signers` の"
    "者かを示す。署名を求める設定で使えないものがあれば終了コード 1。",
)
GOOD = ("trusted", "installation")


@click.command("verify", cls=Command, about=ABOUT)
@click.argument("packs", nargs=-1)
@signers_option
@option(
    "--signatures",
    metavar="DIR",
    type=click.Path(path_type=Path),
    about=t("signatures that stand elsewhere, as ID.jws", "別の場所にある署名（ID.jws）のフォルダ"),
)
@option(
    "--signed",
    is_flag=True,
    about=t("ask for signatures on the packs of the package too", "付属のパックにも署名を求める"),
)
@answers
@click.pass_obj
def command(
    terminal: Terminal, packs: tuple[str, ...], signers: Path | None, signatures: Path | None, signed: bool
) -> int:
    import msgspec

    from tegata.admission import standing
    from tegata.clock import SystemClock

    trust = PackChoice(signers=signers).trust()
    if signed:
        trust = msgspec.structs.replace(trust, package="signed")
    found, today = [pack_called(name) for name in packs] or builtin_packs(), SystemClock().now().date()
    standings = [standing(pack, trust, today, signatures) for pack in found]
    if terminal.as_json:
        terminal.document(standings)
    else:
        from tegata.cli.render.standing import show

        show(terminal.paper(), standings)
    return 0 if all(one.verdict in GOOD for one in standings) else 1
