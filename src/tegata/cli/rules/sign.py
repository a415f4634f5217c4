"""`tegata rules sign`: stand for what a pack says, until a day."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.files import refuse_existing, write_document
from tegata.cli.keyring import passphrase, passphrase_option
from tegata.cli.rules.chosen import pack_called
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import UsageError
from tegata.rules import Pack
from tegata.rules.pack_folder import SIGNATURE
from tegata.trust import SigningKey
from tegata.trust.pack_seal import PackStatement, seal_pack

ABOUT = t(
    "Sign PACK: a folder, or the id of a pack of the package. You say with it that you have read the pack against its "
    "sources and stand for it until the day of its next review, or the earlier one of `--expires`. The signature goes "
    "into the folder, or where `--out` says.",
    "PACK（フォルダ、又は付属パックの id）に署名する。出典と照合し、次の見直し日（又は `--expires` の日）まで"
    "内容を保証する、という意味になる。署名はそのフォルダか、`--out` で示した場所に置く。",
)


@click.command("sign", cls=Command, about=ABOUT)
@click.argument("pack")
@option(
    "--key",
    required=True,
    type=click.Path(path_type=Path),
    about=t("your signing key (Ed25519; PEM or age)", "署名鍵（Ed25519。PEM または age）"),
)
@passphrase_option
@option("--new-key", is_flag=True, about=t("make that key first", "その鍵を新しく作る"))
@option(
    "--expires",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    about=t("last day on which you stand for it", "保証する最後の日"),
)
@option("--out", type=click.Path(path_type=Path), about=t("write the signature here", "署名の書き出し先"))
@option("--force", is_flag=True, about=t("replace a signature", "既存の署名を置き換える"))
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    pack: str,
    key: Path,
    passphrase_file: Path | None,
    new_key: bool,
    expires: dt.datetime | None,
    out: Path | None,
    force: bool,
) -> int:
    from tegata.clock import SystemClock

    found = pack_called(pack)
    destination = out or _own_place(found)
    refuse_existing(destination, force=force)
    signed_on = SystemClock().now().date()
    until = _last_day(found, signed_on, expires.date() if expires else None)
    signing = _new_key(key) if new_key else SigningKey.load(key, passphrase(terminal, passphrase_file))
    statement = PackStatement(
        pack=found.id,
        version=found.version,
        digest=found.digest,
        signer=signing.did,
        signed_on=signed_on,
        expires=until,
    )
    write_document(destination, seal_pack(statement, signing).encode() + b"\n")
    _tell(terminal, statement, destination)
    return 0


def _own_place(pack: Pack) -> Path:
    from tegata.admission.installation import of_package

    if of_package(pack):
        raise UsageError(
            t(f"`{pack.id}` is part of the installed package", f"`{pack.id}` は付属のパックです"),
            hint=t(
                f"keep your signature elsewhere: `--out DIR/{pack.id}.jws`",
                f"署名は別の場所に置いてください：`--out DIR/{pack.id}.jws`",
            ),
        )
    return pack.folder / SIGNATURE


def _last_day(pack: Pack, today: dt.date, wanted: dt.date | None) -> dt.date:
    """At most the day of the review: nobody can stand for law beyond it."""
    review = pack.files.head.review_after
    last = wanted or review
    if not today <= last <= review:
        raise UsageError(
            t(f"a signature of today cannot hold until {last}", f"本日の署名の期限を {last} にはできません"),
            why=t(f"the pack is to be reviewed by {review}", f"パックの見直し期限は {review} です"),
        )
    return last


def _new_key(path: Path) -> SigningKey:
    made = SigningKey.generate(secrets.token_bytes(32))
    made.save(path)
    return made


def _tell(terminal: Terminal, statement: PackStatement, destination: Path) -> None:
    if terminal.as_json:
        terminal.document(statement)
        return
    paper = terminal.paper()
    name = f"{statement.pack} {statement.version}"
    paper.line(t(f"{name} signed until {statement.expires}", f"{name} に署名しました（{statement.expires} まで）"))
    paper.exact(str(destination), indent=2, style="dim")
    paper.line(t("to trust it, list the signer:", "信頼するには署名者を登録します："))
    paper.exact(f"{statement.signer}: NAME", indent=2, style="cyan")
