"""`tegata stamp`: a time-stamp over a file, from an authority elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from tegata.cli.authority import Asked, authority_options
from tegata.cli.command import Command, answers, option
from tegata.cli.files import refuse_existing, write_document
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.trust.content import file_digests

ABOUT = t(
    "Have the time-stamping authority at URL (RFC 3161) certify that FILE existed now, and write its token. Only the "
    "SHA-256 of FILE leaves. What it answers is verified against `--tsa` before anything is written.",
    "URL の時刻認証局（RFC 3161）に、FILE が今存在することを証明してもらい、トークンを書き出す。送られるのは FILE の "
    "SHA-256 だけ。応答は書き出す前に `--tsa` の証明書で検証する。",
)


@click.command("stamp", cls=Command, about=ABOUT)
@click.argument("file", type=click.Path(path_type=Path))
@authority_options
@option("--out", type=click.Path(path_type=Path), about=t("file to write (default: FILE.tst)", "書き出すファイル"))
@option("--force", is_flag=True, about=t("overwrite the file", "既存のファイルを上書きする"))
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    file: Path,
    url: str,
    certificates: Sequence[Path],
    networks: Sequence[str],
    out: Path | None,
    force: bool,
) -> int:
    out = out or file.with_name(f"{file.name}.tst")
    refuse_existing(out, force=force)
    token, stamp = Asked(url, certificates, networks).token(file_digests(file))
    write_document(out, token)
    if terminal.as_json:
        terminal.document({"file": str(out), "at": stamp.at, "serial": str(stamp.serial), "policy": stamp.policy})
    else:
        terminal.paper().line(t(f"it existed at {stamp.at.isoformat()}", f"{stamp.at.isoformat()} に存在していました"))
        terminal.paper().exact(f"tegata verify {out} {file} --tsa {certificates[0]}", indent=2, style="cyan")
    return 0
