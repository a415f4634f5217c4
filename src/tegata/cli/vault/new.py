"""`tegata vault new`."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.files import refuse_existing
from tegata.cli.keyring import passphrase
from tegata.cli.terminal import Terminal
from tegata.cli.vault.choice import VaultChoice, vault_argument
from tegata.cli.vault.look import tell_state
from tegata.model.base import t

ABOUT = t(
    "Make the vault VAULT for one data set, and its key in VAULT.key under a passphrase (a file that `age --decrypt` "
    "opens). Without the key the vault is noise: keep copies of both, in different places.",
    "データ集合 1 つのための保管庫 VAULT と、パスフレーズで守る鍵 VAULT.key（`age --decrypt` で開ける）を作る。"
    "鍵がなければ保管庫は読めない。両方の控えを別々の場所に置くこと。",
)


@click.command("new", cls=Command, about=ABOUT)
@vault_argument
@option("--name", required=True, about=t("of the data set", "データ集合の名前"))
@option(
    "--no-passphrase",
    is_flag=True,
    about=t("keep the key as it is, readable by you only: for machines", "鍵を自分だけが読めるまま置く（機械用）"),
)
@answers
@click.pass_obj
def command(terminal: Terminal, vault: VaultChoice, name: str, no_passphrase: bool) -> int:
    from tegata.clock import SystemClock
    from tegata.trust.age import RANDOM_SIZE, encrypt
    from tegata.trust.keyfile import write_secret
    from tegata.vault import Vault
    from tegata.vault.sealing import KEY_BYTES

    path = vault.path or Path()
    refuse_existing(path, force=False)
    key = secrets.token_bytes(KEY_BYTES)
    ask = passphrase(terminal, vault.passphrase_file, new=True)
    write_secret(vault.key_file, key if no_passphrase else encrypt(key, ask(), secrets.token_bytes(RANDOM_SIZE)))
    with Vault.make(path, key, name, SystemClock().now()) as made:
        state = made.state()
    return tell_state(terminal, state)
