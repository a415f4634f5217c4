"""`tegata rules new`: a pack of one's own to start from."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.files import unwritable
from tegata.cli.terminal import Terminal
from tegata.model.base import Noun, t
from tegata.model.errors import UsageError

ABOUT = t(
    "Write DIR: a policy of your own on top of the law, commented, that loads and passes its tests as it is. It can "
    "only make answers stricter. Change it, then `tegata rules lint DIR` and `tegata rules test DIR`.",
    "法令に上乗せする自社の方針のひな形を DIR に作る。注釈付きで、そのまま読み込め、テストも通る。"
    "結果を厳しくすることだけができる。"
    "書き換えたら `tegata rules lint DIR` と `tegata rules test DIR` を実行する。",
)
TEMPLATE_ID: Final = "house.own"


class PackMade(Noun, frozen=True, kw_only=True):
    folder: str
    pack: str


@click.command("new", cls=Command, about=ABOUT)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@option("--id", "name", default=TEMPLATE_ID, show_default=True, about=t("id of the pack", "パックの id"))
@answers
@click.pass_obj
def command(terminal: Terminal, folder: Path, name: str) -> int:
    from tegata.rules.pack_file import ID

    if not ID.fullmatch(name):
        raise UsageError(
            t(f"`{name}` is no id of a pack", f"`{name}` はパックの id になりません"),
            hint=t("write for example `house.clinic`", "例：`house.clinic`"),
        )
    if folder.exists():
        raise UsageError(
            t(f"`{folder}` already exists", f"`{folder}` は既にあります"),
            hint=t("name a folder that does not exist yet", "まだないフォルダを指定してください"),
        )
    try:
        _write(folder, name)
    except OSError as error:
        raise unwritable(folder, error) from None
    if terminal.as_json:
        terminal.document(PackMade(folder=str(folder), pack=name))
    else:
        paper = terminal.paper()
        paper.line(t(f"pack `{name}` written to {folder}", f"パック `{name}` を {folder} に作りました"))
        for next_step in ("lint", "test"):
            paper.exact(f"tegata rules {next_step} {folder}", indent=2, style="cyan")
    return 0


def _write(folder: Path, name: str) -> None:
    """The whole folder or nothing of it."""
    from tegata.rules.pack import TEMPLATE

    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for source in sorted(TEMPLATE.glob("*.yaml")):
            text = source.read_text("utf-8").replace(f"id: {TEMPLATE_ID}", f"id: {name}", 1)
            (work / source.name).write_text(text, "utf-8")
        work.chmod(0o755)
        os.rename(work, folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
