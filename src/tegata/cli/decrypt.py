"""`tegata decrypt`: what was encrypted, for whoever holds the key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.envelope import open_file
from tegata.cli.files import TABLE_FORMATS, read_document, refuse_existing, table_destination
from tegata.cli.keyring import passphrase, passphrase_option
from tegata.cli.paper import Paper
from tegata.cli.release_key import key_of, key_of_agreement
from tegata.cli.terminal import Terminal
from tegata.model.base import Noun, t
from tegata.model.errors import InputError, UsageError, why_of
from tegata.model.step import EncryptFpe
from tegata.protect.opening import Opened, open_fields

ABOUT = t(
    "Compute back what was encrypted, for whoever holds the key. In a table: every cell of a step `encrypt`, and "
    "with the plan (`--plan`) the codes of `encrypt_fpe`; the key is a file (`--key`), or that of an agreement of your "
    "node (`--node` and `--agreement`). Of a whole file (.p7m, by `tegata encrypt`): with your private key (`--key`).",
    "暗号化されたものを鍵の保有者が復元する。表 PATH では `encrypt` の処理による値すべてと、計画（`--plan`）があれば "
    "`encrypt_fpe` の符号を対象とする。鍵はファイル（`--key`）か、"
    "自分のノードの合意の鍵（`--node` と `--agreement`）。"
    "ファイル全体（`tegata encrypt` による .p7m）は自分の秘密鍵（`--key`）で復元する。",
)
HEAD: Final = 64  # bytes that tell an envelope
TITLES: Final = (t("COLUMN", "列"), t("OPENED", "復元した値"))
FOLDER: Final = click.Path(path_type=Path, exists=True, file_okay=False)


class OpenedFile(Noun, frozen=True, kw_only=True):
    """What was in an envelope."""

    file: str
    size: int


@click.command("decrypt", cls=Command, about=ABOUT)
@click.argument("path", type=click.Path(path_type=Path))
@option("--out", type=click.Path(path_type=Path), about=t("the copy: .csv, .parquet or .jsonl", "出力先（.csv など）"))
@option("--key", type=click.Path(path_type=Path), about=t("file of the key", "鍵のファイル"))
@option("--node", type=FOLDER, about=t("folder of the node that protected it", "保護したノードのフォルダ"))
@option("--agreement", metavar="ID", about=t("the agreement that it left under", "提供時の合意"))
@option("--plan", type=click.Path(path_type=Path), about=t("the plan that it left by", "提供時の計画"))
@passphrase_option
@option("--force", is_flag=True, about=t("overwrite the copy", "出力先を上書きする"))
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    path: Path,
    out: Path | None,
    key: Path | None,
    node: Path | None,
    agreement: str | None,
    plan: Path | None,
    passphrase_file: Path | None,
    force: bool,
) -> int:
    from tegata.tables import open_source
    from tegata.trust.envelope import is_enveloped

    if is_enveloped(_head(path)):
        if out is None or key is None:
            raise UsageError(t("a whole file needs `--key` and `--out`", "`--key` と `--out` が必要です"))
        refuse_existing(out, force=force)
        return _open_file(terminal, path, out, key, passphrase(terminal, passphrase_file))

    out = table_destination(out, path, force=force)
    secret = _key(key, node, agreement)
    source, codes = open_source(path), _codes(plan)
    with terminal.progress(t(f"opening {path.name}", f"{path.name} を復元しています")) as progress:
        form = TABLE_FORMATS[out.suffix.lower()]
        opened = open_fields(source, secret, out, codes=codes, out_format=form, progress=progress)
    if terminal.as_json:
        terminal.document(opened)
    else:
        _show(terminal.paper(), opened)
    return 0


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError as error:
        raise InputError(t(f"cannot read `{path}`", f"`{path}` を読めません"), why=why_of(error)) from None


def _open_file(terminal: Terminal, path: Path, out: Path, key: Path, ask: Callable[[], str]) -> int:
    size = open_file(path, out, key, ask)
    if terminal.as_json:
        terminal.document(OpenedFile(file=str(out), size=size))
    else:
        terminal.paper().exact(str(out), style="bold")
    return 0


def _key(key: Path | None, node: Path | None, agreement: str | None) -> bytes:
    if key is not None and node is None and agreement is None:
        return key_of(key)
    if key is None and node is not None and agreement is not None:
        return key_of_agreement(node, agreement)
    raise UsageError(
        t(
            "give either `--key`, or `--node` with `--agreement`",
            "`--key` か、`--node` と `--agreement` を指定してください",
        )
    )


def _codes(plan: Path | None) -> list[EncryptFpe]:
    if plan is None:
        return []
    from tegata.protect import read_plan

    return [step for step in read_plan(read_document(plan)).steps if isinstance(step, EncryptFpe)]


def _show(paper: Paper, opened: Opened) -> None:
    paper.table(TITLES, ((name, f"{cells:,}") for name, cells in opened.columns.items()), right=(1,))
    paper.gap()
    paper.exact(opened.file, style="bold")
    paper.line(t(f"{opened.rows:,} rows", f"{opened.rows:,} 行"), indent=2)
    paper.exact(opened.digest, indent=2, style="dim")
