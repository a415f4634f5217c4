"""`tegata keys list`, `show` and `export`: what may be known of keys without opening them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tegata.cli.command import Command, answers, option, spoken
from tegata.cli.files import refuse_existing, write_document
from tegata.cli.keyring import keyring, keys_option
from tegata.cli.terminal import Terminal
from tegata.model.base import Text, t
from tegata.model.errors import UsageError

if TYPE_CHECKING:
    from tegata.trust.keyring import KeyRecord

STATUS: Final[dict[str, Text]] = {
    "active": t("in use", "使用中"),
    "retired": t("retired", "引退"),
    "revoked": t("REVOKED", "失効"),
}
LIST = t("All keys of a folder, with their versions.", "フォルダにある鍵をすべての版とともに一覧する。")
SHOW = t("What is known of the key NAME; no passphrase is needed.", "鍵 NAME について示す。パスフレーズは要らない。")
EXPORT = t(
    "Print the certificates of the key NAME as PEM, its own first; with `--public` its public key.",
    "鍵 NAME の証明書を PEM で出力する（自身のものが先頭）。`--public` では公開鍵。",
)


@click.command("list", cls=Command, about=LIST)
@keys_option
@answers
@click.pass_obj
def list_keys(terminal: Terminal, keys: Path) -> int:
    records = keyring(keys).records()
    if terminal.as_json:
        terminal.document(records)
        return 0
    titles = (
        t("key", "鍵"),
        t("version", "版"),
        t("for", "用途"),
        t("kind", "種類"),
        t("state", "状態"),
        t("since", "作成"),
    )
    rows = [
        (one.name, str(one.version), one.purpose, one.algorithm, STATUS[one.status], f"{one.created_at:%Y-%m-%d}")
        for one in records
    ]
    terminal.paper().table(titles, rows, right=(1,))
    if not rows:
        terminal.note(t("make a key with `tegata keys new`", "`tegata keys new` で作成します"))
    return 0


@click.command("show", cls=Command, about=SHOW)
@click.argument("name")
@keys_option
@answers
@click.pass_obj
def show(terminal: Terminal, name: str, keys: Path) -> int:
    record = keyring(keys).newest(name)
    if terminal.as_json:
        terminal.document(record)
    else:
        _show(terminal, record)
    return 0


@click.command("export", cls=Command, about=EXPORT)
@click.argument("name")
@option("--public", is_flag=True, about=t("the public key", "公開鍵を出力する"))
@option("--out", type=click.Path(path_type=Path), about=t("write it here", "書き出し先"))
@option("--force", is_flag=True, about=t("replace that file", "そのファイルを置き換える"))
@keys_option
@spoken
def export(name: str, public: bool, out: Path | None, force: bool, keys: Path) -> int:
    record = keyring(keys).newest(name)
    if not public and not record.certificates:
        raise UsageError(
            t(f"`{name}` has no certificate", f"`{name}` に証明書がありません"),
            hint=t("for the key alone: `--public`", "公開鍵だけなら `--public`"),
        )
    put(out, (record.public_key if public else "".join(record.certificates)).encode(), force=force)
    return 0


def put(out: Path | None, data: bytes, *, force: bool) -> None:
    """A document into a file, or onto stdout as it is."""
    if out is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    refuse_existing(out, force=force)
    write_document(out, data)


def _show(terminal: Terminal, record: KeyRecord) -> None:
    from tegata.trust.certificates import read_certificates

    paper = terminal.paper()
    paper.line(f"{record.name} {record.version}: ", STATUS[record.status], f", {record.purpose}, {record.algorithm}")
    if record.ended_at:
        paper.line(f"{record.ended_at:%Y-%m-%d %H:%M} UTC: {record.reason}", indent=2)
    if record.did:
        paper.exact(record.did, indent=2, style="dim")
    for pem in record.certificates:
        for one in read_certificates(pem.encode()):
            span = f"{one.not_valid_before_utc:%Y-%m-%d} .. {one.not_valid_after_utc:%Y-%m-%d}"
            paper.line(f"{one.subject.rfc4514_string()}  {span}", indent=2, hang=2)
            paper.exact(f"{one.serial_number:x}", indent=4, style="dim")
