"""`tegata check`: scan, then decide."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.decide import decision_on, explain_option, tell
from tegata.cli.files import read_document, refuse_existing, write_document
from tegata.cli.location import Location
from tegata.cli.own_recognisers import recognisers_in_use, recognisers_option
from tegata.cli.ownership import completed, ownership_option
from tegata.cli.packs import PackChoice, packs_in_use, packs_option
from tegata.cli.scan import profile_of
from tegata.cli.terminal import Terminal
from tegata.model.base import digest, pretty, t
from tegata.model.decision import Decision, Flow
from tegata.tables import open_collection

ABOUT = t(
    "Scan PATH and decide whether it may go where the flow says. What the flow states takes precedence over what the "
    "scan finds. `tegata protect` carries out the saved decision.",
    "PATH を調べ、フローの示す先へ送ってよいかを判定する。フローに書いた事実はスキャン結果より優先する。"
    "保存した判定は `tegata protect` が実行する。",
)


@click.command("check", cls=Command, about=ABOUT)
@click.argument("path", type=Location())
@option(
    "--flow",
    type=click.Path(path_type=Path),
    required=True,
    about=t("what is known of the movement", "移転についての事実"),
)
@option(
    "--save", type=click.Path(path_type=Path), about=t("keep the decision in this file", "判定をこのファイルに保存する")
)
@ownership_option
@option("--force", is_flag=True, about=t("overwrite the saved decision", "保存先を上書きする"))
@packs_option
@recognisers_option
@explain_option
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    path: Path | str,
    flow: Path,
    save: Path | None,
    ownership: Path | None,
    force: bool,
    packs: PackChoice,
    recognisers: tuple[Path, ...],
    explain: bool,
) -> int:
    if save:
        refuse_existing(save, force=force)
    decision = _check(terminal, path, _stated(flow, ownership, packs), packs, recognisers)
    if save:
        write_document(save, pretty(decision) + b"\n")
    code = tell(terminal, decision, explain=explain)
    if save:
        terminal.note(t(f"decision saved as {save}", f"判定を {save} に保存しました"))
    return code


def _stated(flow: Path, ownership: Path | None, packs: PackChoice) -> Flow:
    """Read before the data: a slip in a small file should not cost a long scan."""
    from tegata.rules import read_flow

    stated = read_flow(read_document(flow))
    packs_in_use(packs)  # and so for a pack
    return completed(stated, ownership, packs) if ownership else stated


def _check(
    terminal: Terminal, path: Path | str, stated: Flow, packs: PackChoice, recognisers: Sequence[Path]
) -> Decision:
    from tegata.rules import profile_facts

    profile = profile_of(open_collection(path), terminal, recognisers_in_use(recognisers), torn=True)
    return decision_on(stated.with_facts(profile_facts(profile)), profile_digest=digest(profile), packs=packs)
