"""`tegata keys new` and `rotate`: a key, and its next version."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.keyring import keyring, keys_option, passphrase, passphrase_option
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import UsageError
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

TOKEN = t(
    "keep the key in a token (PKCS #11) that never gives it out: pkcs11:token=NAME?module-path=DRIVER; with `;object=` "
    "or `;id=` the key that is there, else a new one. The PIN is asked for, or read from `--passphrase-file`",
    "鍵を取り出せないトークン（PKCS #11）に置く: pkcs11:token=名前?module-path=ドライバ。`;object=` か `;id=` があれば"
    "既存の鍵、なければ新しい鍵。PIN は尋ねるか `--passphrase-file` から読む",
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
@option("--pkcs11", "token", metavar="URI", about=TOKEN)
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
    token: str | None,
    passphrase_file: Path | None,
    keys: Path,
) -> int:
    ring = keyring(keys)
    with ring.locked():
        if any(record.name == name for record in ring.records()):
            raise UsageError(
                t(f"there is a key `{name}` already", f"鍵 `{name}` は既にあります"),
                hint=t(f"its next version: tegata keys rotate {name}", f"次の版を作る: tegata keys rotate {name}"),
            )
        wanted = _Wanted(algorithm, token, no_passphrase, passphrase_file)
        key, secret = _made(terminal, wanted, ring.next_file(name))
        record = ring.add(name, purpose, key, secret, _now())
    _tell(terminal, record, keys)
    return 0


@click.command("rotate", cls=Command, about=ROTATE)
@click.argument("name")
@option("--no-passphrase", is_flag=True, about=PLAIN)
@option("--pkcs11", "token", metavar="URI", about=TOKEN)
@passphrase_option
@keys_option
@answers
@click.pass_obj
def rotate(
    terminal: Terminal, name: str, no_passphrase: bool, token: str | None, passphrase_file: Path | None, keys: Path
) -> int:
    ring = keyring(keys)
    with ring.locked():
        before = ring.newest(name)
        wanted = _Wanted(before.algorithm, token or ring.token(before), no_passphrase, passphrase_file)
        key, secret = _made(terminal, wanted, ring.next_file(name))
        record = ring.add(name, before.purpose, key, secret, _now())
    _tell(terminal, record, keys)
    return 0


class _Wanted(NamedTuple):
    """Which kind of key, and where it is to lie."""

    algorithm: str
    token: str | None
    plain: bool
    passphrase_file: Path | None


def _made(terminal: Terminal, wanted: _Wanted, file: str) -> tuple[PrivateKey, bytes]:
    """A key, and what its file is to hold."""
    if wanted.token is not None:
        return _in_token(terminal, wanted, wanted.token, file)
    key = PrivateKey.generate(_makeable(wanted.algorithm), secrets.token_bytes(SEED_SIZE))
    return key, _envelope(terminal, wanted.passphrase_file, plain=wanted.plain)(key.pem())


def _in_token(terminal: Terminal, wanted: _Wanted, token: str, file: str) -> tuple[PrivateKey, bytes]:
    """The key that the URI names, else a new one. Its file holds the name; the PIN stands nowhere."""
    from tegata.trust.token import make_key, read_uri

    if wanted.plain:
        raise UsageError(
            t("a key in a token is opened by a PIN", "トークン内の鍵は PIN で開きます"),
            hint=t("leave out `--no-passphrase`", "`--no-passphrase` を省いてください"),
        )
    uri, pin = read_uri(token), passphrase(terminal, wanted.passphrase_file)
    if not uri.names_key:
        uri = make_key(uri, file, secrets.token_bytes(16), _makeable(wanted.algorithm), pin)
    secret = str(uri).encode()
    return PrivateKey.of_secret(secret, pin), secret


def _makeable(algorithm: str) -> Algorithm:
    for one in get_args(Algorithm):
        if one == algorithm:
            made: Algorithm = one
            return made
    raise UsageError(
        t(f"keys of the kind {algorithm} are not made here", f"{algorithm} の鍵はここでは作れません"),
        hint=t(
            "make it in the token with the tools of its maker, and name it: `--pkcs11 'pkcs11:...;object=...'`",
            "トークンの製造元の道具で作り、`--pkcs11 'pkcs11:...;object=...'` で指定してください",
        ),
    )


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
