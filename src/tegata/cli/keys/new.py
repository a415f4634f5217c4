"""`tegata keys new` and `rotate`: a key, and its next version."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.keyring import keyring, keys_option, passphrase, passphrase_option
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.trust.keyring import KeyRecord, Purpose
from tegata.trust.private_key import SEED_SIZE, Algorithm, PrivateKey

if TYPE_CHECKING:
    import datetime as dt

NEW = t(
    "Make the key NAME in the folder `--keys`. It is P-256, which every certificate and document format knows; "
    "`--algorithm ed25519` makes one that also signs rule packs.",
    "鍵 NAME をフォルダ `--keys` に作る。既定はあらゆる証明書・文書形式で使える P-256。"
    "`--algorithm ed25519` の鍵はルールパックの署名にも使える。",
)
ROTATE = t(
    "Make the next version of the key NAME. The one before signs no more; what it signed stays valid.",
    "鍵 NAME の次の版を作る。前の版は署名に使われなくなるが、その署名は有効のまま残る。",
)
PLAIN = t(
    "keep the key without a passphrase, readable by you only: for machines",
    "パスフレーズなしで、自分だけが読める形で保管する（機械用）",
)


@click.command("new", cls=Command, about=NEW)
@click.argument("name")
@option("--purpose", type=click.Choice(get_args(Purpose)), required=True, about=t("what it is for", "用途"))
@option(
    "--algorithm",
    type=click.Choice(get_args(Algorithm)),
    default="p256",
    show_default=True,
    about=t("kind of key", "鍵の種類"),
)
@option("--no-passphrase", is_flag=True, about=PLAIN)
@passphrase_option
@keys_option
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    name: str,
    purpose: Purpose,
    algorithm: Algorithm,
    no_passphrase: bool,
    passphrase_file: Path | None,
    keys: Path,
) -> int:
    from tegata.model.errors import UsageError

    ring = keyring(keys)
    with ring.locked():
        if any(record.name == name for record in ring.records()):
            raise UsageError(
                t(f"there is a key `{name}` already", f"鍵 `{name}` は既にあります"),
                hint=t(f"its next version: tegata keys rotate {name}", f"次の版を作る: tegata keys rotate {name}"),
            )
        key = PrivateKey.generate(algorithm, secrets.token_bytes(SEED_SIZE))
        envelope = _envelope(terminal, passphrase_file, plain=no_passphrase)
        record = ring.add(name, purpose, key, envelope, _now())
    _tell(terminal, record, keys)
    return 0


@click.command("rotate", cls=Command, about=ROTATE)
@click.argument("name")
@option("--no-passphrase", is_flag=True, about=PLAIN)
@passphrase_option
@keys_option
@answers
@click.pass_obj
def rotate(terminal: Terminal, name: str, no_passphrase: bool, passphrase_file: Path | None, keys: Path) -> int:
    ring = keyring(keys)
    with ring.locked():
        before = ring.newest(name)
        key = PrivateKey.generate(before.algorithm, secrets.token_bytes(SEED_SIZE))
        envelope = _envelope(terminal, passphrase_file, plain=no_passphrase)
        record = ring.add(name, before.purpose, key, envelope, _now())
    _tell(terminal, record, keys)
    return 0


def _envelope(terminal: Terminal, file: Path | None, *, plain: bool) -> Callable[[bytes], bytes]:
    if plain:
        return bytes
    from tegata.trust.age import RANDOM_SIZE, encrypt

    words = passphrase(terminal, file, new=True)
    return lambda pem: encrypt(pem, words(), secrets.token_bytes(RANDOM_SIZE))


def _now() -> dt.datetime:
    from tegata.clock import SystemClock

    return SystemClock().now().replace(microsecond=0)


def _tell(terminal: Terminal, record: KeyRecord, folder: Path) -> None:
    if terminal.as_json:
        terminal.document(record)
        return
    paper = terminal.paper()
    en = f"key {record.name}, version {record.version}, for: {record.purpose}"
    paper.line(t(en, f"鍵 {record.name}（第 {record.version} 版、用途: {record.purpose}）を作りました"))
    paper.exact(str(folder / f"{record.file}.key"), indent=2, style="dim")
    if record.did:
        paper.exact(record.did, indent=2, style="dim")
    follow = "ca" if record.purpose == "ca" else "csr"
    if record.purpose != "pack":
        paper.exact(f"tegata keys {follow} {record.name}", indent=2, style="cyan")
